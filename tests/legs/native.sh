#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# native.sh <folder>: everything that is built, and every test of it in full size, as gcc (or CC)
# builds it with our own checks in. Servers, soak and search of the fuzz target are checks of their
# own.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
cc=${CC:-cc}
if "$cc" --version | grep -q clang; then warnings=$clang_warnings; fi
configure "$1" "$cc" "${CXX:-c++}" "$warnings" "-O2 -g -DMPCC_CHECKS=1" -DMPCC_BUILD_BENCH=ON
build "$1"
run_tests "$1" -C long -LE 'integration|soak' -E '^fuzz_search$'
