# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# How old an item is when the pump gets it, against the rate at which items come. Both scales are
# logarithmic.
load plots . "/common.gp"
stats data skip 1 using 2 nooutput
set title heading
set xlabel "items a second"
set ylabel "ms"
set logscale x 10
set xrange [70:1500000]
set logscale y 10
set format y "%g"
set format x "%.0f"
set key autotitle columnhead outside right
set label "interval" at graph 0.98, first 11 right textcolor rgb "#606060"
plot 10 with lines linecolor "#a0a0a0" linewidth 1 dashtype 2 notitle, \
     for [i = 2:STATS_columns] data using 1:i with linespoints linestyle i - 1
