#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# guest.sh <what>: run in the clean root, which has the sources in /src and our packages in /debs.
# One part of a package's life; the parts follow each other as they stand here.
set -eu
program=/src/tests/embed/program.c
export DEBIAN_FRONTEND=noninteractive CMAKE_BUILD_PARALLEL_LEVEL="${MPCC_JOBS:-2}"

fail()
{
  echo "FAILED: $1"
  exit 1
}
get() { apt-get -q -y --no-install-recommends "$@"; }
# What a package leaves behind: every path but dpkg's and apt's notes, and what a kernel shows.
paths()
{
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /debs \
    -o -path /src -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o \
    -path /var/log \) -prune -o -print | sort
}
needs_shared() # program
{
  readelf -d "$1" | grep -q 'NEEDED.*libmpcc\.so\.'
}

case $1 in
  # What is there before is what must be there afterwards.
  before)
    get update
    get install libuv1-dev
    ! command -v pkg-config || fail "pkg-config is there already"
    ;;
  install)
    get install pkg-config
    paths >/tmp/before
    get install libmpcc-dev
    dpkg --status libmpcc-dev | grep '^Status: install ok installed'
    ldconfig -p | grep -F libmpcc.so. || fail "the loader does not know it"
    ;;
  dependencies) # a second way in: libuv1-dev comes with it
    get purge libmpcc-dev libuv1-dev
    get install libmpcc-dev
    dpkg --status libuv1-dev | grep '^Status: install ok installed'
    ;;
  cmake)
    for kind in mpcc mpcc_static; do
      cmake -S /src/tests/embed/installed -B "/tmp/user-$kind" -DUSER_LINKS="mpcc::$kind"
      cmake --build "/tmp/user-$kind"
      "/tmp/user-$kind/user"
    done
    needs_shared /tmp/user-mpcc/user || fail "mpcc::mpcc is not the shared library"
    ! needs_shared /tmp/user-mpcc_static/user || fail "mpcc::mpcc_static is"
    ;;
  pkgconfig)
    for module in mpcc mpcc-static; do
      # shellcheck disable=SC2046
      gcc -std=c11 -Wall -Wextra -Werror $(pkg-config --cflags $module) "$program" \
        $(pkg-config --libs $module) -o "/tmp/by-$module"
      "/tmp/by-$module"
    done
    needs_shared /tmp/by-mpcc || fail "mpcc.pc does not give the shared library"
    ! needs_shared /tmp/by-mpcc-static || fail "mpcc-static.pc gives the shared library"
    pkg-config --exists 'mpcc >= 0.1' || fail "mpcc.pc has no version"
    case " $(pkg-config --libs mpcc) " in
      *" -luv "*) fail "the shared library's users are made to link libuv" ;;
    esac
    ;;
  runtime) # a program runs with the runtime alone, and not without
    get purge libmpcc-dev
    /tmp/by-mpcc
    get purge libmpcc0
    ! /tmp/by-mpcc 2>/dev/null || fail "it runs without the library"
    ;;
  uninstall)
    paths >/tmp/after
    diff /tmp/before /tmp/after || fail "the packages left these behind (>)"
    ! ldconfig -p | grep -F libmpcc || fail "the loader still knows it"
    ;;
  libuv) # vendored beside a libuv that is built from its sources, static and shared
    for shared in OFF ON; do
      cmake -S /src/tests/embed -B "/tmp/house-$shared" -DBUILD_SHARED_LIBS=$shared \
        -DMPCC_SOURCE=/src -DHOUSE_LIBUV_SOURCE=/libuv
      cmake --build "/tmp/house-$shared"
      "/tmp/house-$shared/house"
      ! ldd "/tmp/house-$shared/house" | grep 'libuv.*/usr/lib' || fail "it is the system's libuv"
    done
    ;;
  source) # what README.md says to who installs from the sources; root needs no sudo
    cp -R /src /tmp/source && cd /tmp/source
    awk -v language=sh -v 'with=cmake --install' -f tests/packages/fragments.awk README.md \
      >/tmp/commands
    grep -q 'cmake --install build' /tmp/commands || fail "README.md does not say how to install"
    { echo 'sudo() { "$@"; }' && cat /tmp/commands; } >/tmp/commands.sh
    cat /tmp/commands
    sh -eu /tmp/commands.sh
    cmake -S tests/embed/installed -B /tmp/user-source
    cmake --build /tmp/user-source
    /tmp/user-source/user
    ;;
  *) fail "there is no part called $1" ;;
esac
