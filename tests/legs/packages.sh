#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# packages.sh <folder>: what cpack makes and what README.md says, tried in a clean root; the ABI;
# the recipes for other packagers. What can't be tried here is said, and not counted.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
mkdir -p "$1" && folder=$(CDPATH='' cd -- "$1" && pwd) || exit 1
parts=$root/tests/packages
logs=$folder/logs
checks=0 failures=0 left=0
rm -rf "$logs" && mkdir -p "$logs" || exit 1

left_out()
{
  left=$((left + 1))
  echo "left out $1: $2"
}
# step <name> <command>...: exit code 77 means that it can't be done here, and its last line why.
step()
{
  name=$1
  shift
  "$@" >"$logs/$name" 2>&1 </dev/null
  case $? in
    0)
      checks=$((checks + 1))
      echo "ok       $name"
      ;;
    77) left_out "$name" "$(tail -n 1 "$logs/$name")" ;;
    *)
      checks=$((checks + 1)) failures=$((failures + 1))
      echo "FAILED   $name"
      tail -n 40 "$logs/$name" | sed 's/^/         /'
      return 1
      ;;
  esac
}
# needs <name> <tool>: or the step is left out.
needs()
{
  command -v "$2" >/dev/null && return 0
  left_out "$1" "there is no $2 here"
  return 1
}
in_root()
{
  chroot "$folder/root/now" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    MPCC_JOBS="${MPCC_JOBS:-2}" sh -eu "$@"
}
in_guest() { step "$1" in_root /src/tests/packages/guest.sh "$1"; }

# The clean root takes longest, and needs nothing of the rest.
sh "$parts/clean_root.sh" "$folder/root" >"$logs/clean_root" 2>&1 </dev/null &
making=$!
trap 'kill $making 2>/dev/null' EXIT
trap 'exit 1' HUP INT TERM

packed=$folder/packages
step build sh "$parts/build.sh" "$packed" || { echo "size: $checks checks"; exit 1; }
if needs contents dpkg-deb && needs contents dpkg-shlibdeps; then
  step contents sh "$parts/contents.sh" "$packed"
  ! needs lint lintian || step lint sh "$parts/lint.sh" "$packed"
fi
if needs abi abidiff; then
  step abi sh "$root/tests/abi/check.sh" "$packed/src/libmpcc.so"
fi
step vcpkg cmake "-DROOT=$root" "-DFOLDER=$folder/vcpkg" -P "$parts/vcpkg.cmake"
if needs conan python3; then
  step conan python3 "$parts/conan_recipe.py" "$root" "$folder/conan"
fi

# README.md's way is tried on this machine where there is no other.
wait $making
cleaned=$?
trap - EXIT
if [ $cleaned -ne 0 ]; then
  step clean_root sh -c "cat '$logs/clean_root'; exit $cleaned"
  step readme sh "$parts/readme.sh" "$root" "$folder/readme"
else
  tree=$folder/root/now
  rm -f "$tree/debs/ours/Packages" # it is a link, and would be written through
  mkdir "$tree/src"
  tar xzf "$packed"/libmpcc-*[0-9].tar.gz -C "$tree/src" --strip-components=1
  cp "$packed"/*.deb "$tree/debs/ours"
  (cd "$tree/debs" && dpkg-scanpackages -m ours >ours/Packages) 2>"$logs/index"

  in_guest before &&
    step readme in_root /src/tests/packages/readme.sh /src /tmp/readme
  in_guest install && in_guest dependencies && in_guest cmake && in_guest pkgconfig &&
    in_guest runtime && in_guest uninstall
  if step libuv_sources sh "$parts/sources.sh" "$folder/root" && [ -e "$tree/libuv" ]; then
    in_guest libuv
  fi
  in_guest source
fi

echo "size: $checks checks, $left left out"
[ $failures -eq 0 ]
