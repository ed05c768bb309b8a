#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# search.sh <fuzz_search> <fuzz_corpus> <seconds> <folder>
# Lets libFuzzer search for so long, from the stored inputs on. What it finds is kept in the folder:
# found/ holds inputs that reach new code, and crash-... ones that end the process.
set -eu
search=$1 corpus=$2 seconds=$3 folder=$4
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

rm -rf "$folder/stored"
mkdir -p "$folder/stored" "$folder/found"
"$corpus" -u "$folder/stored" "$here"/corpus/*.hex
cd "$folder"
# A machine may stop for a while: a slow input is not a wrong one before two minutes are over.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1} \
  "$search" -max_total_time="$seconds" -max_len=900 -timeout=240 -print_final_stats=1 \
  -verbosity=0 found stored 2>&1 | grep -v '^$' >search.log || true
tail -n 40 search.log
if ! grep -q '^stat::number_of_executed_units' search.log || ls crash-* leak-* oom-* timeout-* \
  >/dev/null 2>&1; then
  echo "FAILED: $corpus <the crash file> in $folder repeats it, MPCC_FUZZ_TRACE=1 tells the steps"
  exit 1
fi
