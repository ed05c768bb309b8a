#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh tests/run.sh [build...]
# Installs what is missing (tests/setup.sh), builds, and runs the tests: with clang and under each
# compiler's sanitizers, and last, in full, as gcc builds them. Stops at the first build whose
# tests fail. With names, only those: clang, clang-asan, clang-tsan, asan, tsan, native.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tests/setup.sh"
setup "cc make cmake pkgconfig libuv cmocka sqlite" "cxx strace sqlite3 clang spin"

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# The flags are written down once, in the presets, which need a newer CMake than this script.
flags()
{
  value=$(sed -n "s/^ *\"$1\": \"\(.*\)\",*$/\1/p" "$root/CMakePresets.json")
  [ -n "$value" ] || { echo "CMakePresets.json does not say $1" >&2; exit 1; }
  echo "$value"
}
warnings=$(flags MPCC_WARNINGS)
clang_warnings="$warnings $(flags MPCC_CLANG_WARNINGS)"
checked=$(flags MPCC_CHECKED)
asan=$(flags MPCC_ASAN)
tsan=$(flags MPCC_TSAN)
portable=-DMPCC_PORTABLE=1 # clang's builds do without what only some systems have

# build_and_test <name> <C compiler> <C++ compiler> <C flags> <flags of the build type>
build_and_test()
{
  name=$1 dir=$root/build/tests-$1
  echo
  echo "== $name: $2 $4 $5"
  mkdir -p "$dir"
  if ! {
    CXX=$3 cmake -S "$root" -B "$dir" -DCMAKE_C_COMPILER="$2" -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_C_FLAGS="$4" -DCMAKE_C_FLAGS_RELEASE="$5" -DMPCC_BUILD_BENCH=ON &&
      cmake --build "$dir" -j "$jobs"
  } >"$dir/log" 2>&1; then
    cat "$dir/log"
    echo "FAILED: $name does not build"
    exit 1
  fi
  # Servers are for the last build: the others are about the library.
  except="-LE integration"
  [ "$name" != native ] || except=
  # shellcheck disable=SC2086
  if ! (cd "$dir" && $runner ctest --output-on-failure -j "$jobs" $except); then
    echo "FAILED: the tests of $name"
    exit 1
  fi
  passed="$passed $name"
}

# Some kernels lay out memory as an older ThreadSanitizer does not expect, unless told not to.
# Sets runner, or fails: then ThreadSanitizer does not work here.
tsan_runner()
{
  probe=$root/build/tsan-probe
  mkdir -p "$root/build"
  echo 'int main(void) { return 0; }' | "$1" -fsanitize=thread -x c -o "$probe" - || return 1
  for runner in "" "setarch $(uname -m) -R"; do
    # shellcheck disable=SC2086
    if $runner "$probe" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}

# sanitized <prefix> <C compiler> <C++ compiler> <warnings>
sanitized()
{
  if wanted "$1asan"; then
    build_and_test "$1asan" "$2" "$3" "$4 $asan" "$checked"
  fi
  if wanted "$1tsan"; then
    if tsan_runner "$2"; then
      build_and_test "$1tsan" "$2" "$3" "$4 $tsan" "$checked"
      runner=
    else
      skipped="$skipped $1tsan"
    fi
  fi
}

wanted()
{
  case " ${builds:-$1} " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
  esac
}

builds=$* passed='' skipped='' runner=''
cc=${CC:-cc} cxx=${CXX:-c++}
if "$cc" --version | grep -q clang; then
  warnings=$clang_warnings
elif setup_here clang; then
  if wanted clang; then
    MPCC_STRESS_SCALE=${MPCC_STRESS_SCALE:-10}
    export MPCC_STRESS_SCALE
    build_and_test clang clang clang++ "$clang_warnings $portable" "-O3 -DNDEBUG"
    unset MPCC_STRESS_SCALE
  fi
  sanitized clang- clang clang++ "$clang_warnings $portable"
else
  skipped=" clang"
fi
sanitized "" "$cc" "$cxx" "$warnings"
if wanted native; then
  build_and_test native "$cc" "$cxx" "$warnings" "-O2 -g -DMPCC_CHECKS=1"
fi

[ -z "$skipped" ] || echo "skipped, as it does not work here:$skipped"
[ -n "$passed" ] || { echo "there is no build called $builds"; exit 1; }
echo "passed:$passed"
