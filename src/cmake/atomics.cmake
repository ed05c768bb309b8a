# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# The queue's words are 64 bits wide, and some 32-bit targets do those in a library of their own.
# Sets mpcc_atomic_library to "atomic" there, else to nothing.

include(CheckCSourceCompiles)

function(mpcc_check_atomics result library)
  set(CMAKE_C_STANDARD 11)
  set(CMAKE_REQUIRED_LIBRARIES ${library})
  set(CMAKE_REQUIRED_QUIET ON)
  check_c_source_compiles("
    #include <stdatomic.h>
    #include <stdint.h>
    static _Atomic uint64_t word;
    int main(void)
    {
      uint64_t seen = atomic_fetch_add_explicit(&word, 1, memory_order_acq_rel);
      return !atomic_compare_exchange_strong_explicit(&word, &seen, 2, memory_order_acq_rel,
                                                      memory_order_relaxed);
    }" ${result})
endfunction()

set(mpcc_atomic_library "")
mpcc_check_atomics(MPCC_ATOMICS_BUILT_IN "")
if(NOT MPCC_ATOMICS_BUILT_IN)
  mpcc_check_atomics(MPCC_ATOMICS_IN_LIBRARY atomic)
  if(NOT MPCC_ATOMICS_IN_LIBRARY)
    message(FATAL_ERROR "mpcc: the C compiler has no 64-bit atomics in C11's <stdatomic.h>")
  endif()
  set(mpcc_atomic_library atomic)
endif()
