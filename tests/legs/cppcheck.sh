#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# cppcheck.sh <folder>: what cppcheck says of the library and its examples. (Benchmarks and tests
# end the process in functions that it does not look into, so it takes for possible what is not.)
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs cppcheck
mkdir -p "$1/cppcheck"
folder=$(cd "$1" && pwd)
cd "$root"
cppcheck --version
# Both what ships and what is checked. Findings that are not true of this code are named where they
# are, or in the list with their reasons.
for variant in -UMPCC_CHECKS "-DMPCC_CHECKS=1 -DMPCC_PORTABLE=1"; do
  # shellcheck disable=SC2086
  cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
    --inline-suppr --suppressions-list=tests/legs/cppcheck.txt --error-exitcode=1 -j "$jobs" \
    --cppcheck-build-dir="$folder/cppcheck" -I include -I src -i examples/raii.cc \
    $variant src examples
done
echo "size: $(find src examples -name '*.c' | wc -l) files"
