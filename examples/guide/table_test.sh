#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# table_test.sh <program> <page>: the program says what the page's table says, row by row.
set -u
program=$1 page=$2
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

"$program" >"$scratch/rows" || {
  echo "FAILED: the program"
  exit 1
}
rows=0 missing=''
while IFS= read -r row; do
  rows=$((rows + 1))
  grep -q -x -F -e "$row" "$page" || missing=$row
done <"$scratch/rows"
if [ $rows -eq 0 ] || [ -n "$missing" ]; then
  echo "FAILED: of these $rows rows $page does not say: $missing"
  cat "$scratch/rows"
  exit 1
fi
echo "$rows rows"
