#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# integration.sh <folder>: the examples against the servers that they are for, which the tests start
# and stop themselves.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
configure "$1" "${CC:-cc}" "${CXX:-c++}" "$warnings" "-O2 -g -DMPCC_CHECKS=1" -DMPCC_BUILD_TESTS=OFF
build "$1"
run_tests "$1" -C long -L integration
