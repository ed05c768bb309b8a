#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# gdb.sh <folder>: src/gdb/mpcc_gdb.py on a program that is stopped in a pump, and on its core file.
# With the static library the script is read by hand, with the shared one gdb finds it by itself.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs gdb gcc
gdb -nx -q -batch -ex 'python print("py" + "thon")' 2>/dev/null | grep -q '^python$' ||
  skip "this gdb has no Python"
gdb -nx -q -batch -ex starti -ex kill "$(command -v true)" 2>&1 | grep -q 'Program stopped' ||
  skip "gdb may not trace a process here"
script=$root/src/gdb/mpcc_gdb.py

# look <folder> <name> <option of gdb...>: the program live, then its core file.
look()
{
  look_folder=$1 look_name=$2
  shift 2
  rm -f "$look_folder/core"
  gdb -nx -q -batch "$@" -ex 'set confirm off' -ex 'break look_here' -ex run -ex finish \
    -x "$root/tests/gdb/ask.gdb" -ex "generate-core-file $look_folder/core" \
    -ex kill "$look_folder/subject" >"$look_folder/$look_name.live" 2>&1
  gdb -nx -q -batch "$@" -x "$root/tests/gdb/ask.gdb" "$look_folder/subject" \
    "$look_folder/core" >"$look_folder/$look_name.core" 2>&1
  compare "$look_folder/$look_name.live" live
  compare "$look_folder/$look_name.core" core
}

# compare <what gdb said> <live|core>: each line of expected.txt that is for it is there, in order.
lines=0
compare()
{
  if ! awk -v kind="$2" -f "$root/tests/gdb/expect.awk" "$root/tests/gdb/expected.txt" "$1"; then
    cat "$1"
    echo "FAILED: $1"
    exit 1
  fi
  lines=$((lines + $(grep -c -E "^(both|$2)" "$root/tests/gdb/expected.txt")))
}

# without <folder> <library>: what it says when the library has no debug information.
without()
{
  cp "$2" "$1/whole"
  strip --strip-debug "$2"
  gdb -nx -q -batch -ex "source $script" -ex 'break look_here' -ex run -ex 'print *looked_at' \
    -ex 'print *subject' -ex 'mpcc dump subject' -ex kill "$1/subject" >"$1/without" 2>&1 || true
  cp "$1/whole" "$2" # or it would be built anew without it
  grep -q 'mpcc dump: libmpcc has no debug information' "$1/without" ||
    { cat "$1/without"; echo "FAILED: a library without debug information"; exit 1; }
  ! grep -q 'Python Exception' "$1/without" ||
    { cat "$1/without"; echo "FAILED: it does not say what is missing"; exit 1; }
  lines=$((lines + 1))
}

# examine <folder> <compiler> <shared?> <checks?>: a library of that kind.
examine()
{
  folder=$1/$2-$3
  configure "$folder" "$2" "${CXX:-c++}" "" "-O2 -g -DMPCC_CHECKS=$4" \
    -DMPCC_BUILD_EXAMPLES=OFF -DMPCC_BUILD_TESTS=OFF -DBUILD_SHARED_LIBS="$3"
  build "$folder" mpcc
  # shellcheck disable=SC2046,SC2086
  "$2" -std=c11 $warnings -O1 -g -I "$root/include" -o "$folder/subject" \
    "$root/tests/gdb/subject.c" -L "$folder/src" -Wl,-rpath,"$(cd "$folder" && pwd)/src" -lmpcc \
    $(pkg-config --libs libuv) -lpthread
  if [ "$3" = ON ]; then
    library=$(readlink -f "$folder/src/libmpcc.so")
    cp "$script" "$library-gdb.py"
    look "$folder" auto -iex "add-auto-load-safe-path $folder"
    without "$folder" "$library"
  else
    look "$folder" source -ex "source $script"
  fi
  built="$built $2"
}

# Each compiler describes types in its own way; where counters begin depends on the checks.
built=
examine "$1" gcc ON 0
other=clang
command -v clang >/dev/null || other=gcc
examine "$1" $other OFF 1
echo "size: $lines lines of gdb compared, built by$built"
