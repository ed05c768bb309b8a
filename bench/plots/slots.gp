# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# The whole job over 16 slots, against how many there are.
load plots . "/common.gp"
stats data skip 1 using 2 nooutput
set title "the whole job over 16 active slots (less is better)"
set xlabel "slots in the instance"
set ylabel "ns for each item"
set logscale x 10
set xrange [10:2000000]
set yrange [0:*]
set format x "%.0f"
set key autotitle columnhead outside right
plot for [i = 2:STATS_columns] data using 1:i with linespoints linestyle i - 1
