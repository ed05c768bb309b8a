# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# The public header compiles alone, as strict C or C++, without a warning and without libuv.
# COMPILER, LANGUAGE and STANDARD say how; the warnings are those of the presets.
file(STRINGS ${ROOT}/CMakePresets.json line REGEX "\"MPCC_WARNINGS\": ")
if(NOT line MATCHES ": \"([^\"]+)\"")
  message(FATAL_ERROR "CMakePresets.json does not say MPCC_WARNINGS")
endif()
separate_arguments(warnings UNIX_COMMAND "${CMAKE_MATCH_1}")
if(LANGUAGE STREQUAL "c++")
  list(REMOVE_ITEM warnings -Wstrict-prototypes)
endif()
execute_process(
  COMMAND ${COMPILER} -x ${LANGUAGE} -std=${STANDARD} ${warnings} -fsyntax-only
    ${ROOT}/include/mpcc.h
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "include/mpcc.h does not compile alone as ${STANDARD}")
endif()
