# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Every target that is not 0: a dot right of the line is better than it.
width = 960
height = 1000
load plots . "/common.gp"
stats data skip 1 using 2 nooutput
set title "measured against the target, 95 % interval (green: met)" offset -20
set logscale x 10
set format x "%gx"
set xlabel "times better than the target"
set yrange [STATS_records - 0.3:-0.7] # the first one on top
set lmargin 48
set grid xtics ytics linecolor "#e4e4e4" linewidth 1 dashtype solid
set key off
set arrow from 1, graph 0 to 1, graph 1 nohead linecolor "#404040" linewidth 1
plot data skip 1 using 2:0:3:4:(column(5) > 0 ? 0x3d9650 : 0xc0392b):yticlabels(1) \
       with xerrorbars linecolor rgb variable linewidth 2 pointtype 7 pointsize 0.7
