#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# pkgconfig.sh <static|shared> <compiler> <libdir> <program.c> <folder>
# Builds the program with what mpcc.pc says, and nothing else, and runs it.
set -eu
kind=$1 cc=$2 libdir=$3 program=$4 out=$5

pkg_config=${PKG_CONFIG:-pkg-config}
PKG_CONFIG_PATH=$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$libdir DYLD_LIBRARY_PATH=$libdir
export PKG_CONFIG_PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH

# build_and_run <name> <pkg-config options> [module]: the words of its answer are arguments.
build_and_run()
{
  module=${3:-mpcc}
  flags=$($pkg_config --cflags "$module")
  # shellcheck disable=SC2086
  libs=$($pkg_config $2 "$module")
  echo "$1: $flags $libs"
  # shellcheck disable=SC2086
  "$cc" -std=c11 -Wall -Wextra -Werror $flags "$program" $libs -o "$out/$1"
  "$out/$1"
}

if [ "$kind" = static ]; then
  [ -e "$libdir/libmpcc.a" ]
  build_and_run by-libs --libs
  build_and_run by-static-libs "--static --libs"
  build_and_run by-static-module --libs mpcc-static
else
  [ ! -e "$libdir/libmpcc.a" ]
  build_and_run by-libs --libs
  # A private dependency must not turn up on the line of who links the shared library.
  case " $($pkg_config --libs mpcc) " in
    *" -luv "*)
      echo "mpcc.pc: the shared library's users are made to link libuv"
      exit 1
      ;;
  esac
fi
