#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh bench/instructions.sh <bench_push> [<file.csv>]
# How many instructions are a push, and the taking of an item? Counted by callgrind, which only
# counts inside the function that does it many times; and twice, for so many items and for twice as
# many, of which the difference is taken: so what happens once falls out. 16-byte items, one thread,
# as in the part "solo" of bench_push. Last, whether idle slots cost any.
# Appends to the CSV file, in the columns of bench_push.
set -eu

bench=${1:?usage: instructions.sh <bench_push> [<file.csv>]}
csv=${2:-}
items=192000 # of whole bursts and of whole cycles
if ! command -v valgrind >/dev/null 2>&1; then
  echo "instructions.sh: skipped, there is no valgrind"
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# collected <function> <subject> <items>: instructions inside the function.
collected()
{
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
    --toggle-collect="$1" "$bench" --items "$2" "$3" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
  sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$scratch/log"
}

# count <function> <subject>: instructions for each item, with one decimal.
count()
{
  once=$(collected "$1" "$2" "$items")
  twice=$(collected "$1" "$2" $((2 * items)))
  awk -v once="$once" -v twice="$twice" -v items="$items" \
    'BEGIN { printf "%.1f", (twice - once) / items }'
}

# line <config> <subject> <count> <count of the first subject; nothing for that one itself>
line()
{
  ratio=''
  [ -z "$4" ] || ratio=$(awk -v mine="$3" -v first="$4" 'BEGIN { printf "%.2f", mine / first }')
  printf '%-28s %-26s %12s %8s\n' "$1" "$2" "$3" "$ratio"
  [ -z "$csv" ] ||
    echo "bench_push,$1,$2,instructions,count,$3,$3,$3,$ratio,$ratio,$ratio,1" >>"$csv"
}

# table <config> <function> <pattern of subjects, as for grep>
table()
{
  printf '\nbench_push: instructions for each item\n%-28s %-26s %12s %8s\n' "" "" "count" "ratio"
  first=''
  "$bench" --names | grep -E "$3" >"$scratch/names"
  while IFS= read -r subject; do
    counted=$(count "$2" "$subject" </dev/null)
    line "$1" "$subject" "$counted" "$first"
    first=${first:-$counted}
  done <"$scratch/names"
}

if [ -n "$csv" ] && [ ! -s "$csv" ]; then
  printf '%s%s\n' "bench,config,subject,metric,unit,value,value_low,value_high," \
    "ratio,ratio_low,ratio_high,rounds" >"$csv"
fi
table "push 16 B" burst_push '^[^0-9]'
table "take 16 B" burst_take '^[^0-9]'
table "push and take 16 B" burst_cycle '^[0-9]'
