# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# What the benchmarks compare with: each peer's library is found, or said to be missing. None of them
# is needed.

include(CheckLanguage)
find_package(PkgConfig QUIET)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
  enable_language(CXX)
endif()

# mpcc_find_peer(<NAME> <pkg-config module> <language>): mpcc_peer_<NAME> is the version, and what it
# is linked with is PkgConfig::mpcc_peer_pc_<NAME>; or it is not set.
macro(mpcc_find_peer name module language)
  if(PKG_CONFIG_FOUND AND CMAKE_${language}_COMPILER)
    pkg_check_modules(mpcc_peer_pc_${name} QUIET IMPORTED_TARGET ${module})
  endif()
  if(mpcc_peer_pc_${name}_FOUND)
    set(mpcc_peer_${name} "${mpcc_peer_pc_${name}_VERSION}")
  else()
    message(STATUS "benchmarks: without ${module}, which was not found")
  endif()
endmacro()

mpcc_find_peer(URCU liburcu-cds C)
mpcc_find_peer(CK ck C)
mpcc_find_peer(GLIB glib-2.0 C)
mpcc_find_peer(TBB tbb CXX)

# moodycamel's queue is a header that has neither a module nor a version in it.
find_path(MPCC_MOODYCAMEL concurrentqueue.h
  PATH_SUFFIXES concurrentqueue concurrentqueue/moodycamel moodycamel)
mark_as_advanced(MPCC_MOODYCAMEL)
if(MPCC_MOODYCAMEL AND CMAKE_CXX_COMPILER)
  file(SHA256 ${MPCC_MOODYCAMEL}/concurrentqueue.h hash)
  string(SUBSTRING ${hash} 0 8 hash)
  set(mpcc_peer_MOODYCAMEL "(header ${hash})")
else()
  message(STATUS "benchmarks: without moodycamel's queue, which was not found")
endif()

# mpcc_bench_peers(<bench> <PREFIX> [<NAME> <file>]...): the files of those that were found;
# <PREFIX>_<NAME>_VERSION says which they are.
function(mpcc_bench_peers bench prefix)
  set(target mpcc_bench_${bench})
  set(pairs ${ARGN})
  while(pairs)
    list(GET pairs 0 name)
    list(GET pairs 1 file)
    list(REMOVE_AT pairs 0 1)
    if(NOT mpcc_peer_${name})
      continue()
    endif()
    target_sources(${target} PRIVATE ${file})
    set(definition "${prefix}_${name}_VERSION=\"${mpcc_peer_${name}}\"")
    get_target_property(there ${target} COMPILE_DEFINITIONS)
    if(NOT definition IN_LIST there)
      target_compile_definitions(${target} PRIVATE "${definition}")
    endif()
    if(TARGET PkgConfig::mpcc_peer_pc_${name})
      target_link_libraries(${target} PRIVATE PkgConfig::mpcc_peer_pc_${name})
    endif()
    if(name STREQUAL "MOODYCAMEL")
      target_include_directories(${target} SYSTEM PRIVATE ${MPCC_MOODYCAMEL})
      # GCC 12 takes the producer in a token for a null pointer, inside that header.
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS -Wno-stringop-overflow)
      endif()
    endif()
  endwhile()
endfunction()
