# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# An overlay port that builds the sources it lies in: vcpkg install mpcc --overlay-ports=<here>/..
# A port for a registry fetches a release instead, with vcpkg_from_github or the like.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DMPCC_BUILD_TESTS=OFF
    -DMPCC_BUILD_EXAMPLES=OFF
    -DMPCC_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME mpcc CONFIG_PATH lib/cmake/mpcc)
vcpkg_fixup_pkgconfig()
vcpkg_copy_pdbs()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
