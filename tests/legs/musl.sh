#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# musl.sh <folder>: the library and its tests with another C library: musl, which has its own stacks
# of threads, locks and allocator, and headers that show less. libuv and cmocka are built with it
# from Debian's sources, as Debian has no packages of them.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/suite.sh"
. "$root/tests/foreign.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
needs musl-gcc readelf
echo 'int main(void) { return 0; }' >"$folder/probe.c"
musl-gcc -o "$folder/probe" "$folder/probe.c" 2>/dev/null || skip "musl-gcc does not work here"
"$folder/probe" || skip "what musl-gcc makes does not run here"

# from_source <folder of the source> [option...]: built, and put into packages/root.
from_source()
{
  source=$1
  shift
  suite_quiet "$source.log" cmake -S "$source" -B "$source-build" -DCMAKE_C_COMPILER=musl-gcc \
    -DCMAKE_C_FLAGS="-isystem $folder/packages/kernel" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$folder/packages/root/usr" -DCMAKE_INSTALL_LIBDIR=lib "$@"
  suite_quiet "$source.log" cmake --build "$source-build" -j "$jobs" --target install
}

if [ ! -e "$folder/packages/root/complete" ]; then
  rm -rf "$folder/packages"
  mkdir -p "$folder/packages/root" "$folder/packages/uv" "$folder/packages/cmocka"
  foreign_apt "$folder/packages" "$(dpkg --print-architecture)" deb-src
  foreign_fetch "$folder/packages" --download-only --tar-only source libuv1 cmocka
  tar -xf "$(ls "$folder"/packages/libuv1_*.orig.tar.*z)" -C "$folder/packages/uv" \
    --strip-components=1
  tar -xf "$(ls "$folder"/packages/cmocka_*.orig.tar.*z)" -C "$folder/packages/cmocka" \
    --strip-components=1
  foreign_kernel "$folder/packages/kernel"
  from_source "$folder/packages/uv" -DBUILD_TESTING=OFF
  from_source "$folder/packages/cmocka" -DWITH_EXAMPLES=OFF -DWITH_CMOCKERY_SUPPORT=OFF
  : >"$folder/packages/root/complete"
fi

library=$folder/packages/root/usr/lib
export PKG_CONFIG_LIBDIR="$library/pkgconfig"
configure "$folder" musl-gcc c++ "$warnings" "-O1 -g -DMPCC_CHECKS=1" \
  -DCMAKE_CXX_COMPILER=NOTFOUND -Dcmocka_DIR="$library/cmake/cmocka" -DMPCC_BUILD_EXAMPLES=OFF
build_tests "$folder" '^(room|api|stress)$'
readelf -l "$folder/tests/test_gate" | grep -q 'ld-musl' ||
  { echo "FAILED: there is no musl in it"; exit 1; }
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-2}"
run_tests "$folder" -L '^(room|api|stress)$'
