# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# What `cpack` makes: an archive of what `cmake --install` would install; of a build with both kinds
# of library, where there is dpkg, also the pair libmpcc0 and libmpcc-dev; and by
# `cpack --config CPackSourceConfig.cmake` the sources. docs/packaging/README.md has the commands.

# cpack's hook to change what it has staged, which Debian's files need, came with 3.19.
if(CMAKE_VERSION VERSION_LESS 3.19)
  return()
endif()
find_program(MPCC_DPKG_DEB dpkg-deb)
mark_as_advanced(MPCC_DPKG_DEB)

set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME libmpcc)
set(CPACK_PACKAGE_VENDOR "The libmpcc authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "many threads push, one loop hands out batches")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME libmpcc-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "")
foreach(folder IN ITEMS ${PROJECT_SOURCE_DIR}/build ${PROJECT_SOURCE_DIR}/.git
    ${PROJECT_SOURCE_DIR}/.cache ${PROJECT_BINARY_DIR})
  string(REGEX REPLACE "([][+.*?()^$|\\])" "\\\\\\1" folder "${folder}")
  list(APPEND CPACK_SOURCE_IGNORE_FILES "^${folder}/")
endforeach()
list(APPEND CPACK_SOURCE_IGNORE_FILES "/__pycache__/")

# The number of the pair is the library's SOVERSION: it grows when a program has to be built again.
get_target_property(mpcc_soversion mpcc SOVERSION)
if(MPCC_DPKG_DEB AND MPCC_INSTALL_BOTH AND BUILD_SHARED_LIBS AND UNIX)
  list(APPEND CPACK_GENERATOR DEB)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_COMPONENTS_ALL mpcc_runtime mpcc_development)

  # As Debian's own tools do it: who packages says so in the environment.
  set(mpcc_packager "$ENV{DEBFULLNAME}")
  set(mpcc_packager_mail "$ENV{DEBEMAIL}")
  if(NOT mpcc_packager OR NOT mpcc_packager_mail)
    set(mpcc_packager "The libmpcc authors")
    set(mpcc_packager_mail "root@localhost.localdomain")
  endif()
  set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${mpcc_packager} <${mpcc_packager_mail}>")

  set(mpcc_description "Items that many threads push into slots are handed to one function
in batches, each of one slot and in order.
")
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
  set(CPACK_DEBIAN_PACKAGE_SOURCE libmpcc)
  set(CPACK_DEBIAN_PACKAGE_MULTIARCH same)
  set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

  set(CPACK_DEBIAN_MPCC_RUNTIME_PACKAGE_NAME libmpcc${mpcc_soversion})
  set(CPACK_DEBIAN_MPCC_RUNTIME_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_MPCC_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_MPCC_RUNTIME_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/src/cmake/debian/triggers)
  set(CPACK_COMPONENT_MPCC_RUNTIME_DESCRIPTION
    "${mpcc_description}This package has the shared library.")

  set(CPACK_DEBIAN_MPCC_DEVELOPMENT_PACKAGE_NAME libmpcc-dev)
  set(CPACK_DEBIAN_MPCC_DEVELOPMENT_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_MPCC_DEVELOPMENT_PACKAGE_DEPENDS
    "libmpcc${mpcc_soversion} (= ${PROJECT_VERSION}-1), libuv1-dev (>= 1.38)")
  set(CPACK_COMPONENT_MPCC_DEVELOPMENT_DESCRIPTION
    "${mpcc_description}This package has the header, the static library, and what CMake
and pkg-config need to find them.")

  set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/cmake/debian/stage.cmake)
  set(CPACK_MPCC_ROOT ${PROJECT_SOURCE_DIR})
endif()

set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
