# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# cmake -DPROGRAM=<explore with a bug> -DSCENE=<name> -DSCHEDULES=<n> -P found.cmake
# Fails if the scenario does not find the bug.
cmake_minimum_required(VERSION 3.16)

execute_process(COMMAND ${PROGRAM} --quiet --scenario ${SCENE} --schedules ${SCHEDULES}
  OUTPUT_VARIABLE output RESULT_VARIABLE result)
message(STATUS "${output}")
if(NOT result EQUAL 1 OR NOT output MATCHES "FAILED")
  message(FATAL_ERROR "the bug was not found (${result})")
endif()
