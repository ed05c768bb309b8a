#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# keep.sh <fuzz_search> <fuzz_corpus> <folder of inputs>...
# Stores in corpus/ what is needed of these inputs and of those that are stored already to reach all
# that they reach in at most 90 bytes each. By hand, when the library has new branches.
set -eu
search=$1 corpus=$2
shift 2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/stored" "$work/kept"
if ls "$here"/corpus/*.hex >/dev/null 2>&1; then
  "$corpus" -u "$work/stored" "$here"/corpus/*.hex
fi
"$search" -merge=1 -max_len=90 -timeout=240 "$work/kept" "$work/stored" "$@"
"$corpus" -p "$work/kept" | sort >"$work/lines"
rm -f "$here"/corpus/*.hex
mkdir -p "$here/corpus"
# In pieces: a file of the project has at most 400 lines.
split -l 380 -d --additional-suffix=.hex "$work/lines" "$here/corpus/"
for file in "$here"/corpus/*.hex; do
  {
    echo "# SPDX-FileCopyrightText: 2026 The libmpcc authors"
    echo "# SPDX-License-Identifier: MIT"
    cat "$file"
  } >"$work/file"
  mv "$work/file" "$file"
done
chmod 644 "$here"/corpus/*.hex
echo "kept: $(wc -l <"$work/lines") inputs in $(cat "$here"/corpus/*.hex | wc -c) bytes"
