#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# check.sh: every model of this folder is right, and each broken variant of it fails for the
# reason that it should. Needs spin and a C compiler (CC); without spin it is skipped.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cc=${CC:-cc}
command -v spin >/dev/null || { echo "skipped: there is no spin here"; exit 77; }
command -v "$cc" >/dev/null || { echo "skipped: there is no C compiler ($cc) here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0 right=0 broken=0

# search <model> <property, or safety> [define]: sets log, and states.
search()
{
  rm -f pan pan.* ./*.trail
  define=${3:+-D$3}
  [ "$2" = safety ] || define="$define -DWAITS_ON"
  # shellcheck disable=SC2086
  spin $define -a "$here/$1.pml" >spin.log 2>&1 || { cat spin.log; exit 1; }
  if [ "$2" = safety ]; then
    "$cc" -w -DSAFETY -DNOCLAIM -o pan pan.c
    ./pan -m100000 >pan.log 2>&1 || true
  else
    "$cc" -w -DNFAIR=8 -o pan pan.c
    ./pan -A -a -f -m100000 -N "$2" >pan.log 2>&1 || true
  fi
  states=$(sed -n 's/^ *\([0-9][0-9]*\) states, stored.*/\1/p' pan.log)
  # A search that was cut short, in depth or by memory, proves nothing.
  if grep -q 'search depth too small\|depth reached 99999\|out of memory\|aborting' pan.log
  then
    cat pan.log
    exit 1
  fi
  [ -n "$states" ] || { cat pan.log; exit 1; }
}

tell()
{
  printf '%-8s %-9s %-15s %8s states  %s\n' "$1" "$2" "$3" "$states" "$4"
}

# holds <model> <property>
holds()
{
  search "$1" "$2"
  if grep -q 'errors: 0$' pan.log; then
    right=$((right + 1))
    tell "$1" "$2" - "holds"
  else
    failed=1
    tell "$1" "$2" - "FAILS"
    cat pan.log
    spin -t -p -g "$here/$1.pml" | tail -60
  fi
}

# fails <model> <property> <variant> <what pan must say>
fails()
{
  search "$1" "$2" "$3"
  if grep -q "$4" pan.log && ! grep -q 'errors: 0$' pan.log; then
    broken=$((broken + 1))
    tell "$1" "$2" "$3" "fails, as it must: $4"
  else
    failed=1
    tell "$1" "$2" "$3" "SHOULD FAIL: $4"
    cat pan.log
  fi
}

holds wakeup safety
holds wakeup served
holds wakeup rests
fails wakeup safety CONSUME_LATE 'invalid end state'
fails wakeup safety CLEAR_LATE 'invalid end state'
fails wakeup safety SLEEP_BLIND 'invalid end state'
fails wakeup safety SIGNAL_IN_TWO 'invalid end state'
fails wakeup safety SIGNAL_RELAXED 'invalid end state'
fails wakeup safety SILENT_PUT 'invalid end state'
fails wakeup served SILENT_PUT 'acceptance cycle'
fails wakeup safety RING_ALWAYS 'assertion violated .*bell==0'
fails wakeup rests NEVER_SLEEP 'acceptance cycle'

holds stop safety
holds stop stops
holds stop settled
fails stop safety LOOK_THEN_RING 'assertion violated loop_there'
fails stop safety ENTER_LATE 'assertion violated loop_there'
fails stop safety LEAVE_EARLY 'assertion violated loop_there'
fails stop safety CLOSE_BLIND 'assertion violated loop_there'
fails stop safety TAKE_PUBLISHED 'assertion violated'
fails stop safety PUSH_BLIND 'assertion violated'
fails stop safety OPEN_BY_STORE 'assertion violated'
fails stop stops NO_WAY_BACK 'acceptance cycle'
fails stop settled TAKE_PUBLISHED 'acceptance cycle'

echo "models: $right properties hold, $broken broken variants fail"
exit $failed
