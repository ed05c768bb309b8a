#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# tidy.sh <folder>: clang-tidy with the checks that .clang-tidy names over the library, with our own
# checks in, which tell it what cannot be. It has no findings to live with.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang clang-tidy
configure "$1" clang clang++ "$clang_warnings" "$checked" -DMPCC_BUILD_TESTS=OFF \
  -DMPCC_BUILD_EXAMPLES=OFF -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
set -- "$1" "$root"/src/*.c
folder=$1
shift
# One at a time: with several it takes va_start() for nothing in all but the first. What it prints
# on standard error is how many warnings it has not shown.
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 clang-tidy --quiet -p "$folder" \
  --warnings-as-errors='*' 2>"$folder/tidy.log" ||
  { grep -v ' generated\.$' "$folder/tidy.log"; exit 1; }
echo "size: $# files"
