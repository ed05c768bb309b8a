#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# cancel_fork.sh <program>: cancelled producers and forks leave the instance whole.
set -eu

exec "$1"
