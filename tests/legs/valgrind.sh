#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# valgrind.sh <folder>: memcheck over the tests that are one thread under a virtual clock (label
# virtual), and over some of the random lives. Nothing is compiled in for it: what it sees is what
# ships, libuv and libc too.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs valgrind
configure "$1" "${CC:-cc}" "${CXX:-c++}" "$warnings" "-O1 -g -DMPCC_CHECKS=1" \
  -DMPCC_BUILD_EXAMPLES=OFF
programs=$(cd "$1" && ctest -N -L virtual | sed -n 's/^ *Test *#[0-9]*: //p')
[ -n "$programs" ] || { echo "FAILED: no test has the label virtual"; exit 1; }
# shellcheck disable=SC2086
build "$1" $programs fuzz_corpus seeds

# memcheck <folder> <program and its arguments>, from the build's folder: quiet but for findings.
# shellcheck disable=SC2016
memcheck='
  log=$1/$(echo "$2" | tr -c "[:alnum:]\n" _ | cut -c 1-60).log
  valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all \
    --errors-for-leak-kinds=definite,indirect,possible $2 >"$log" 2>&1 && exit 0
  echo "FAILED: $2"
  cat "$log"
  exit 1'
cd "$1"
mkdir -p memcheck
set --
for program in $programs; do
  set -- "$@" "tests/$program"
done
count=${MPCC_VALGRIND_LIVES:-150}
set -- "$@" "tests/seeds $count" "tests/fuzz/fuzz_corpus -r $count"
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c "$memcheck" sh memcheck '{}'
echo "size: $# programs"
