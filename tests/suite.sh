# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# Sourced by the checks in tests/legs, which set root first: how a build of the project is made in
# the folder that a check was given, and its tests are run. What is set here for them:
: "${root:?}"
jobs=${MPCC_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$root/tests/tsan.supp"
export MSAN_OPTIONS=print_stats=0

# The flags are written down once, in the presets, which need a newer CMake than these scripts.
suite_flags()
{
  suite_value=$(sed -n "s/^ *\"$1\": \"\(.*\)\",*$/\1/p" "$root/CMakePresets.json")
  [ -n "$suite_value" ] || { echo "CMakePresets.json does not say $1" >&2; exit 1; }
  echo "$suite_value"
}
warnings=$(suite_flags MPCC_WARNINGS)
clang_warnings="$warnings $(suite_flags MPCC_CLANG_WARNINGS)"
checked=$(suite_flags MPCC_CHECKED)
asan=$(suite_flags MPCC_ASAN)
tsan=$(suite_flags MPCC_TSAN)
portable=-DMPCC_PORTABLE=1 # clang's builds do without what only some systems have
export warnings clang_warnings checked asan tsan portable

# What is run by skip or by a command that is missing says why, and is not counted as passed.
skip()
{
  echo "skipped: $1"
  exit 77
}

needs()
{
  for suite_command in "$@"; do
    command -v "$suite_command" >/dev/null 2>&1 || skip "there is no $suite_command here"
  done
}

# suite_quiet <log> <command>...: what it prints matters only if it fails.
suite_quiet()
{
  suite_log=$1
  shift
  "$@" >"$suite_log" 2>&1 || { cat "$suite_log"; return 1; }
}

# configure <folder> <C compiler> <C++ compiler> <C flags> <flags of the build type> [option...]
configure()
{
  suite_folder=$1 suite_cc=$2 suite_cxx=$3 suite_c_flags=$4 suite_type_flags=$5
  shift 5
  suite_generator="Unix Makefiles"
  ! command -v ninja >/dev/null 2>&1 || suite_generator=Ninja
  mkdir -p "$suite_folder"
  # Another generator's cache, left by an earlier run, would stop it.
  grep -qs "^CMAKE_GENERATOR:INTERNAL=$suite_generator$" "$suite_folder/CMakeCache.txt" ||
    rm -rf "$suite_folder/CMakeCache.txt" "$suite_folder/CMakeFiles"
  echo "building with $suite_cc $suite_c_flags $suite_type_flags"
  CXX=$suite_cxx suite_quiet "$suite_folder/configure.log" \
    cmake -S "$root" -B "$suite_folder" -G "$suite_generator" -DCMAKE_C_COMPILER="$suite_cc" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$suite_c_flags" \
    -DCMAKE_C_FLAGS_RELEASE="$suite_type_flags" "$@" || exit 1
}

# build <folder> [target...]
build()
{
  suite_folder=$1
  shift
  [ $# -eq 0 ] || set -- --target "$@"
  suite_quiet "$suite_folder/build.log" cmake --build "$suite_folder" -j "$jobs" "$@" ||
    { echo "FAILED: it does not build"; exit 1; }
}

# build_tests <folder> <labels>: only the programs of these tests; one may be run by several.
build_tests()
{
  cmake --build "$1" --target help | sed 's/^[. ]*//; s/[: ].*//' | sort -u >"$1/targets"
  # shellcheck disable=SC2046
  build "$1" $(cd "$1" && ctest -N -L "$2" | sed -n 's/^ *Test *#[0-9]*: //p' | sort -u |
    comm -12 - targets)
}

# run_tests <folder> [option of ctest...]: runs them, under ${runner} if there is one.
run_tests()
{
  suite_folder=$1 suite_status=0
  shift
  # shellcheck disable=SC2086
  (cd "$suite_folder" && ${runner:-} ctest --output-on-failure --no-tests=error -j "$jobs" "$@") \
    >"$suite_folder/tests.log" 2>&1 || suite_status=1
  cat "$suite_folder/tests.log"
  awk '/tests failed out of/ { all = $NF }
    /\(Skipped\)$/ { skipped++ }
    END { printf "size: %d tests", all - skipped; if (skipped) printf ", %d skipped", skipped
      print "" }' "$suite_folder/tests.log" >"$suite_folder/size"
  cat "$suite_folder/size"
  [ $suite_status -eq 0 ] || echo "FAILED: the tests"
  ! grep -q '^size: 0 tests, ' "$suite_folder/size" || [ $suite_status -ne 0 ] ||
    skip "each of its tests says that it can't run here"
  return $suite_status
}

# run_short_tests <folder> [label to leave out [test to leave out]]: all tests, those that have a
# short form in that one, but for those of the sources' shape, of packages and with servers: one
# build runs them.
run_short_tests()
{
  run_tests "$1" -C long -LE "integration|package|shape|soak${2:+|$2}" \
    -E "_full\$|^fuzz_search\$${3:+|^$3\$}"
}

# links <compiler> <flag> <folder>: can it link a program so, and does that run? Sets runner: some
# kernels lay out memory as an older sanitizer does not expect, unless told not to.
links()
{
  suite_probe=$3/probe
  mkdir -p "$3"
  echo 'int main(void) { return 0; }' | "$1" "$2" -x c -o "$suite_probe" - 2>/dev/null || return 1
  for runner in "" "setarch $(uname -m) -R"; do
    # shellcheck disable=SC2086
    ! $runner "$suite_probe" 2>/dev/null || return 0
  done
  return 1
}
