#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# coverage.sh <folder> [option of gate.py...]: without internal checks and optimisation the tests
# are run over what gcc makes of --coverage, and tests/coverage/gate.py says whether they have gone
# through all of src/.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -ge 1 ] || { echo "usage: sh $0 <folder> [option of gate.py...]"; exit 2; }
build=$1
shift
needs gcc python3
version=$(gcc -dumpversion)
gcov=gcov-${version%%.*}
command -v "$gcov" >/dev/null || gcov=gcov
needs "$gcov"

# Counters add up from run to run: those of an earlier one must go.
mkdir -p "$build"
find "$build" -name '*.gcda' -exec rm -f {} +
configure "$build" gcc g++ "" "-O0 -g --coverage -fprofile-update=atomic" \
  -DMPCC_BUILD_EXAMPLES=OFF -DMPCC_BUILD_BENCH=OFF
build "$build"

# What takes long and is for races, or goes where others go, is left to other builds: a little
# stress will do, and what strace refuses is refused by test_refused_calls, too.
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-2}"
run_tests "$build" -L '^(room|api|faults|fuzz|stress)$' -E '^(test_abandon_races|faults_inject)$'
python3 "$root/tests/coverage/gate.py" "$build" --gcov "$gcov" "$@"
