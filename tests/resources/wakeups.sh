#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# wakeups.sh <program>: one producer at full speed costs at most one wake-up write a batch, as
# strace counts them, and the library's own count of wake-ups hides none of them.
#
# A wake-up is a write of 8 bytes to an eventfd; the program writes nothing else of that form.
set -eu

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The leak check of the address sanitizer cannot work in a process that is traced.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

number()
{
  sed -n "s/.* *$1 \([0-9][0-9]*\).*/\1/p" "$work/said"
}

# run <what> <command...>: what the program says must be there.
run()
{
  what=$1
  shift
  if ! "$@" >"$work/said"; then
    echo "FAILED: $what" >&2
    exit 1
  fi
}

traceable=yes
if ! command -v strace >/dev/null; then
  traceable="strace is not installed"
elif ! strace -f -e trace=write -o "$work/probe" true 2>/dev/null; then
  traceable="strace may not trace here"
fi

for slots in 1 16; do
  if [ "$traceable" != yes ]; then
    run "$slots slots" "$program" 2000000 $slots
    continue
  fi
  run "$slots slots, traced" strace -f -e trace=write -o "$work/trace" "$program" 2000000 $slots
  writes=$(grep -c 'write([0-9]*, "\\1\\0\\0\\0\\0\\0\\0\\0", 8' "$work/trace" || true)
  batches=$(number batches)
  limit=$(number limit)
  wakeups=$(number wakeups)
  echo "wakeups: $slots slots, $batches batches, $writes wake-up writes, $wakeups counted"
  if [ "$writes" -eq 0 ]; then
    echo "skipped: this libuv wakes its loop in another way"
    exit 77
  fi
  if [ "$writes" -gt "$limit" ] || [ "$writes" -gt "$wakeups" ]; then
    echo "FAILED: more writes than allowed, or more than the library counted" >&2
    exit 1
  fi
done

if [ "$traceable" != yes ]; then
  cat "$work/said"
  echo "skipped: $traceable; the library's own count is in order"
  exit 77
fi
