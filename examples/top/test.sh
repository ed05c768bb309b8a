#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh PATH-OF-top PART
#
# Runs top against an endpoint that says what the test wants: part plain into pipes, part screen in
# a terminal of 80 columns and 24 lines, which tmux plays. 77: Python or tmux is not here.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
  echo "skipped: there is no Python of 3.8 or later"
  exit 77
fi
if [ "$2" = screen ]; then
  command -v tmux >/dev/null || { echo "skipped: there is no tmux to play a terminal"; exit 77; }
  infocmp screen >/dev/null 2>&1 || { echo "skipped: terminfo does not know tmux"; exit 77; }
fi
export PYTHONDONTWRITEBYTECODE=1 no_proxy='*' LC_ALL=C
unset NO_COLOR
exec python3 "$here/test_$2.py" "$1"
