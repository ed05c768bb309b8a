#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# silence.sh <program>: an idle instance uses no processor at all.
set -eu

exec "$1"
