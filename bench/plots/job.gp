# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# The whole job: a group of bars for each subject, a bar for each number of producers. The scale is
# logarithmic: equal distances are equal ratios.
load plots . "/common.gp"
stats data skip 1 using 2 nooutput
set title heading
set ylabel "million items a second"
set logscale y 10
set format y "%g"
set xtics rotate by 35 right
set bmargin 8
set style data histograms
set style histogram clustered gap 1
set style fill solid 1.0 noborder
set key autotitle columnhead horizontal top right
plot for [i = 2:STATS_columns] data using i:xticlabels(1) linestyle i - 1
