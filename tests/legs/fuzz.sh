#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# fuzz.sh <folder>: libFuzzer looks for calls that break a promise, for MPCC_FUZZ_SECONDS (90), from
# the stored inputs on.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang
seconds=${MPCC_FUZZ_SECONDS:-90}
configure "$1" clang clang++ "$clang_warnings" "$checked" -DMPCC_BUILD_EXAMPLES=OFF
grep -q '^mpcc_has_libfuzzer:INTERNAL=1$' "$1/CMakeCache.txt" || skip "clang has no libFuzzer here"
build "$1" fuzz_search fuzz_corpus
sh "$root/tests/fuzz/search.sh" "$1/tests/fuzz/fuzz_search" "$1/tests/fuzz/fuzz_corpus" "$seconds" \
  "$1/tests/fuzz"
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$1/tests/fuzz/search.log")
echo "size: $runs inputs in $seconds s"
