#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# syscalls.sh <bench_resources> [--csv FILE] [--smoke]: which system calls does a batch cost?
#
# strace writes down the calls of a run; load.c marks where it begins and ends. What the program's
# own producers wait with (sched_yield, clock_nanosleep) is left out; what their threads begin and
# end with (futex, exit) is not, nor shown where it is less than a hundredth. A traced call takes a
# hundred times as long as another: at full speed the loop so falls asleep less often than it
# would; at a fixed rate it does what it always does.
set -eu

program=$1
shift
csv=
length="--rounds 9"
while [ $# -gt 0 ]; do
  case $1 in
    --csv) csv=$2; shift 2 ;;
    --smoke) length=--smoke; shift ;;
    *) echo "usage: syscalls.sh <bench_resources> [--csv FILE] [--smoke]" >&2; exit 2 ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if ! command -v strace >/dev/null; then
  echo "system calls: skipped, strace is not installed"
  exit 0
elif ! strace -f -e trace='!sched_yield' -o "$work/probe" true 2>/dev/null; then
  echo "system calls: skipped, strace may not trace here"
  exit 0
fi
quick= # calls that are not asked for are then not stopped at
strace -f --seccomp-bpf -o "$work/probe" true 2>/dev/null && quick=--seccomp-bpf

# The leak check of the address sanitizer cannot work in a process that is traced.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

# measure <config> <subject>: a line for each system call that a batch costs.
measure()
{
  rm -f "$work/rows"
  # shellcheck disable=SC2086 # they are lists of words
  strace -f $quick -e trace='!sched_yield,clock_nanosleep,nanosleep' -o "$work/trace" "$program" \
    --csv "$work/rows" $length --only "$1" --subjects "$2" >"$work/said" || {
    cat "$work/said" >&2
    exit 1
  }
  # The run that counts is the last one; those before are to get warm.
  awk -v config="$1" -v subject="$2" -v csv="$csv" -v batches="$(
    awk -F, '$4 == "batches" { print $6 }' "$work/rows")" '
    $2 ~ /^getppid\(/ { if (++marks % 2 == 1) split("", calls); next }
    marks % 2 == 1 && $2 ~ /^[a-z_0-9]+\(/ { sub(/\(.*/, "", $2); calls[$2]++ }
    END {
      if (marks == 0 || marks % 2 != 0 || batches == 0) {
        print "syscalls.sh: no run was found in the trace of " config ", " subject >"/dev/stderr"
        exit 1
      }
      for (call in calls) {
        all += calls[call]
        if (calls[call] / batches >= 0.01)
          show(call, calls[call] / batches)
      }
      show("all", all / batches)
    }
    function show(call, each) {
      printf "%-28s %-26s %12.3f %s\n", config, subject, each, call
      if (csv != "")
        printf "bench_resources,%s,%s,system calls: %s,a batch,%.6g,%.6g,%.6g,,,,1\n", \
          config, subject, call, each, each, each >>csv
    }' "$work/trace"
}

echo
echo "system calls a batch, the benchmark's own waiting left out; measured under strace"
for config in "P=1 S=1 full speed" "P=2 S=1 full speed" "P=1 S=1 1000 items/s" \
  "P=1 S=1 100000 items/s"; do
  for subject in "mpcc push" "mpcc bounded" "mpcc handle"; do
    measure "$config" "$subject"
  done
done
