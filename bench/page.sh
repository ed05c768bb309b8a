#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh bench/page.sh [--quick] <folder with results> <folder of the page>
# Writes benchmarks.md, and benchmarks/*.svg beside it, from what run.sh has measured: results.csv,
# machine.txt, and what the programs said. Fails if a target or a table has no number; with --quick
# says so in the page. Without gnuplot there are no plots.
set -eu
bench=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
quick=0
if [ "${1:-}" = --quick ]; then
  quick=1
  shift
fi
results=${1:?usage: page.sh [--quick] <folder with results> <folder of the page>}
page=${2:?usage: page.sh [--quick] <folder with results> <folder of the page>}
csv=$results/results.csv
plots=$page/benchmarks
mkdir -p "$plots"

# Not all of it may have been measured; then nothing is written.
incomplete()
{
  echo "FAILED: something has not been measured; page.sh --quick $results $page writes the rest" >&2
  exit 1
}

awk -f "$bench/targets.awk" -v quick=$quick "$csv" "$bench/targets.txt" >"$results/targets.tsv" ||
  incomplete

# draw <picture> <plot> <numbers> <settings>: nothing, if there are no numbers for it.
draw()
{
  rm -f "$plots/$1.svg"
  # shellcheck disable=SC2086
  if ! awk -f "$bench/plots/data.awk" -v plot="$2" $4 "$3" >"$results/plot-$1.tsv"; then
    echo "no numbers for the plot $1"
    return 0
  fi
  gnuplot -e "plots = '$bench/plots'; data = '$results/plot-$1.tsv'; picture = '$plots/$1.svg'" \
    -e "heading = '$5'" "$bench/plots/$2.gp"
}

if command -v gnuplot >/dev/null; then
  for slots in 1 16 1000 100000; do
    draw "job-$slots" job "$csv" "-v slots=$slots" \
      "whole job, slots: $slots (a logarithmic scale; more is better)"
  done
  for slots in 1 16; do
    draw "age-$slots" age "$csv" "-v slots=$slots" "age of an item in the pump, slots: $slots"
  done
  draw push push "$csv" "" ""
  draw slots slots "$csv" "" ""
  draw targets targets "$results/targets.tsv" "" ""
else
  echo "no plots: gnuplot is not installed"
fi

awk -f "$bench/page.awk" -v results="$results" -v plots="$plots" -v linked=benchmarks \
  -v quick=$quick "$csv" "$bench/page.md.in" >"$results/page.md" || incomplete
awk '$0 != "" || !empty { print } { empty = $0 == "" }' "$results/page.md" >"$page/benchmarks.md"
echo "written: $page/benchmarks.md"
