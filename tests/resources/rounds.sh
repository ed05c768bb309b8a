#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# rounds.sh <program>: nothing grows from start to completion, round after round.
set -eu

exec "$1"
