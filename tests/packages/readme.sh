#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# readme.sh <sources> <folder>: what README.md says to who vendors the library, to the letter: its
# program, its CMakeLists.txt, its commands, and the library's folder where it says.
set -eu
sources=$1 folder=$2
readme=$sources/README.md
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

fail()
{
  echo "FAILED: $1"
  exit 1
}
fragment() # language text
{
  awk -v "language=$1" -v "with=$2" -f "$here/fragments.awk" "$readme"
}

rm -rf "$folder"
mkdir -p "$folder"
cp -R "$sources" "$folder/libmpcc"
rm -rf "$folder/libmpcc/build"
fragment c 'int main(' >"$folder/main.c"
fragment cmake cmake_minimum_required >"$folder/CMakeLists.txt"
fragment sh 'cmake -S . -B build && ' >"$folder/commands"
for file in main.c CMakeLists.txt commands; do
  [ -s "$folder/$file" ] || fail "README.md has no block that would be $file"
done
[ "$(wc -l <"$folder/main.c")" -le 60 ] || fail "the program has more than 60 lines"
[ "$(wc -l <"$folder/CMakeLists.txt")" -le 10 ] || fail "CMakeLists.txt has more than 10 lines"

cat "$folder/CMakeLists.txt" "$folder/commands"
(cd "$folder" && sh -eu commands) >"$folder/log" 2>&1 || {
  cat "$folder/log"
  fail "its commands do not work"
}
grep "^the sum of all items is 1441200, and should be 1441200$" "$folder/log" ||
  fail "the program did not say what it should"
