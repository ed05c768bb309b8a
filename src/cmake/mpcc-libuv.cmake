# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Makes mpcc::libuv, whatever libuv is called here. Used by the build, and installed beside the
# package's config file, so that nothing of the machine that built it is baked in. Sets
# mpcc_libuv_missing to a sentence if there is none and the caller asked for it by
# mpcc_libuv_optional.

set(mpcc_libuv_missing "")
if(TARGET mpcc::libuv)
  return()
endif()

# In this order: what a parent project has added, libuv's own package (which installs a version
# file only of late, so none is asked for), pkg-config, Debian's only way, and where there is not
# even that, header and library as they lie.
set(mpcc_libuv_names libuv::libuv libuv::uv libuv::uv_a uv uv_a unofficial::libuv::libuv)
set(mpcc_libuv_target "")
foreach(mpcc_libuv_try IN ITEMS parent package)
  foreach(mpcc_libuv_name IN LISTS mpcc_libuv_names)
    if(NOT mpcc_libuv_target AND TARGET ${mpcc_libuv_name})
      set(mpcc_libuv_target ${mpcc_libuv_name})
    endif()
  endforeach()
  if(NOT mpcc_libuv_target AND mpcc_libuv_try STREQUAL "parent")
    find_package(libuv CONFIG QUIET)
  endif()
endforeach()

if(NOT mpcc_libuv_target)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(MPCC_LIBUV QUIET IMPORTED_TARGET libuv>=1.38)
  endif()
  if(TARGET PkgConfig::MPCC_LIBUV)
    set(mpcc_libuv_target PkgConfig::MPCC_LIBUV)
  endif()
endif()

if(NOT mpcc_libuv_target)
  find_path(MPCC_LIBUV_HEADERS uv.h)
  find_library(MPCC_LIBUV_FILE NAMES uv libuv)
  mark_as_advanced(MPCC_LIBUV_HEADERS MPCC_LIBUV_FILE)
  if(MPCC_LIBUV_HEADERS AND MPCC_LIBUV_FILE)
    file(STRINGS ${MPCC_LIBUV_HEADERS}/uv/version.h mpcc_libuv_version
      REGEX "^#define UV_VERSION_(MAJOR|MINOR) ")
    string(REGEX MATCHALL "[0-9]+" mpcc_libuv_version "${mpcc_libuv_version}")
    string(REPLACE ";" "." mpcc_libuv_version "${mpcc_libuv_version}")
    if(NOT mpcc_libuv_version VERSION_LESS 1.38)
      add_library(mpcc_libuv_file UNKNOWN IMPORTED)
      set_target_properties(mpcc_libuv_file PROPERTIES
        IMPORTED_LOCATION ${MPCC_LIBUV_FILE}
        INTERFACE_INCLUDE_DIRECTORIES ${MPCC_LIBUV_HEADERS})
      set(mpcc_libuv_target mpcc_libuv_file)
    endif()
  endif()
endif()

if(mpcc_libuv_target)
  add_library(mpcc::libuv INTERFACE IMPORTED)
  set_target_properties(mpcc::libuv PROPERTIES INTERFACE_LINK_LIBRARIES ${mpcc_libuv_target})
else()
  set(mpcc_libuv_missing "libuv 1.38 or later was not found: install its development package \
(libuv1-dev, libuv-devel, libuv), or add libuv to the project before mpcc")
  if(NOT mpcc_libuv_optional)
    message(FATAL_ERROR "mpcc: ${mpcc_libuv_missing}")
  endif()
endif()
