# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# cmake -DBUG=<file> -DSOURCES=<src> -DOUT=<folder> -P seed.cmake
# Copies the file that a bug is in, with the bug, and the units that are compiled anew for it. Fails
# if its place is not found, or more than once.
cmake_minimum_required(VERSION 3.16)

file(READ ${BUG} text)

# What stands behind ${from}, up to ${to}.
function(cut result from to)
  string(FIND "${text}" "${from}" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "${BUG}: no '${from}'")
  endif()
  string(LENGTH "${from}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${text}" ${begin} -1 rest)
  string(FIND "${rest}" "${to}" end)
  string(SUBSTRING "${rest}" 0 ${end} part)
  set(${result} "${part}" PARENT_SCOPE)
endfunction()

cut(file "\nfile: " "\n")
cut(units "\nunits: " "\n")
cut(right "\n--- from\n" "--- to\n")
cut(wrong "\n--- to\n" "--- end\n")

file(READ ${SOURCES}/${file} source)
string(FIND "${source}" "${right}" first)
string(FIND "${source}" "${right}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "${BUG}: its place in ${file} is not found, or more than once")
endif()
string(REPLACE "${right}" "${wrong}" source "${source}")

# A header is looked for beside who includes it, so all of them come along.
file(GLOB headers ${SOURCES}/*.h)
file(COPY ${headers} DESTINATION ${OUT})
separate_arguments(units)
foreach(unit IN LISTS units)
  if(NOT unit STREQUAL file)
    file(READ ${SOURCES}/${unit} other)
    file(WRITE ${OUT}/${unit} "${other}")
  endif()
endforeach()
file(WRITE ${OUT}/${file} "${source}")
