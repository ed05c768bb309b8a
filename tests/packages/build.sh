#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# build.sh <folder>: what docs/packaging/README.md says, in <folder>: packages, an archive, and the
# sources. With debug information, which packages leave out and the ABI's check reads.
set -eu
folder=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

cmake -S "$root" -B "$folder" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr \
  -DBUILD_SHARED_LIBS=ON -DMPCC_INSTALL_BOTH=ON -DMPCC_BUILD_TESTS=OFF -DMPCC_BUILD_EXAMPLES=OFF
cmake --build "$folder" -j "${MPCC_JOBS:-$(getconf _NPROCESSORS_ONLN)}"
rm -f "$folder"/*.deb "$folder"/*.tar.gz
cd "$folder"
cpack
cpack --config CPackSourceConfig.cmake
