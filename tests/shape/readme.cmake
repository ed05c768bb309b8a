# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# The README's example is examples/hello.c, to the letter, and short.
file(READ ${ROOT}/README.md readme)
file(READ ${ROOT}/examples/hello.c hello)
string(FIND "${readme}" "\n```c\n${hello}```\n" place)
if(place EQUAL -1)
  message(FATAL_ERROR "README.md does not show examples/hello.c as it is")
endif()
string(REGEX MATCHALL "\n" line_ends "${hello}")
list(LENGTH line_ends lines)
if(lines GREATER_EQUAL 60)
  message(FATAL_ERROR "examples/hello.c has ${lines} lines; it promises to stay under 60")
endif()
