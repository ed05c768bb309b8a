# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# One push of 16 bytes by one thread: the median, and its interval.
load plots . "/common.gp"
set title "one push of 16 bytes, one thread, nobody drains meanwhile (less is better)"
set ylabel "ns"
set yrange [0:*]
set xtics rotate by 35 right
set bmargin 8
set boxwidth 0.6
set errorbars linecolor "#303030" linewidth 1
set style fill solid 1.0 noborder
set key off
set offsets 0.3, 0.3, 0, 0
plot data skip 1 using 0:2:3:4:(0.6):(stringcolumn(1)[1:4] eq "mpcc" ? 0x1f6fb4 : \
         stringcolumn(1)[1:5] eq "limit" ? 0xb0b0b0 : 0xd9772b):xticlabels(1) \
       with boxerrorbars linecolor rgb variable
