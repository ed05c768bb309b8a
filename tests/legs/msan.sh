#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# msan.sh <folder>: clang's MemorySanitizer looks for decisions that hang on memory which was never
# written; no other sanitizer does. libuv and cmocka are as the system has them, without its
# instructions: what they write it takes for unwritten, and a loop of libuv's gives false alarms as
# it starts. So it looks at rooms, and at instances that are stepped by hand.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang
links clang -fsanitize=memory "$1" || skip "MemorySanitizer of clang does not work here"

# It must see the one thing that it is for.
echo '#include <stdlib.h>
int main(void) { int *word = malloc(sizeof *word); return *word == 7 ? 3 : 0; }' |
  clang -O1 -fsanitize=memory -x c -o "$1/probe" -
# shellcheck disable=SC2154
! ${runner:-} "$1/probe" 2>/dev/null || { echo "FAILED: an unwritten word is not seen"; exit 1; }

configure "$1" clang clang++ "$clang_warnings $portable $(suite_flags MPCC_MSAN)" "$checked" \
  -DMPCC_BUILD_EXAMPLES=OFF
build "$1"
run_tests "$1" -L '^(room|virtual|fuzz)$'
