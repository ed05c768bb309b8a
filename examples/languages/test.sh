#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# test.sh <python|rust> <layout program> <shared library>: the example of this language runs, and it
# lays out C's structs as C does.
set -u
language=$1 layout=$2 library=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
libdir=$(dirname -- "$library")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fail()
{
  echo "FAILED: $1"
  exit 1
}

need() # command
{
  "$@" --version >"$scratch/version" 2>&1 || {
    echo "skipped: there is no working $1"
    exit 77
  }
  head -n 1 "$scratch/version"
}

case $language in
  python)
    need "${PYTHON:-python3}"
    run() { PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" "$here/batches.py" "$library" "$@"; }
    ;;
  rust)
    need "${RUSTC:-rustc}"
    "${RUSTC:-rustc}" --edition 2021 -O -D warnings -A dead_code -L "native=$libdir" \
      -C "link-arg=-Wl,-rpath,$libdir" "$here/batches.rs" -o "$scratch/batches" ||
      fail "it does not compile"
    run() { "$scratch/batches" "$@"; }
    ;;
  *) fail "there is no language $language here" ;;
esac

"$layout" >"$scratch/c" || fail "no layout from C"
run --layout >"$scratch/other" || fail "no layout from $language"
diff "$scratch/c" "$scratch/other" || fail "C (<) lays out structs otherwise than $language (>)"
run 2>"$scratch/err" || {
  cat "$scratch/err"
  fail "the example has failed"
}
# A pump of its raises or panics on purpose, and that must not be lost on the way.
grep -q "this is meant to be here" "$scratch/err" || fail "nothing was raised in a pump"
