#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# asan.sh <folder>: the tests and the examples under the Address-, Leak- and
# UndefinedBehaviorSanitizer of gcc (or CC).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
cc=${CC:-cc}
links "$cc" -fsanitize=address "$1" || skip "AddressSanitizer of $cc does not work here"
configure "$1" "$cc" "${CXX:-c++}" "$warnings $asan" "$checked"
build "$1"
run_short_tests "$1"
