# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.16)

# Who may include whom. A file includes what lies on lower floors, and its own header; the
# lock-free rooms take nothing from outside but what a checker can follow; libuv has one door.

# Every room has its place here, lowest first; what stands on one floor may not include each other.
# world.h is what the rooms of the loop share; world.c puts it together out of them.
set(floors
  "thread"
  "aligned check deadlines errors event gate histogram options owner platform probes ready sight"
  "allocator blocks rings segment"
  "ingress queue slabs"
  "pool"
  "core fair_lock lane queue_end slot stores"
  "world.h"
  "batch loop_thread manual.h loop.h waiters"
  "memory"
  "claim finish front.h outcome"
  "cut stage.h weight workers"
  "front.c hand_over intake lanes.h room stage_list"
  "bypass entrance rows"
  "lanes.c quick stage.c stage_out"
  "gather lanes_end lanes_stop serve stats world.c"
  "dispatcher"
  "loop.c manual.c"
  "instance"
  "dump lifecycle"
  "mpcc producer")
set(lock_free aligned core event gate ingress lane pool queue queue_end ready rings segment slabs stores thread)
set(lock_free_may_include stdatomic stdbool stddef stdint string)
set(uv_door platform.h)
set(uv_rooms fair_lock lanes loop loop_thread manual mpcc platform waiters workers)

set(floor 0)
foreach(rooms IN LISTS floors)
  math(EXPR floor "${floor} + 1")
  separate_arguments(rooms)
  foreach(room IN LISTS rooms)
    if(room MATCHES "[.]")
      set(floor_of_${room} ${floor})
    else()
      set(floor_of_${room}.c ${floor})
      set(floor_of_${room}.h ${floor})
    endif()
  endforeach()
endforeach()

file(GLOB files RELATIVE ${ROOT}/src ${ROOT}/src/*.c ${ROOT}/src/*.h)
if(NOT files)
  message(FATAL_ERROR "no sources were found in ${ROOT}/src")
endif()
foreach(file IN LISTS files)
  get_filename_component(room ${file} NAME_WE)
  if(NOT floor_of_${file})
    message(SEND_ERROR "${file}: tests/shape/includes.cmake has no floor for this room")
    continue()
  endif()
  file(STRINGS ${ROOT}/src/${file} lines REGEX "^ *# *include")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "[<\"](([^>\"]*)[.]h)[>\"]" unused "${line}")
    set(included ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    if(line MATCHES "<")
      if(included STREQUAL "uv.h" AND NOT file STREQUAL uv_door)
        message(SEND_ERROR "${file}: <uv.h> comes in by ${uv_door} only")
      elseif(room IN_LIST lock_free AND NOT name IN_LIST lock_free_may_include)
        message(SEND_ERROR "${file}: a lock-free room includes <${included}>")
      endif()
      continue()
    endif()
    if(included STREQUAL uv_door AND NOT room IN_LIST uv_rooms)
      message(SEND_ERROR "${file}: ${included} is for ${uv_rooms}")
    endif()
    if(room IN_LIST lock_free AND NOT name IN_LIST lock_free AND NOT name STREQUAL "check")
      message(SEND_ERROR "${file}: a lock-free room includes \"${included}\"")
    endif()
    if(NOT included STREQUAL "${room}.h" AND NOT floor_of_${included} LESS floor_of_${file})
      message(SEND_ERROR "${file}: \"${included}\" is not below it")
    endif()
  endforeach()
endforeach()
