#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh tests/legs/histograms.sh <build folder>
# What do histograms cost? Instructions for a batch, from its pushes to its end, against a build
# without them; a full batch may cost 3 % more. Counted by callgrind, so they do not depend on what
# else the machine does.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${1:?usage: sh tests/legs/histograms.sh BUILD-FOLDER}
mkdir -p "$build"
command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 77; }

# make_one <name> <flag>...
make_one()
{
  name=$1
  shift
  # shellcheck disable=SC2046
  "${CC:-cc}" -std=c11 -O2 -DNDEBUG -D_POSIX_C_SOURCE=200809L "$@" -I"$root/include" \
    $(pkg-config --cflags libuv) -o "$build/$name" "$root/tests/cost/batches.c" "$root"/src/*.c \
    $(pkg-config --libs libuv) -pthread
}

# count <name> <items in a batch> <batches>: all instructions of a run
count()
{
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/$1" "$2" "$3" 2>&1 |
    sed -n 's/.*Collected : *\([0-9]*\).*/\1/p'
}

# per_batch <name> <items in a batch>: what 1000 batches more cost, for each
per_batch()
{
  few=$(count "$1" "$2" 1000)
  many=$(count "$1" "$2" 2000)
  [ -n "$few" ] && [ -n "$many" ] || { echo "valgrind could not run $1" >&2; return 1; }
  echo $(((many - few + 500) / 1000))
}

make_one with
make_one without -DMPCC_NO_HISTOGRAMS=1
echo "instructions for a batch, pushes included"
echo "items  with histograms  without"
failed=0
for items in 500 50 1; do
  with=$(per_batch with $items)
  without=$(per_batch without $items)
  awk -v n=$items -v a="$with" -v b="$without" 'BEGIN {
    printf "%5d  %15d  %7d  %+.2f %%\n", n, a, b, (a - b) * 100 / b
    exit !(a > 0 && b > 0 && a != b && a - b < b * 0.03)
  }' || failed=1
done
echo "size: 3 sizes of batches"
[ $failed -eq 0 ] || { echo "histograms cost more than 3 %, or nothing at all"; exit 1; }
