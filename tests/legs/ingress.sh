#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# ingress.sh <folder>: the tests once more in a build in which threads push by way of the ingress
# (src/ingress.h) from the first pass on, not only when much comes out of many slots, and in which
# its rings are so small that they are full all the time (MPCC_INGRESS_ALWAYS, MPCC_STORES_RECORDS,
# src/check.h). No timer stands in for what is missed, as in no_timer.sh.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
configure "$1" "${CC:-cc}" "${CXX:-c++}" \
  "$warnings -DMPCC_NO_TICK=1 -DMPCC_INGRESS_ALWAYS=1 -DMPCC_STORES_RECORDS=32" \
  "-O1 -g -DMPCC_CHECKS=1" -DMPCC_BUILD_EXAMPLES=OFF
build_tests "$1" '^(api|stress)$'
export MPCC_STRESS_SCALE="${MPCC_STRESS_SCALE:-20}"
run_tests "$1" -L '^(api|stress)$'
