#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# soak.sh <folder>: 10^9 items, each accounted for, and 200 instances side by side through 1,000
# restarts, as the library is shipped. MPCC_SOAK_SECONDS ends it early, and the size says so.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
configure "$1" "${CC:-cc}" "${CXX:-c++}" "$warnings" "-O2 -DNDEBUG" -DMPCC_BUILD_EXAMPLES=OFF
build "$1" soak instances
status=0
{
  "$1/tests/soak/soak" "${MPCC_SOAK_ITEMS:-1000000000}" "${MPCC_SOAK_SECONDS:-400}" &&
    "$1/tests/soak/instances"
} >"$1/soak.log" 2>&1 || status=$?
cat "$1/soak.log"
# 77: there is no /proc to count descriptors and threads by.
[ $status -eq 0 ] || [ $status -eq 77 ] || exit 1
items=$(sed -n 's/^soak: \([0-9]*\) items of .*/\1/p' "$1/soak.log")
lives=$(sed -n 's/^instances: .* at once, \([0-9]*\) lives.*/\1/p' "$1/soak.log")
echo "size: $items items, ${lives:-no} restarts"
[ -n "${MPCC_SOAK_SECONDS:-}" ] || [ "$items" -ge "${MPCC_SOAK_ITEMS:-1000000000}" ] ||
  { echo "FAILED: fewer items than asked for"; exit 1; }
