# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# The version in the header is CMake's. (That the library answers the same, a program checks.)
file(STRINGS ${ROOT}/include/mpcc.h lines REGEX "^#define MPCC_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
list(JOIN numbers "." in_header)
if(NOT in_header STREQUAL VERSION)
  message(FATAL_ERROR "include/mpcc.h is version ${in_header}, CMakeLists.txt is ${VERSION}")
endif()
