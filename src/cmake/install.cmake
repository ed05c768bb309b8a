# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Header, library, the CMake package mpcc (target mpcc::mpcc) and mpcc.pc. All of it may be moved
# as a whole after it was installed.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(mpcc_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mpcc)
set(mpcc_in_package DESTINATION ${mpcc_package_dir} COMPONENT mpcc_development)
set(mpcc_package_is_static ON)
set(mpcc_package_has_archive ON)
if(mpcc_type STREQUAL "SHARED_LIBRARY")
  set(mpcc_package_is_static OFF)
  # Elsewhere the two kinds have files of one name.
  if(NOT UNIX)
    set(MPCC_INSTALL_BOTH OFF)
  endif()
  set(mpcc_package_has_archive ${MPCC_INSTALL_BOTH})
endif()

install(TARGETS mpcc EXPORT mpccTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mpcc_development
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mpcc_runtime
    NAMELINK_COMPONENT mpcc_development
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT mpcc_runtime
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/include/mpcc.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT mpcc_development)
install(EXPORT mpccTargets NAMESPACE mpcc:: ${mpcc_in_package})

# The archive beside the shared library, of the same objects.
if(mpcc_package_has_archive AND NOT mpcc_package_is_static)
  add_library(mpcc_static STATIC $<TARGET_OBJECTS:mpcc>)
  set_target_properties(mpcc_static PROPERTIES OUTPUT_NAME mpcc LINKER_LANGUAGE C)
  target_link_libraries(mpcc_static PRIVATE mpcc::libuv Threads::Threads ${mpcc_atomic_library})
  install(TARGETS mpcc_static EXPORT mpccStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT mpcc_development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT mpccStaticTargets NAMESPACE mpcc:: ${mpcc_in_package})
endif()

configure_package_config_file(cmake/mpccConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/mpccConfig.cmake
  INSTALL_DESTINATION ${mpcc_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break what was there.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mpccConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/mpccConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/mpccConfigVersion.cmake
  cmake/mpcc-libuv.cmake
  ${mpcc_in_package})

# gdb finds it by the library's name.
if(NOT mpcc_package_is_static AND UNIX AND NOT APPLE)
  install(FILES ${PROJECT_SOURCE_DIR}/src/gdb/mpcc_gdb.py
    DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}
    RENAME libmpcc.so.${PROJECT_VERSION}-gdb.py COMPONENT mpcc_development)
endif()

include(cmake/pkgconfig.cmake)
