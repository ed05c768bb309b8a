# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# Every file says whose it is and under which licence, in its first lines, and none grows beyond
# one subject. The public header is the one long page.
file(GLOB_RECURSE files RELATIVE ${ROOT}
  ${ROOT}/include/* ${ROOT}/src/* ${ROOT}/tests/* ${ROOT}/examples/* ${ROOT}/bench/*
  ${ROOT}/.ci/*)
list(APPEND files CMakeLists.txt)
list(LENGTH files count)
if(count LESS 20)
  message(FATAL_ERROR "only ${count} files were found under ${ROOT}")
endif()

foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} text LIMIT 300)
  if(NOT text MATCHES "SPDX-FileCopyrightText: [0-9]+ The libmpcc authors"
      OR NOT text MATCHES "SPDX-License-Identifier: MIT")
    message(SEND_ERROR "${file}: no SPDX lines at its top")
  endif()
  # Brackets and semicolons would be read as list syntax.
  file(READ ${ROOT}/${file} text)
  string(REGEX REPLACE "[][;]" "" text "${text}")
  string(REGEX MATCHALL "\n" line_ends "${text}")
  list(LENGTH line_ends lines)
  if(lines GREATER 400 AND NOT file STREQUAL "include/mpcc.h")
    message(SEND_ERROR "${file}: ${lines} lines; 400 is the limit")
  endif()
endforeach()
