#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# clang-asan.sh <folder>: the tests under the Address-, Leak- and UndefinedBehaviorSanitizer of
# clang. It finds what gcc's does not, and the other way round.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang
links clang -fsanitize=address "$1" || skip "AddressSanitizer of clang does not work here"
configure "$1" clang clang++ "$clang_warnings $portable $asan" "$checked" -DMPCC_BUILD_EXAMPLES=OFF
build "$1"
run_short_tests "$1"
