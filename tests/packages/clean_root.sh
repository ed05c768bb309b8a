#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# clean_root.sh <folder>
# A minimal system of this machine's own distribution and release in <folder>/now, with a compiler,
# make and CMake; its apt-get has what else is needed in /debs, and asks no network. What it is
# made of is kept in <folder>/tree for the next time. Exit code 77, and the reason in the last line,
# where that can't be done.
set -eu
folder=$1
tree=$folder/tree
kept="gcc libc6-dev make cmake"
later="libuv1-dev pkg-config"

skip()
{
  echo "$1"
  exit 77
}

# Links are enough: package managers put new files in the place of old ones.
give()
{
  rm -rf "$folder/now"
  cp -al "$tree" "$folder/now"
}

if [ -e "$folder/ready" ]; then
  give
  exit 0
fi
[ "$(id -u)" -eq 0 ] || skip "only root can make a clean root"
for tool in debootstrap dpkg-scanpackages chroot; do
  command -v $tool >/dev/null || skip "there is no $tool here"
done
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[ -e "/usr/share/debootstrap/scripts/$suite" ] || skip "debootstrap does not know \"$suite\""

rm -rf "$folder"
mkdir -p "$folder/debs"
include=$(echo "$kept $later" | tr ' ' ',')
debootstrap --variant=minbase --foreign --cache-dir="$folder/debs" --include="$include" \
  "$suite" "$tree" || {
  tail -n 3 "$tree/debootstrap/debootstrap.log" 2>/dev/null || true
  skip "debootstrap can't here: no network, or no right to make devices"
}
# It may be lost with the machine: dpkg need not wait for the disk.
mkdir -p "$tree/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/quick"
chroot "$tree" /debootstrap/debootstrap --second-stage
rm -f "$tree"/var/cache/apt/archives/*.deb

mv "$folder/debs" "$tree/debs"
mv "$tree/etc/apt/sources.list" "$folder/sources.list"
mkdir "$tree/debs/ours"
: >"$tree/debs/ours/Packages"
printf 'deb [trusted=yes] file:/debs %s\n' ./ ours/ >"$tree/etc/apt/sources.list"
printf '%s\n' 'Dpkg::Use-Pty "0";' 'Acquire::Languages "none";' >"$tree/etc/apt/apt.conf.d/quick"
(cd "$tree/debs" && dpkg-scanpackages -m . >Packages)
# pkg-config is a package that brings another, which has the program.
# shellcheck disable=SC2016,SC2086
chroot "$tree" env DEBIAN_FRONTEND=noninteractive sh -euc '
  apt-get -q update
  apt-get -q -y purge "$@" $(dpkg -S /usr/bin/pkg-config | cut -d: -f1)' sh $later
if chroot "$tree" sh -c 'command -v pkg-config || test -e /usr/include/uv.h'; then
  echo "the clean root is not clean"
  exit 1
fi
: >"$folder/ready"
give
