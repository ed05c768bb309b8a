#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sources.sh <folder>: libuv as its authors publish it, from the release that the clean root in
# <folder> is of, into <folder>/now/libuv. What was fetched is kept in <folder>/libuv for the next
# time. Exit code 77, and the reason, where it can't be had.
set -eu
folder=$1
tree=$folder/now

if [ ! -e "$folder/libuv/fetched" ]; then
  sed -n 's/^deb /deb-src /p' "$folder/sources.list" >"$tree/tmp/sources.list"
  mkdir -p "$tree/tmp/lists/partial" "$tree/tmp/libuv"
  if ! chroot "$tree" sh -euc 'cd /tmp/libuv
    set -- -q -o Dir::Etc::SourceList=/tmp/sources.list -o Dir::State::Lists=/tmp/lists
    apt-get "$@" update && apt-get "$@" source --download-only libuv1'; then
    echo "the sources of libuv can't be fetched"
    exit 77
  fi
  rm -rf "$folder/libuv"
  mv "$tree/tmp/libuv" "$folder/libuv"
  : >"$folder/libuv/fetched"
fi
mkdir "$tree/libuv"
tar xf "$folder"/libuv/libuv1_*.orig.tar.* -C "$tree/libuv" --strip-components=1
