# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# awk -f data.awk -v plot=NAME [-v slots=N] results.csv (of "targets": targets.tsv)
#
# What a plot is drawn from, as columns with tabs between; "?" where there is nothing.
#
#   job      a line for each subject, a column for each number of producers, of ${slots} slots
#   push     subject, median, and its interval
#   age      items a second; then p50 and p99 of mpcc_push() and of a handle, of ${slots} slots
#   slots    number of slots; then side by side and scattered, with 1 producer and with 2
#   targets  measure, how many times better than its target, the interval, and whether it is met

BEGIN { FS = plot == "targets" ? "\t" : "," }

# Remembers the number at this line and column, and both in the order of the results.
function put(line, column, number)
{
  if (!((line) in line_seen)) {
    line_seen[line] = 1
    lines[++line_count] = line
  }
  if (!((column) in column_seen)) {
    column_seen[column] = 1
    columns[++column_count] = column
  }
  table[line, column] = number
}

function print_table(first,    i, j, text)
{
  text = first
  for (j = 1; j <= column_count; j++)
    text = text "\t" columns[j]
  print text
  for (i = 1; i <= line_count; i++) {
    text = lines[i]
    for (j = 1; j <= column_count; j++)
      text = text "\t" ((lines[i], columns[j]) in table ? table[lines[i], columns[j]] : "?")
    print text
  }
}

plot == "job" && $1 == "bench_batcher" && $4 == "items/s" &&
    $2 ~ ("^P=[0-9]+ S=" slots " no-op$") {
  split($2, part, " ")
  put($3, part[1], $6)
}

plot == "push" && $1 == "bench_push" && $2 == "solo 16 B" && $4 == "push" {
  put($3, "ns", $6)
  put($3, "low", $12 >= 6 ? $7 : $6)
  put($3, "high", $12 >= 6 ? $8 : $6)
}

plot == "age" && $1 == "bench_latency" && $2 ~ ("^age S=" slots " ") && $4 ~ /^age p/ {
  split($2, part, " ")
  put(part[3], $3 ", " substr($4, 5), $6)
}

plot == "slots" && $1 == "bench_scale" && $2 ~ /^P=[0-9]+ 16 active$/ && $4 == "whole job" {
  split($2, part, " ")
  number = $3
  kind = $3
  sub(/^.* /, "", number)
  sub(/ of [0-9]+$/, "", kind)
  put(number, part[1] ", " kind, $6)
}

plot == "targets" && $9 != "" {
  put($1, "times", $9)
  put($1, "from", $10 != "" ? $10 : $9)
  put($1, "to", $11 != "" ? $11 : $9)
  put($1, "met", $8 == "met")
}

END {
  if (line_count == 0)
    exit 1
  print_table(plot)
}
