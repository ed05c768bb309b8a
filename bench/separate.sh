#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh bench/separate.sh <bench_batcher> <file.csv> <rounds> <name> <command>...
#
# The whole job of bench_batcher against a peer that is a process of its own. The command gets the
# number of producers and of slots behind its arguments, and prints million items a second. Each
# of its rounds stands beside one of bench_batcher, now this first and now that; the ratio is the
# median of the pairs' ratios, with the interval of median.h. Appends lines to the CSV file as
# bench_batcher would: mpcc_push() against the peer, and a producer handle against it.
set -eu

usage="usage: separate.sh <bench_batcher> <file.csv> <rounds> <name> <command>..."
batcher=${1:?$usage}
csv=${2:?$usage}
rounds=${3:?$usage}
name=${4:?$usage}
shift 4
: "${1:?$usage}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# ours <config>: sets push and handle, in million items a second.
ours()
{
  rm -f "$scratch/csv"
  "$batcher" --csv "$scratch/csv" --rounds 1 --only "$1" --subjects "mpcc push,mpcc handle" \
    >"$scratch/said"
  push=$(awk -F, -v config="$1" \
    '$2 == config && $3 == "mpcc push" && $4 == "items/s" { print $6 }' "$scratch/csv")
  handle=$(awk -F, -v config="$1" \
    '$2 == config && $3 == "mpcc handle" && $4 == "items/s" { print $6 }' "$scratch/csv")
  if [ -z "$push" ] || [ -z "$handle" ]; then
    echo "separate.sh: bench_batcher says nothing of $1" >&2
    exit 1
  fi
}

# line <config> <ours> <theirs>: from two files with a number on each line, in the same order.
line()
{
  paste "$2" "$3" | awk -v config="$1" -v name="$name" -v csv="$csv" '
    { theirs[NR] = $2; ratio[NR] = $1 / $2 }
    END {
      if (NR == 0)
        exit 1
      rank = rank_of(NR)
      values = median(theirs, NR, rank)
      ratios = median(ratio, NR, rank)
      split(values, value, " ")
      split(ratios, better, " ")
      printf "%-28s %-26s %12.4g %8.2f", config, name, value[1], better[1]
      printf rank ? "  %.2f to %.2f\n" : "\n", better[2], better[3]
      gsub(/ /, ",", values)
      gsub(/ /, ",", ratios)
      print "bench_batcher," config "," name ",items/s,M/s," values "," ratios "," NR >>csv
    }

    # The interval goes from the rank-th smallest value to the rank-th largest; 0: there is none.
    function rank_of(count,    chance, tail, rank)
    {
      chance = 2 ^ -count
      while (tail + chance <= 0.025) {
        tail += chance
        chance *= (count - rank) / (rank + 1)
        rank++
      }
      return rank + 0
    }

    function median(numbers, count, rank,    i, j, number)
    {
      for (i = 2; i <= count; i++) {
        number = numbers[i]
        for (j = i; j > 1 && numbers[j - 1] > number; j--)
          numbers[j] = numbers[j - 1]
        numbers[j] = number
      }
      return sprintf("%.6g %.6g %.6g",
        (numbers[int((count + 1) / 2)] + numbers[int(count / 2) + 1]) / 2,
        rank ? numbers[rank] : 0, rank ? numbers[count + 1 - rank] : 0)
    }'
}

# compare <producers> <slots> <command>...
compare()
{
  config="P=$1 S=$2 no-op"
  producers=$1
  slots=$2
  shift 2
  rm -f "$scratch/push" "$scratch/handle" "$scratch/theirs"
  round=0
  while [ "$round" -lt "$rounds" ]; do
    [ $((round % 2)) -eq 1 ] || ours "$config"
    "$@" "$producers" "$slots" >>"$scratch/theirs"
    [ $((round % 2)) -eq 0 ] || ours "$config"
    echo "$push" >>"$scratch/push"
    echo "$handle" >>"$scratch/handle"
    round=$((round + 1))
  done
  line "$config" "$scratch/push" "$scratch/theirs"
  line "$config handle" "$scratch/handle" "$scratch/theirs"
}

printf '\nbench_batcher: items/s, M/s; in a process of its own\n'
compare 1 1 "$@"
[ "$rounds" -gt 1 ] || exit 0 # one round only shows that it works
for slots in 1 16; do
  for producers in 1 2 4; do
    [ "$producers-$slots" = 1-1 ] || compare "$producers" "$slots" "$@"
  done
done
compare 2 1000 "$@"
