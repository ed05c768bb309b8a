#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# bits32.sh <folder>: the library and its tests as gcc -m32 builds them: a size_t and pointers of 32
# bits beside words of 64, which are still one instruction there.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/suite.sh"
. "$root/tests/foreign.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
case $(uname -m) in
  x86_64 | amd64) ;;
  *) skip "-m32 is for x86" ;;
esac
needs gcc
links gcc -m32 "$folder/probe32" || skip "gcc -m32 does not work here"

foreign_packages "$folder/packages" i386 libuv1 libuv1-dev libcmocka0 libcmocka-dev
foreign_kernel "$folder/packages/kernel"
# i686: an older processor has no exchange of 64 bits, and asks libatomic for it. psabi: a note that
# gcc before 11 aligned such words otherwise. conversion: tests count in 64 bits what they then use
# as a size; the library's own files are compiled with that warning, too.
flags="$warnings -Wno-psabi -m32 -march=i686 -isystem $folder/packages/kernel"
foreign_configure "$folder" i386-linux-gnu gcc "$flags -Wno-conversion"
for file in "$root"/src/*.c; do
  # shellcheck disable=SC2086
  gcc $flags -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -fsyntax-only -I"$root/include" \
    -isystem "$folder/packages/root/usr/include" "$file" || { echo "FAILED: $file"; exit 1; }
done
build_tests "$folder" '^(room|api|stress)$'
if nm "$folder/src/libmpcc.a" | grep -q '__atomic_'; then
  nm "$folder/src/libmpcc.a" | grep '__atomic_' | sort | uniq -c
  echo "FAILED: the library calls libatomic, whose 64-bit operations may take a lock"
  exit 1
fi
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-2}"
run_tests "$folder" -L '^(room|api|stress)$'
