#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh tests/run.sh [check...]
# Installs what is missing (tests/setup.sh), runs every check in tests/legs, one more at a time than
# there are processors, as many of them wait for servers or for time, and ends with a table of them.
# With names, only those; --list tells them.
# What they build, and all they say, is left in build/checks.
#
# MPCC_LANES     how many checks at a time
# MPCC_JOBS      how many jobs each of them may run at a time
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tests/setup.sh
. "$root/tests/setup.sh"
results=$root/build/checks

# What takes longest comes first, so that no lane is left with a long one at the end.
long="native clang-tsan asan clang tsan clang-asan integration musl no_timer stores ingress coverage arm64 fuzz
  bits32 msan packages valgrind tidy explore mutants soak"

# The things of tests/setup.sh that a check is about; where they are missing it says so.
wants()
{
  case $1 in
    native) echo "cxx strace sqlite3 spin glib curl ncurses tmux promtool python3 rustc" ;;
    clang) echo "cxx clang sqlite3" ;;
    clang-asan | clang-tsan | msan | fuzz) echo "clang" ;;
    asan) echo "sqlite3" ;;
    valgrind) echo "valgrind" ;;
    cppcheck) echo "cppcheck" ;;
    tidy) echo "clang clang-tidy" ;;
    arm64) echo "arm64gcc qemuarm64" ;;
    bits32) echo "m32" ;;
    musl) echo "musl" ;;
    coverage) echo "python3" ;;
    docs) echo "doxygen fossil codespell man python3 glib" ;;
    explore | mutants) echo "python3" ;;
    gdb) echo "gdb" ;;
    probes) echo "sdt readelf bpftrace perf" ;;
    packages) echo "cxx debootstrap dpkg-dev lintian abidiff" ;;
    integration) echo "hiredis redis librabbitmq rabbitmq libpq postgres" ;;
    *) ;;
  esac
}

# -- Which checks ------------------------------------------------------------------------------

there()
{
  for leg in "$root"/tests/legs/*.sh; do
    basename "$leg" .sh
  done
}

# in_order <check>...: as the list above says, and then those that it does not know.
in_order()
{
  for leg in $long; do
    ! among "$leg" "$*" || echo "$leg"
  done
  printf '%s\n' "$@" | sort -u | while IFS= read -r leg; do
    among "$leg" "$long" || echo "$leg"
  done
}

among()
{
  for one in $2; do
    [ "$one" != "$1" ] || return 0
  done
  return 1
}

# -- The table ---------------------------------------------------------------------------------

# A line for each check that has left a result: its name, seconds, result and size.
table()
{
  for leg in "$@"; do
    cat "$results/$leg.result" 2>/dev/null || printf '%s\t0\tFAILED: it was not run\t-\n' "$leg"
  done | awk -F '\t' '
    { name[NR] = $1; seconds[NR] = $2; result[NR] = $3; size[NR] = $4
      if (length($1) > wide) wide = length($1)
      if (length($4) > large) large = length($4)
      if (length($3) > room) room = length($3) }
    function row(a, b, c, d) { printf "%-*s  %-*s  %-*s  %s\n", wide, a, large, b, room, c, d }
    END {
      if (large < 4) large = 4
      print ""
      row("check", "size", "result", "seconds")
      for (i = 1; i <= NR; i++)
        row(name[i], size[i], result[i], sprintf("%7d", seconds[i]))
    }'
}

count()
{
  for leg in $legs; do
    cat "$results/$leg.result" 2>/dev/null || printf '%s\t0\tFAILED\n' "$leg"
  done | cut -f 3 | grep -c "^$1" || true
}

# complaints <check>: what in its log tells why it failed. Where only the end of what this prints is
# kept, it is here.
complaints()
{
  echo "$1, in $results/$1.log:"
  {
    grep -nE 'FAILED|\*\*\*[^S]|ERROR: |error: |warning: |Killed' "$results/$1.log" ||
      tail -n 20 "$results/$1.log"
  } | head -n 20 | sed 's/^/  /'
}

# -- All of it ---------------------------------------------------------------------------------

# shellcheck disable=SC2046
legs=$(in_order $(there))
case ${1:-} in
  --list)
    echo "$legs"
    exit 0
    ;;
  -h | --help)
    sed -n '5,/^set /s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
for name in "$@"; do
  among "$name" "$legs" || { echo "there is no check $name; --list tells their names"; exit 2; }
done
# shellcheck disable=SC2048,SC2086
[ $# -eq 0 ] || legs=$(in_order $*)
wanted=
for leg in $legs; do
  wanted="$wanted $(wants "$leg")"
done
wanted=$(echo "$wanted" | tr ' ' '\n' | sort -u)
setup "cc make cmake pkgconfig libuv cmocka sqlite" "ninja $wanted"

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
lanes=${MPCC_LANES:-$((cores + 1))}
mkdir -p "$results"
begun=$(date +%s)
for leg in $legs; do
  rm -f "$results/$leg.result"
done
chosen=$(echo "$legs" | wc -w)
[ "$chosen" -ge "$lanes" ] || lanes=$((chosen))
# Not as jobs of this shell: those would have the interrupt signal ignored, which tests use.
# shellcheck disable=SC2086
printf '%s\n' $legs | MPCC_JOBS=${MPCC_JOBS:-$(((cores + lanes - 1) / lanes))} \
  xargs -P "$lanes" -I '{}' sh "$root/tests/leg.sh" '{}' "$results"

# shellcheck disable=SC2086
table $legs
failed=$(count FAILED)
if [ "$failed" -ne 0 ]; then
  echo
  for leg in $legs; do
    ! grep -qs "	FAILED" "$results/$leg.result" || complaints "$leg"
  done
fi
echo
echo "all of it took $(($(date +%s) - begun)) s, $lanes at a time"
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
