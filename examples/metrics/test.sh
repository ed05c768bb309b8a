#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh PATH-OF-metrics PART
#
# Runs metrics and asks it, with Python as the client: parts http, format, load and ends. 77: there
# is no Python here.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if ! python3 -c 'import socket, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
  echo "skipped: there is no Python of 3.8 or later"
  exit 77
fi
export PYTHONDONTWRITEBYTECODE=1
case $2 in
  http | ends) exec python3 "$here/test_http.py" "$1" "$2" ;;
  format | load) exec python3 "$here/test_numbers.py" "$1" "$2" ;;
  *) echo "there is no part $2"; exit 1 ;;
esac
