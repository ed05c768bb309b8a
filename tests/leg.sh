#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# leg.sh <check> <folder>
# Runs one check of tests/legs and keeps in the folder all that it says (<check>.log) and a line for
# the table (<check>.result). What a failed one said is shown. Always exits with 0: what comes after
# runs in any case.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
name=$1 log=$2/$1.log
limit=400 # lines: more of them hide where it began

echo "$(date +%H:%M:%S) $name begins"
begun=$(date +%s)
status=0
sh "$here/legs/$name.sh" "$2/$name" >"$log" 2>&1 </dev/null || status=$?
seconds=$(($(date +%s) - begun))

size=$(sed -n 's/^size: //p' "$log" | tail -n 1)
case $status in
  0) result=passed ;;
  77)
    result=$(grep '^skipped: ' "$log" | tail -n 1)
    result=${result:-skipped: no reason was given}
    ;;
  *)
    result=FAILED
    [ "$(wc -l <"$log")" -le $limit ] || echo "(the last lines of $log)"
    tail -n $limit "$log" | sed "s/^/$name: /"
    ;;
esac
printf '%s\t%s\t%s\t%s\n' "$name" "$seconds" "$result" "${size:--}" >"$2/$name.result"
echo "$(date +%H:%M:%S) $name: $result, $seconds s"
exit 0
