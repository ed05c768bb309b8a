# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# Sourced, behind suite.sh, by the checks that build for another machine than this one: how Debian's
# packages for it come into the folder of a check. Nothing is installed, no architecture is added to
# this system, and it needs no rights: apt-get is given lists and a status of its own.

# foreign_get <folder> <word of apt-get>...: in the folder, by its own lists.
foreign_get()
{
  foreign_log=$1/apt.log
  (cd "$1" && shift && APT_CONFIG=apt.conf apt-get -q "$@") >"$foreign_log" 2>&1 && return 0
  cat "$foreign_log"
  return 1
}

# The same, of what the check can't do without. Why it is not to be had, the lists have told first.
foreign_fetch()
{
  foreign_get "$@" ||
    skip "no packages: ${foreign_trouble:-$(sed -n 's/^E: //p' "$foreign_log" | head -n 1)}"
}

# foreign_apt <folder> <Debian architecture> [type of source]: an apt-get of the folder's own.
foreign_apt()
{
  needs apt-get dpkg-deb
  mkdir -p "$1/apt/lists/partial" "$1/apt/cache/archives/partial" "$1/apt/sources.list.d"
  : >"$1/apt/status"
  foreign_sources "$1/apt" "${3:-deb}"
  cat >"$1/apt.conf" <<EOF
APT::Architecture "$2";
APT::Architectures { "$2"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Dir::Etc::sourcelist "$1/apt/sources.list";
Dir::Etc::sourceparts "$1/apt/sources.list.d";
Dir::State "$1/apt";
Dir::State::status "$1/apt/status";
Dir::Cache "$1/apt/cache";
EOF
  # Mirrors are at times out of step with themselves, for one of their lists: the others will do.
  foreign_get "$1" update || echo "(going on with the lists that came)"
  foreign_trouble=$(sed -n 's/^[EW]: //p' "$1/apt.log" | head -n 1)
}

# foreign_sources <folder> <deb | deb-src>: where this system gets its packages from, in either of
# the two ways in which that is written down.
foreign_sources()
{
  for foreign_file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -r "$foreign_file" ] ||
      sed -n "s/arch=[^] ]* *//; s/\[\] //; s/^deb /$2 /p" "$foreign_file"
  done >"$1/sources.list"
  for foreign_file in /etc/apt/sources.list.d/*.sources; do
    [ ! -r "$foreign_file" ] ||
      sed "s/^Types:.*/Types: $2/; /^Architectures:/d" "$foreign_file" \
        >"$1/sources.list.d/$(basename "$foreign_file")"
  done
}

# foreign_packages <folder> <Debian architecture> <package>...: what is in them, in <folder>/root.
foreign_packages()
{
  foreign_folder=$1 foreign_arch=$2
  shift 2
  if [ -e "$foreign_folder/root/complete" ]; then
    return 0
  fi
  rm -rf "$foreign_folder"
  mkdir -p "$foreign_folder/root"
  foreign_apt "$foreign_folder" "$foreign_arch"
  foreign_fetch "$foreign_folder" download "$@"
  for foreign_deb in "$foreign_folder"/*.deb; do
    dpkg-deb -x "$foreign_deb" "$foreign_folder/root"
  done
  : >"$foreign_folder/root/complete"
}

# foreign_kernel <folder>: the kernel's headers alone, for a compiler that does not look where the
# ones of this machine are.
foreign_kernel()
{
  mkdir -p "$1"
  for foreign_dir in linux asm-generic asm; do
    for foreign_place in /usr/include "/usr/include/$(gcc -print-multiarch)"; do
      [ ! -d "$foreign_place/$foreign_dir" ] ||
        ln -sfn "$foreign_place/$foreign_dir" "$1/$foreign_dir"
    done
  done
}

# foreign_configure <folder> <triplet> <C compiler> <C flags> [option...]: the packages are in
# <folder>/packages/root. What is left out needs more of the other machine than it has here.
foreign_configure()
{
  foreign_folder=$1 foreign_root=$1/packages/root foreign_triplet=$2 foreign_cc=$3 foreign_flags=$4
  shift 4
  export PKG_CONFIG_LIBDIR="$foreign_root/usr/lib/$foreign_triplet/pkgconfig"
  export PKG_CONFIG_SYSROOT_DIR="$foreign_root"
  export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
  configure "$foreign_folder" "$foreign_cc" c++ "$foreign_flags" "-O1 -g -DMPCC_CHECKS=1" \
    -DCMAKE_CXX_COMPILER=NOTFOUND -DCMAKE_FIND_ROOT_PATH="$foreign_root" \
    -Dcmocka_DIR="$foreign_root/usr/lib/$foreign_triplet/cmake/cmocka" \
    -DMPCC_BUILD_EXAMPLES=OFF "$@"
}
