#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# clang.sh <folder>: everything that is built, as clang builds it: optimised, without our checks,
# and without what only some systems have. Tests that are not about the library's code have been run
# by native.sh.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang
configure "$1" clang clang++ "$clang_warnings $portable" "-O3 -DNDEBUG" -DMPCC_BUILD_BENCH=ON
build "$1"
run_short_tests "$1" "bench|model"
