#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh examples/demo.sh [arguments of ingest]
# Installs what is missing (tests/setup.sh), builds, and lets examples/ingest write every line
# under /usr/include, or what the arguments say, into SQLite. Lines of more than 200 bytes are
# refused by the databases, so that there are some rejects to see, unless there are arguments. The
# databases go to a temporary folder, which is removed at the end, unless the arguments say where
# (--out).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tests/setup.sh"
setup "cc make cmake pkgconfig libuv sqlite" ""

build=$root/build/demo
mkdir -p "$build"
if ! {
  cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DMPCC_BUILD_TESTS=OFF &&
    cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
} >"$build/log" 2>&1; then
  cat "$build/log"
  echo "FAILED: the demo does not build"
  exit 1
fi

# Apple keeps its headers elsewhere.
path=/usr/include
[ -d "$path" ] || path=$(xcrun --show-sdk-path)/usr/include
temporary=
[ $# -gt 0 ] || set -- --max-line 200 "$path"
case " $* " in
  *" --out "* | *" --out="*) ;;
  *)
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    set -- --out "$temporary/databases" "$@"
    ;;
esac

# Ctrl-C is for ingest, which finishes what it has read; this shell waits for it.
trap : INT
echo "ingest $*"
status=0
"$build/examples/ingest" "$@" || status=$?
rejects=$temporary/databases/rejects.tsv
if [ -n "$temporary" ] && [ -s "$rejects" ]; then
  printf '\nThe first of the rejects: file, line, reason, text\n'
  head -n 3 "$rejects" | cut -c 1-100
fi
[ -z "$temporary" ] || echo "These databases were temporary, and are removed; --out DIR keeps them."
exit $status
