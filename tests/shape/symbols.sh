#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# symbols.sh <static|shared> <libdir>
# The shared library shows mpcc_* and nothing else; in the archive mpcc__* is global too.
set -eu
kind=$1 libdir=$2

if [ "$kind" = static ]; then
  names=$(nm -P -g "$libdir/libmpcc.a")
  allowed='mpcc_[a-z0-9_]*'
elif [ -e "$libdir/libmpcc.dylib" ]; then
  names=$(nm -P -g "$libdir/libmpcc.dylib")
  allowed='mpcc_[a-z][a-z0-9_]*'
else
  names=$(nm -P -g -D "$libdir/libmpcc.so")
  allowed='mpcc_[a-z][a-z0-9_]*'
fi

# Lines are "name type value size"; U, w and v are what the library uses of others. Mach-O puts an
# underscore before every name; _.stapsdt.base is of static probes.
defined=$(printf '%s\n' "$names" |
  awk 'NF > 1 && $2 !~ /^[Uwv]$/ && $1 !~ /^_?[.]/ { sub(/^_/, "", $1); print $1 }')
strangers=$(printf '%s\n' "$defined" | grep -v -x "$allowed" || true)
if [ -n "$strangers" ]; then
  printf '%s: symbols that are not of the library:\n%s\n' "$kind" "$strangers"
  exit 1
fi

# What the header declares must be there, or the list above was empty for another reason.
header=$(dirname "$0")/../../include/mpcc.h
for name in $(sed -n 's/^MPCC_API [^(]*[ *]\(mpcc_[a-z_]*\)(.*/\1/p' "$header"); do
  if ! printf '%s\n' "$defined" | grep -q -x "$name"; then
    echo "$kind: $name is declared and not defined"
    exit 1
  fi
done
echo "$kind: $(printf '%s\n' "$defined" | wc -l) symbols, all of the library"
