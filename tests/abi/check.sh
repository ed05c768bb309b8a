#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# check.sh <libmpcc.so with debug information> [renew]
# Compares what programs built against this library rely on - symbols, types, sizes, places of
# fields - with the reference in docs/packaging/abi; `renew` writes the reference instead.
# A change that breaks programs needs a new SOVERSION in src/CMakeLists.txt; one that only adds
# needs the reference renewed. Exit code 77, and the reason, where there is no reference.
set -eu
library=$1 mode=${2:-check}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
reference=$root/docs/packaging/abi/$soname-$(uname -m).abi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The numbers that are compiled into programs are in no type that a symbol leads to.
"${CC:-cc}" -std=c11 -fsyntax-only -I "$root/include" "$root/tests/abi/constants.c"

# Only what the header shows, and nothing of this machine.
if [ ! -e "$reference" ] && [ "$mode" = check ]; then
  echo "there is no reference ${reference#"$root"/}; the constants are as they were"
  exit 77
fi
abidw --headers-dir "$root/include" --drop-private-types --exported-interfaces-only \
  --no-architecture --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
  "$library" | sed "s,path='[^']*/\(src/[^']*\)',path='\1'," >"$scratch/now.abi"

if [ "$mode" = renew ]; then
  # Its first word tells abidiff what the file is.
  sed "1a\\
<!-- SPDX-FileCopyrightText: 2026 The libmpcc authors -->\\
<!-- SPDX-License-Identifier: MIT -->" "$scratch/now.abi" >"$reference"
  echo "renewed: ${reference#"$root"/}"
  exit 0
fi

status=0
abidiff "$reference" "$scratch/now.abi" >"$scratch/diff" 2>&1 || status=$?
cat "$scratch/diff"
# Of abidiff's answer: 1 and 2 are mistakes in its use, 4 is a change, 8 one that breaks programs.
case $((status & 8)) in
  8) echo "FAILED: this breaks programs: raise SOVERSION in src/CMakeLists.txt, and renew" ;;
  *) [ $status -eq 0 ] || echo "FAILED: the interface has changed: if it was meant to, renew" ;;
esac
[ $status -eq 0 ] || {
  echo "  sh tests/abi/check.sh $library renew"
  exit 1
}
grep -c '<elf-symbol ' "$scratch/now.abi" | sed 's/$/ symbols, as they were/'
