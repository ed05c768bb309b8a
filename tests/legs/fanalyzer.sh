#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# fanalyzer.sh <folder>: gcc follows every path through the library (-fanalyzer).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
cc=${CC:-gcc}
needs "$cc"
mkdir -p "$1"
echo 'int main(void) { return 0; }' | "$cc" -fanalyzer -x c -c -o "$1/probe" - 2>/dev/null ||
  skip "$cc has no -fanalyzer"
configure "$1" "$cc" "${CXX:-c++}" "$warnings -fanalyzer" "-O2 -DNDEBUG" -DMPCC_BUILD_TESTS=OFF \
  -DMPCC_BUILD_EXAMPLES=OFF
build "$1" mpcc
echo "size: $(find "$root/src" -name '*.c' | wc -l) files"
