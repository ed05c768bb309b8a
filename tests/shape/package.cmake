# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# The library as others get it, static and shared: as a guest in a project of theirs, installed
# and found by CMake, installed and found by pkg-config; and what its files show to a linker. The
# package is used where it was not configured to lie, so it can be moved.

# mpcc_package_test(<name> <source> <folder> <program, or install> <configure option>...)
function(mpcc_package_test name)
  add_test(NAME ${name} CONFIGURATIONS long COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_SOURCE_DIR}/build.cmake
    ${ARGN} -G ${CMAKE_GENERATOR} -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_BUILD_TYPE=Debug)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS package)
endfunction()

set(embed ${PROJECT_SOURCE_DIR}/tests/embed)
foreach(kind IN ITEMS static shared)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${kind})
  set(libdir ${folder}/moved/lib/deep)
  set(shared OFF)
  if(kind STREQUAL "shared")
    set(shared ON)
  endif()

  mpcc_package_test(embed_${kind} ${embed} ${folder}/house house
    -DMPCC_SOURCE=${PROJECT_SOURCE_DIR} -DBUILD_SHARED_LIBS=${shared})

  mpcc_package_test(package_${kind} ${PROJECT_SOURCE_DIR} ${folder}/package install
    -DBUILD_SHARED_LIBS=${shared} -DCMAKE_INSTALL_LIBDIR=lib/deep
    -DMPCC_BUILD_TESTS=OFF -DMPCC_BUILD_EXAMPLES=OFF)
  mpcc_package_test(package_${kind}_cmake ${embed}/installed ${folder}/user user
    -Dmpcc_DIR=${libdir}/cmake/mpcc)
  add_test(NAME package_${kind}_pkgconfig CONFIGURATIONS long COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/pkgconfig.sh
    ${kind} ${CMAKE_C_COMPILER} ${libdir} ${embed}/program.c ${folder})
  add_test(NAME package_${kind}_symbols CONFIGURATIONS long COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/symbols.sh
    ${kind} ${libdir})

  set_tests_properties(package_${kind} PROPERTIES FIXTURES_SETUP mpcc_package_${kind})
  set_tests_properties(
    package_${kind}_cmake package_${kind}_pkgconfig package_${kind}_symbols
    PROPERTIES FIXTURES_REQUIRED mpcc_package_${kind} TIMEOUT 300 LABELS package)
endforeach()

# The other way in, static and shared, with a libuv that the house has added before, by two of the
# names that libuv's own builds have given it.
mpcc_package_test(embed_fetch ${embed} ${CMAKE_CURRENT_BINARY_DIR}/fetch/house house
  -DFETCHCONTENT_SOURCE_DIR_MPCC=${PROJECT_SOURCE_DIR} -DHOUSE_LIBUV=uv_a)
mpcc_package_test(embed_fetch_shared ${embed} ${CMAKE_CURRENT_BINARY_DIR}/fetch_shared/house house
  -DFETCHCONTENT_SOURCE_DIR_MPCC=${PROJECT_SOURCE_DIR} -DHOUSE_LIBUV=libuv::uv
  -DBUILD_SHARED_LIBS=ON)
