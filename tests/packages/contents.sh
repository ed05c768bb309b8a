#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# contents.sh <folder>: what is in the packages, and what they say they need.
set -eu
folder=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
version=$(sed -n 's/^ *VERSION \([0-9.]*\)$/\1/p' "$root/CMakeLists.txt")
runtime=$(echo "$folder"/libmpcc[0-9]*.deb)
development=$(echo "$folder"/libmpcc-dev_*.deb)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail()
{
  echo "FAILED: $1"
  exit 1
}

# files <package>: what it installs, each line a file without the machine's folder in its path.
files()
{
  dpkg-deb -c "$1" | awk '$1 !~ /^d/ { print $6 }' | sed 's,/lib/[^/]*-linux-[^/]*/,/lib/*/,' | sort
}
same_files() # package
{
  files "$1" >"$scratch/got"
  sort >"$scratch/expected"
  diff "$scratch/expected" "$scratch/got" || fail "$1 has other files (>) than expected (<)"
}
says() # package field pattern
{
  dpkg-deb -f "$1" "$2" | grep -E -q -e "$3" ||
    fail "$1: $2 is \"$(dpkg-deb -f "$1" "$2")\", and should match \"$3\""
}

dpkg-deb -x "$runtime" "$scratch/runtime"
library=$(find "$scratch/runtime" -type f -name 'libmpcc.so.*')
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
number=${soname#libmpcc.so.}
case $soname in
  libmpcc.so.[0-9]*) ;;
  *) fail "SONAME is \"$soname\"" ;;
esac
needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
echo "$needed" | grep -q -F 'libuv.so.1 ' || fail "the library does not need libuv"
for file in $needed; do
  case $file in
    libuv.so.1 | libc.so.6 | libpthread.so.0 | ld-linux*) ;;
    *) fail "the library needs $file" ;;
  esac
done
readelf -S "$library" | grep -q -F ".debug_" && fail "the library is not stripped"

same_files "$runtime" <<END
./usr/lib/*/libmpcc.so.$version
./usr/lib/*/$soname
./usr/share/doc/libmpcc$number/changelog.Debian.gz
./usr/share/doc/libmpcc$number/copyright
END
same_files "$development" <<END
./usr/include/mpcc.h
./usr/lib/*/cmake/mpcc/mpcc-libuv.cmake
./usr/lib/*/cmake/mpcc/mpccConfig.cmake
./usr/lib/*/cmake/mpcc/mpccConfigVersion.cmake
./usr/lib/*/cmake/mpcc/mpccStaticTargets-relwithdebinfo.cmake
./usr/lib/*/cmake/mpcc/mpccStaticTargets.cmake
./usr/lib/*/cmake/mpcc/mpccTargets-relwithdebinfo.cmake
./usr/lib/*/cmake/mpcc/mpccTargets.cmake
./usr/lib/*/libmpcc.a
./usr/lib/*/libmpcc.so
./usr/lib/*/pkgconfig/mpcc-static.pc
./usr/lib/*/pkgconfig/mpcc.pc
./usr/share/doc/libmpcc-dev/changelog.Debian.gz
./usr/share/doc/libmpcc-dev/copyright
./usr/share/gdb/auto-load/usr/lib/*/libmpcc.so.$version-gdb.py
END

says "$runtime" Package "^libmpcc$number\$"
says "$runtime" Depends 'libuv1(t64)? \(>= 1\.'
says "$runtime" Depends 'libc6 \(>= '
says "$runtime" Section '^libs$'
says "$development" Depends "(^|, )libmpcc$number \\(= $version-1\\)"
says "$development" Depends '(^|, )libuv1-dev '
says "$development" Section '^libdevel$'
dpkg-deb -I "$runtime" shlibs | grep -q "^libmpcc $number libmpcc$number (>= $version-1)" ||
  fail "no word to who links it: $(dpkg-deb -I "$runtime" shlibs)"
dpkg-deb -I "$runtime" triggers | grep -q '^activate-noawait ldconfig' || fail "no trigger"

# Nothing of the machine it was built on: not in text, and not in what a program loads.
dpkg-deb -x "$development" "$scratch/development"
grep -r -l -F -e "$root" -e "$folder" "$scratch/runtime" "$scratch/development" &&
  fail "these files name a folder of the machine that built them"

# The archive of sources can be built from, and has nothing that was built.
sources=$folder/libmpcc-$version.tar.gz
tar tzf "$sources" >"$scratch/sources"
for file in CMakeLists.txt include/mpcc.h src/CMakeLists.txt tests/CMakeLists.txt README.md \
  LICENSE; do
  grep -q -x -F "libmpcc-$version/$file" "$scratch/sources" || fail "$sources is without $file"
done
grep -E '\.(o|a|so|deb|gcda|pyc)$|CMakeCache' "$scratch/sources" && fail "these were built"
tar tzf "$folder"/libmpcc-"$version"-*.tar.gz | grep -q '/libmpcc.so$' ||
  fail "the archive of the installation is without the library"
echo "$(files "$runtime" | wc -l) and $(files "$development" | wc -l) files; $soname needs $needed"
