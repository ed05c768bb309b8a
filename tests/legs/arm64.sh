#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# arm64.sh <folder>: the library and its tests as gcc builds them for arm64, run by qemu. That shows
# what depends on the machine: sizes, alignment, char, system calls, the code for atomics; it does
# not show a missing memory order, which the processor underneath makes up for: that is the schedule
# explorer's.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/suite.sh"
. "$root/tests/foreign.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
case $(uname -m) in
  aarch64 | arm64) skip "this machine is one, so every other check is this one" ;;
esac
needs aarch64-linux-gnu-gcc
emulator=$(command -v qemu-aarch64-static || command -v qemu-aarch64) ||
  skip "there is no qemu-aarch64 here"
libraries=/usr/aarch64-linux-gnu # of the cross compiler, and the loader
[ -e $libraries/lib/ld-linux-aarch64.so.1 ] || skip "there is no C library for arm64 here"

foreign_packages "$folder/packages" arm64 libuv1 libuv1-dev libcmocka0 libcmocka-dev
# The tests in the sizes that they have under a sanitizer: it is as slow.
smaller="-DRACERS_SLOWER=10 -DVERDICT_UNDER_TSAN=1 -DSLOWER=4"
foreign_configure "$folder" aarch64-linux-gnu aarch64-linux-gnu-gcc "$warnings $smaller" \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  "-DCMAKE_CROSSCOMPILING_EMULATOR=$emulator;-L;$libraries"
build_tests "$folder" '^(room|api|stress)$'
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-1}"
run_tests "$folder" -L '^(room|api|stress)$'
