# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# mpcc.pc, and mpcc-static.pc where there is an archive.

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

set(mpcc_pc_private "-pthread")
if(mpcc_atomic_library)
  string(APPEND mpcc_pc_private " -l${mpcc_atomic_library}")
endif()

# mpcc_install_pc(<name>): with the variables that mpcc.pc.in asks for.
function(mpcc_install_pc mpcc_pc_name)
  configure_file(cmake/mpcc.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${mpcc_pc_name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${mpcc_pc_name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT mpcc_development)
endfunction()

# Who links the archive needs libuv on the same line, with and without `pkg-config --static`.
set(mpcc_pc_libs_private "")
set(mpcc_pc_requires "Requires: libuv >= 1.38")
if(mpcc_package_has_archive)
  set(mpcc_pc_archive "${CMAKE_STATIC_LIBRARY_PREFIX}mpcc${CMAKE_STATIC_LIBRARY_SUFFIX}")
  set(mpcc_pc_libs "\${libdir}/${mpcc_pc_archive} ${mpcc_pc_private}")
  mpcc_install_pc(mpcc-static)
endif()
set(mpcc_pc_libs "-L\${libdir} -lmpcc ${mpcc_pc_private}")
if(NOT mpcc_package_is_static)
  set(mpcc_pc_requires "Requires.private: libuv >= 1.38")
  set(mpcc_pc_libs "-L\${libdir} -lmpcc")
  set(mpcc_pc_libs_private "${mpcc_pc_private}")
endif()
mpcc_install_pc(mpcc)
