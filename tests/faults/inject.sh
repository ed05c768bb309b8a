#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# inject.sh <victim>: one system call after the other fails, once and from then on, while the
# victim lives its lives. Needs strace, and the right to trace.
set -u
victim=$1
most=200 # of one call: more are not counted, but said
command -v strace >/dev/null || { echo "skipped: there is no strace here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strace -f -qq -o "$work/log" -e trace=write -e inject=write:error=EINTR:when=4711 true \
  >/dev/null 2>&1 || { echo "skipped: strace may not trace here"; exit 77; }
points=0 aborts=0 failed=0
lost=0 # descriptors that libuv forgets in a start that is refused so

# strike <call> <error> <when> [strace option...]: false when nothing was left to refuse.
strike()
{
  call=$1 error=$2 when=$3
  shift 3
  timeout 300 strace -f -qq -o "$work/log" -e trace="$call" "$@" \
    -e inject="$call:error=$error:when=$when" "$victim" $lost >"$work/out" 2>&1
  status=$?
  grep -q INJECTED "$work/log"
}

broken()
{
  # A program that was never loaded has shown nothing.
  grep -q 'error while loading shared libraries' "$work/out" && here=$((here - 1)) && return
  failed=1
  echo "FAILED: $call refused with $error, number $when: exit status $status"
  cat "$work/out"
}

# every <call> <error> [strace option...]: each of them, alone and with all after it; of those that
# a signal interrupts, with every second one after it, or libuv would try for ever. (Where threads
# make them, strace counts for each thread.)
every()
{
  name=$1 reason=$2 here=0 on=+
  [ "$reason" != EINTR ] || on=+2
  shift 2
  for tail in "" $on; do
    number=1
    while [ $number -le $most ] && strike "$name" "$reason" "$number$tail" "$@"; do
      [ $status -eq 0 ] || broken
      here=$((here + 1)) number=$((number + 1))
    done
    # Nothing was refused, so nothing may have gone wrong either.
    [ $number -gt $most ] || [ $status -eq 0 ] || broken
  done
  points=$((points + here))
  printf '%-14s %-7s %4d points\n' "$name" "$reason" "$here"
  [ $here -le $((2 * most - 2)) ] || echo "  (not more than $most of each kind were tried)"
}

# fatal <call> <error>: what libuv answers by ending the process, as include/mpcc.h says. A newer
# one may survive it; what may not happen is anything else.
fatal()
{
  number=1 here=0
  while [ $number -le $most ] && strike "$1" "$2" $number; do
    # 134: aborted, told by a shell; 6 by timeout's own status.
    case $status in
      0) ;;
      134) aborts=$((aborts + 1)) ;;
      *) broken ;;
    esac
    here=$((here + 1)) number=$((number + 1))
  done
  points=$((points + here))
  printf '%-14s %-7s %4d points, of which libuv ends the process in some\n' "$1" "$2" "$here"
}

# What a start makes: descriptors, a loop, threads.
lost=1 # uv_loop_init in libuv 1.44: the epoll descriptor
every eventfd2 EMFILE
every eventfd2 ENFILE
lost=0
every epoll_create1 EMFILE
every epoll_create1 ENOMEM
every clone3 EAGAIN
every clone3 ENOMEM
every openat EMFILE -P /dev/null
every openat ENFILE -P /dev/null
# Systems and sandboxes without a call.
strike clone3 ENOSYS 1+ && every clone,clone3 EAGAIN
every membarrier ENOSYS
every membarrier EPERM
every getrandom ENOSYS
# A signal at the wrong moment.
every write EINTR
every read EINTR
every epoll_wait EINTR
every epoll_pwait EINTR
# What nobody can prevent.
fatal epoll_ctl ENOMEM
lost=1
fatal pipe2 EMFILE

echo "inject: $points points; libuv ended the process in $aborts of them"
[ $points -gt 30 ] || { echo "FAILED: hardly anything was refused"; failed=1; }
exit $failed
