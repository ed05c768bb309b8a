#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# shutdown_test.sh <program> <sink> <code>: SIGTERM while it serves; it exits with <code>, having
# accounted for every item, and does not take longer than its grace period and a bit.
set -u
program=$1 sink=$2 code=$3
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

fail()
{
  echo "FAILED: $1"
  cat "$scratch/out" "$scratch/err"
  exit 1
}

"$program" --help | grep -q "^usage: shutdown" || exit 1
"$program" nonsense >"$scratch/out" 2>"$scratch/err"
[ $? -eq 2 ] || fail "a sink that there is not"

"$program" "$sink" >"$scratch/out" 2>"$scratch/err" &
service=$!
waited=0
until grep -q "^serving" "$scratch/err"; do
  waited=$((waited + 1))
  [ $waited -lt 30 ] || fail "it does not serve"
  sleep 1
done
sleep 1
kill -TERM $service
began=$(date +%s)
wait $service
exited=$?
took=$(($(date +%s) - began))

cat "$scratch/out"
[ $exited -eq "$code" ] || fail "exit code $exited, not $code"
[ $took -le 10 ] || fail "it took $took s"
grep -q "^accepted [1-9]" "$scratch/out" || fail "nothing was accepted"
case $sink in
  normal) stages=1 ;;
  slow) stages=2 ;;
  *) stages=3 ;;
esac
[ "$(grep -c " ms$" "$scratch/out")" -eq $stages ] || fail "not $stages stages"
