# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# cmake -DROOT=... -DLIBRARY=... -DOBJDUMP=... -P prefetches.cmake
# Whether what the sources fetch in advance is fetched by the code. A compiler may find that a
# function which does nothing else has no effect, and leave it out: no test of results would notice.

# ${file}.c calls a function that only fetches, or has one inlined.
set(files blocks entrance front gather pool producer stage stage_out stores quick)

execute_process(COMMAND ${OBJDUMP} -d ${LIBRARY} OUTPUT_VARIABLE code RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${OBJDUMP} -d ${LIBRARY}: ${result}")
endif()
string(REGEX REPLACE "[][;]" " " code "${code}")
string(REGEX REPLACE "\n([^\n]*[.]o(bj)?):" ";\\1:" members "${code}")
foreach(file IN LISTS files)
  if(NOT EXISTS ${ROOT}/src/${file}.c)
    message(SEND_ERROR "src/${file}.c is not there")
  endif()
  set(found FALSE)
  foreach(member IN LISTS members)
    if(member MATCHES "^([^\n]*/)?${file}[.]c[.]o" AND member MATCHES "prefetch|prfm")
      set(found TRUE)
    endif()
  endforeach()
  if(NOT found)
    message(SEND_ERROR "${file}.c: nothing is fetched in advance")
  endif()
endforeach()
