#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# build.sh [output folder]: makes an .svg of each .pikchr beside this script (https://pikchr.org),
# there or here. Needs fossil, which has pikchr inside; what it draws depends on no font.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=${1:-$here}

for source in "$here"/*.pikchr; do
  name=$(basename "$source" .pikchr)
  # fossil wants to know where its settings would be. Errors come as HTML, with exit code 0.
  drawing=$(HOME=${HOME:-/} fossil pikchr "$source") || {
    printf '%s\n' "$drawing" >&2
    exit 1
  }
  case $drawing in
    "<svg "*) ;;
    *)
      printf '%s: %s\n' "$source" "$drawing" >&2
      exit 1
      ;;
  esac
  {
    echo '<!-- SPDX-FileCopyrightText: 2026 The libmpcc authors -->'
    echo '<!-- SPDX-License-Identifier: MIT -->'
    # White behind it, for readers whose pages are dark.
    printf '%s\n' "$drawing" | sed -e '1s|<svg |<svg font-family="sans-serif" font-size="14" |' \
      -e '1s|$|<rect width="100%" height="100%" fill="white"/>|'
  } >"$output/$name.svg"
done
