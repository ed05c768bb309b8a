# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# cmake -P build.cmake <source> <folder> <program to run, or install> <configure option>...
# Configures from nothing, so that no cache hides what a first configure does, and builds. The
# install goes to <folder>/../moved: the package is then not where it was configured to lie.
set(arguments "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
  list(APPEND arguments "${CMAKE_ARGV${index}}")
endforeach()
list(FIND arguments -P script)
math(EXPR first "${script} + 2")
list(SUBLIST arguments ${first} -1 arguments)
list(GET arguments 0 source)
list(GET arguments 1 folder)
list(GET arguments 2 program)
list(SUBLIST arguments 3 -1 options)

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${result}")
  endif()
endfunction()

file(REMOVE_RECURSE ${folder})
must(${CMAKE_COMMAND} -S ${source} -B ${folder} ${options})
must(${CMAKE_COMMAND} --build ${folder})
if(program STREQUAL "install")
  file(REMOVE_RECURSE ${folder}/../moved)
  must(${CMAKE_COMMAND} --install ${folder} --prefix ${folder}/../moved)
else()
  must(${folder}/${program})
endif()
