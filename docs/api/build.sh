#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# build.sh <output folder> [header]: the pages of include/mpcc.h, as <output>/html/index.html and,
# for man(1), as <output>/man/man3/*.3. Needs doxygen, awk and python3. Whatever is undocumented,
# or documented wrongly, is an error.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
mkdir -p "${1:?build.sh <output folder>}"
output=$(CDPATH='' cd -- "$1" && pwd)
header=${2:-$root/include/mpcc.h}

number()
{
  sed -n "s/^#define MPCC_VERSION_$1 \([0-9]*\).*/\1/p" "$header"
}
version=$(number MAJOR).$(number MINOR).$(number PATCH)

# What was made of an older header must not stay.
rm -rf "$output/html" "$output/xml" "$output/man"
sed -e "s|@ROOT@|$root|g" -e "s|@OUTPUT@|$output|g" -e "s|@VERSION@|$version|g" \
  -e "s|@HEADER@|$header|g" "$here/Doxyfile.in" >"$output/Doxyfile"
doxygen "$output/Doxyfile"
python3 "$here/man.py" "$output/xml" "$output/man/man3" "$version"
