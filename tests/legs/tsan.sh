#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# tsan.sh <folder>: the tests under ThreadSanitizer of gcc (or CC).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
cc=${CC:-cc}
links "$cc" -fsanitize=thread "$1" || skip "ThreadSanitizer of $cc does not work here"
configure "$1" "$cc" "${CXX:-c++}" "$warnings $tsan" "$checked" -DMPCC_BUILD_EXAMPLES=OFF
build "$1"
# What runs in one thread, and what counts calls of the system, has nothing to tell it.
run_short_tests "$1" "fuzz|resource"
