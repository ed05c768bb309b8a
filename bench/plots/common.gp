# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# Loaded by each of the plots, which are called with
#   gnuplot -e "data = 'FILE'; picture = 'FILE.svg'" NAME.gp
# White under it all, so that it can be read on a dark page, too.
if (!exists("width")) width = 960
if (!exists("height")) height = 480
set terminal svg noenhanced size width,height font "sans-serif,13" background "white"
set encoding utf8
set output picture
set datafile separator tab
set datafile missing "?"
set border 3 linecolor "#404040"
set tics nomirror
set grid ytics linecolor "#c4c4c4" linewidth 1 dashtype solid
set key top right
set style line 1 linecolor "#1f6fb4" linewidth 2 pointtype 7 pointsize 0.7
set style line 2 linecolor "#d9772b" linewidth 2 pointtype 5 pointsize 0.7
set style line 3 linecolor "#3d9650" linewidth 2 pointtype 9 pointsize 0.8
set style line 4 linecolor "#8a4fa3" linewidth 2 pointtype 13 pointsize 0.8
set style line 5 linecolor "#7a7a7a" linewidth 2 pointtype 11 pointsize 0.8
