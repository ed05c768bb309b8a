# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Tests that stand between the library and what it calls, by the linker's --wrap: calls of libuv and
# of the system are refused, or seen. Only a static library can be linked so, and not by all
# linkers.
get_target_property(mpcc_type mpcc TYPE)
if(NOT mpcc_type STREQUAL "STATIC_LIBRARY" OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  return()
endif()

# mpcc_wrapped_test(<name> <call>...)
function(mpcc_wrapped_test name)
  mpcc_api_test(${name})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  foreach(call IN LISTS ARGN)
    target_link_options(test_${name} PRIVATE -Wl,--wrap=${call})
  endforeach()
endfunction()

mpcc_wrapped_test(dump_corners mpcc__batch_live)
mpcc_wrapped_test(refused_calls uv_mutex_init uv_cond_init uv_loop_init uv_async_init
  uv_thread_create uv_random open)
mpcc_wrapped_test(ticks uv_async_send)
mpcc_wrapped_test(yields sched_yield memset)

# A barrier that the system does not know, or does not allow, or that ends early.
mpcc_test(test_refused_barrier SOURCES test_refused_barrier.c
  LINK mpcc_harness mpcc::mpcc mpcc::libuv ARGS unknown LABELS api)
target_link_options(test_refused_barrier PRIVATE -Wl,--wrap=syscall)
foreach(way IN ITEMS forbidden short)
  add_test(NAME test_refused_barrier_${way} COMMAND test_refused_barrier ${way})
  set_tests_properties(test_refused_barrier_${way} PROPERTIES
    TIMEOUT 120 SKIP_RETURN_CODE 77 LABELS api)
endforeach()
