#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# explore.sh <folder>: the schedule explorer (tests/explore). The litmus tests, the seeded bugs, the
# scenarios that can be exhausted, and 100,000 schedules at random from each of two seeds, spread
# over all scenarios: one seed is the same every time, the other (MPCC_EXPLORE_SEED) is new.
#
# MPCC_EXPLORE_SECONDS    of the processor, for the schedules at random; 150
# MPCC_EXPLORE_SCHEDULES  from each seed; 100000
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
seconds=${MPCC_EXPLORE_SECONDS:-150} schedules=${MPCC_EXPLORE_SCHEDULES:-100000}
seed=${MPCC_EXPLORE_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
needs gcc
configure "$1" gcc "${CXX:-c++}" "$warnings" "$checked" -DMPCC_BUILD_EXAMPLES=OFF -DMPCC_EXPLORE=ON
explore=$1/tests/explore/explore
cmake --build "$1" --target help 2>/dev/null | grep -q explore_all ||
  skip "$(sed -n 's/.*the schedule explorer is skipped: //p' "$1/configure.log" | tail -n 1)"
build "$1" explore_all

# each <log> <option...>: a run over many scenarios, beside others. It ends with a line of numbers.
each()
{
  log=$1
  shift
  "$explore" "$@" >"$log" 2>&1 || echo "FAILED: explore $*" >>"$log"
}

# number <log> <what>: of the last line.
number()
{
  sed -n "s/.*[^0-9]\([0-9][0-9]*\) $2.*/\1/p" "$1" | tail -n 1
}

status=0
# All scenarios at random come below, with more schedules.
run_tests "$1" -L '^explore$' -E '^explore_scenes$' >"$1/ctest.log" 2>&1 || status=1
grep -v '^size: ' "$1/ctest.log"

scenarios=$("$explore" --list | sed -n 's/^\([0-9]*\) scenarios$/\1/p')
some=$(((schedules + scenarios - 1) / scenarios))
small=$(sed -n 's/^\([a-z_]*\) .*/--scenario \1/p' "$root/tests/explore/exhausted.txt")
smalls=$(grep -c '^[a-z]' "$root/tests/explore/exhausted.txt")
each "$1/fixed.log" --schedules "$some" --seed 1 --within $((seconds / 2)) &
first=$!
# shellcheck disable=SC2086
each "$1/small.log" --exhaust --schedules 0 --preemptions 2 --seconds 60 $small
wait $first
each "$1/fresh.log" --schedules "$some" --seed "$seed" --within $((seconds / 2))
for log in fixed small fresh; do
  grep -v ' schedules, at random\| EXHAUSTED' "$1/$log.log" || true
done
! grep -q '^FAILED: ' "$1/fixed.log" "$1/small.log" "$1/fresh.log" || status=1
exhausted=$(number "$1/small.log" exhausted)
[ "$exhausted" = "$smalls" ] || {
  echo "FAILED: $exhausted of $smalls scenarios were exhausted; exhausted.txt has them all"
  status=1
}
ran=$(($(number "$1/fixed.log" schedules) + $(number "$1/fresh.log" schedules)))
[ -n "${MPCC_EXPLORE_SECONDS:-}" ] || [ $ran -ge $((2 * schedules)) ] || {
  echo "FAILED: the time was not enough for $schedules schedules with each seed"
  status=1
}
bugs=$(grep -c 'explore_bug_.*Passed' "$1/ctest.log" || true)
echo "size: $scenarios scenarios, $exhausted exhausted, $ran schedules (seeds 1 and $seed), $bugs seeded bugs"
exit $status
