#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# mutants.sh <folder>: every memory order in src/ is weakened, one at a time, and a scenario of the
# schedule explorer must notice, or the order stands in tests/explore/survivors.txt with the reason.
#
# MPCC_MUTANT_SCHEDULES   for each order, over all scenarios that reach it; 4000
# MPCC_MUTANT_PART        2/5: each fifth order, from the second; day/5: another fifth each day;
#                         all of them if it is not set
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs gcc python3 addr2line
configure "$1" gcc "${CXX:-c++}" "$warnings" "$checked" -DMPCC_BUILD_EXAMPLES=OFF -DMPCC_EXPLORE=ON
cmake --build "$1" --target help 2>/dev/null | grep -q explore_all ||
  skip "$(sed -n 's/.*the schedule explorer is skipped: //p' "$1/configure.log" | tail -n 1)"
build "$1" explore

status=0
python3 "$root/tests/explore/mutate.py" "$1/tests/explore/explore" --jobs "$jobs" \
  --schedules "${MPCC_MUTANT_SCHEDULES:-4000}" --part "${MPCC_MUTANT_PART:-}" \
  --table "$1/mutants.md" >"$1/mutants.log" 2>"$1/progress.log" || status=1
cat "$1/mutants.log"
sed -n 's/^\([0-9]* mutants tried: .*\); [0-9]* schedules, .*/size: \1/p' "$1/mutants.log"
[ $status -eq 0 ] || echo "FAILED: orders are not as they are listed"
exit $status
