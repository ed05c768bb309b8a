# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Header, library, the CMake package mpcc (target mpcc::mpcc) and mpcc.pc. All of it may be moved
# as a whole after it was installed.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(mpcc_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mpcc)
if(mpcc_type STREQUAL "SHARED_LIBRARY")
  set(mpcc_package_is_static OFF)
else()
  set(mpcc_package_is_static ON)
endif()

install(TARGETS mpcc EXPORT mpccTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/include/mpcc.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(EXPORT mpccTargets NAMESPACE mpcc:: DESTINATION ${mpcc_package_dir})
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
  DESTINATION ${mpcc_package_dir})

# Who links the archive needs libuv on the same line, with and without `pkg-config --static`.
set(mpcc_pc_private "-pthread")
if(mpcc_atomic_library)
  string(APPEND mpcc_pc_private " -l${mpcc_atomic_library}")
endif()
if(mpcc_package_is_static)
  set(mpcc_pc_requires "Requires: libuv >= 1.38")
  set(mpcc_pc_libs "-lmpcc ${mpcc_pc_private}")
  set(mpcc_pc_libs_private "")
else()
  set(mpcc_pc_requires "Requires.private: libuv >= 1.38")
  set(mpcc_pc_libs "-lmpcc")
  set(mpcc_pc_libs_private "${mpcc_pc_private}")
endif()

# pkg-config knows where the .pc lies; from there the prefix is as many steps up as libdir is deep.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(mpcc_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(mpcc_pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(mpcc_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH mpcc_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" mpcc_pc_up "${mpcc_pc_up}")
  set(mpcc_pc_prefix "\${pcfiledir}/${mpcc_pc_up}")
  set(mpcc_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(mpcc_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/mpcc.pc.in ${CMAKE_CURRENT_BINARY_DIR}/mpcc.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mpcc.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
