#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# clang-tsan.sh <folder>: the tests and the examples under ThreadSanitizer of clang.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs clang
links clang -fsanitize=thread "$1" || skip "ThreadSanitizer of clang does not work here"
configure "$1" clang clang++ "$clang_warnings $portable $tsan" "$checked"
build "$1"
# What runs in one thread, and what counts calls of the system, has nothing to tell it; ingest takes
# minutes here.
run_short_tests "$1" "fuzz|resource" ingest
