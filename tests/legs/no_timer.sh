#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# no_timer.sh <folder>: the tests once more in a build in which no timer can stand in for a wake-up
# that is missing (MPCC_NO_TICK, src/check.h). On a real loop, there
#   - an interval of less than a minute is 0: what is pushed is due when the loop hears of it, and
#     when it hears of nothing, never; a longer one is MPCC_NO_INTERVAL, as who sets it means;
#   - an emptied queue is made idle at once, not looked at again after 2 ms;
#   - a producer handle is emptied until nothing is in it, and then calls; it is not looked at every
#     2 ms.
# What is left are the times that users ask for (retries, timeouts), and looks that by design have
# no wake-up: at a push whose thread is in the middle of it, at memory that was refused, at a lock
# that somebody holds. So an item, an answer, a flush or a stop whose wake-up is lost is never
# noticed, and the test hangs; tests/test_ticks.c shows that it does. Tests whose question is the
# interval itself are skipped (needs_ticks, tests/harness.h); those of manual instances are as
# always: there is no timer in them.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
configure "$1" "${CC:-cc}" "${CXX:-c++}" "$warnings -DMPCC_NO_TICK=1" "-O1 -g -DMPCC_CHECKS=1" \
  -DMPCC_BUILD_EXAMPLES=OFF
build_tests "$1" '^(api|stress)$'
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-20}"
run_tests "$1" -L '^(api|stress)$'
