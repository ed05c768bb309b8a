#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# probes.sh <folder>: the USDT probes that readelf finds in the library are those of
# examples/probes/probes.txt, with as many arguments, and what is in examples/probes uses no others.
# Where bpftrace and perf may trace, both examples see the batches of a program.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/suite.sh
. "$root/tests/suite.sh"

[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
needs readelf
echo '#include <sys/sdt.h>' | "${CC:-cc}" -E - >/dev/null 2>&1 ||
  skip "there is no <sys/sdt.h> here"
probes=$root/examples/probes
mkdir -p "$1"
folder=$(cd "$1" && pwd)

fail() { echo "FAILED: $1"; exit 1; }

# library <name> <flags> <shared?>: the library, built into that folder.
library()
{
  configure "$folder/$1" "${CC:-cc}" "${CXX:-c++}" "$warnings" "$2" -DBUILD_SHARED_LIBS="$3" \
    -DMPCC_BUILD_TESTS=OFF
  build "$folder/$1" mpcc mpcc_own_loop
}

# notes <file>: each site of a probe as a line: name, number of arguments.
notes()
{
  readelf -n "$1" 2>/dev/null | awk '
    /Provider:/ { provider = $2 }
    /Name:/ { name = $2 }
    /Arguments:/ && provider == "mpcc" { print name, NF - 1 }'
}

library shared "-O2" ON
notes "$folder/shared/src/libmpcc.so" >"$folder/sites"
sort -u "$folder/sites" >"$folder/found"
awk '!/^#/ { print $1, NF - 1 }' "$probes/probes.txt" | sort >"$folder/wanted"
diff -u "$folder/wanted" "$folder/found" || fail "these are not the probes of probes.txt"

# The probes and arguments that mpcc.bt looks at.
awk '/^usdt:/ { split($0, part, ":"); name = part[4] }
     /^}/ { name = "" }
     name != "" {
       rest = $0
       while (match(rest, /arg[0-9]/)) {
         print name, substr(rest, RSTART + 3, 1) + 1
         rest = substr(rest, RSTART + RLENGTH)
       }
       print name, 0
     }' "$probes/mpcc.bt" | sort -u >"$folder/used"
[ "$(wc -l <"$folder/used")" -ge 10 ] || fail "mpcc.bt uses no probes"
awk 'NR == FNR { count[$1] = $2; next }
     !($1 in count) || $2 > count[$1] { print "mpcc.bt: " $0; wrong = 1 }
     END { exit wrong }' "$folder/wanted" "$folder/used" || fail "a probe that there is not"
sed -n 's/^for probe in \(.*\); do$/\1/p' "$probes/perf.sh" | tr ' ' '\n' >"$folder/used"
[ -s "$folder/used" ] || fail "perf.sh uses no probes"
while read -r name; do
  grep -q "^$name " "$folder/wanted" || fail "perf.sh: there is no probe $name"
done <"$folder/used"

library without "-O2 -DMPCC_NO_PROBES" ON
[ -z "$(notes "$folder/without/src/libmpcc.so")" ] || fail "MPCC_NO_PROBES leaves some"

# What follows needs a kernel that lets us: one that does not is no failure.
ran=readelf
library static "-O2" OFF
program=$folder/static/examples/own_loop
if ! command -v bpftrace >/dev/null; then
  echo "mpcc.bt was not run: there is no bpftrace here"
elif ! timeout 60 bpftrace -e 'BEGIN { exit(); }' >"$folder/bpftrace.log" 2>&1; then
  echo "mpcc.bt was not run: bpftrace does not work here: $(tail -n 1 "$folder/bpftrace.log")"
else
  timeout 120 bpftrace -c "$program" "$probes/mpcc.bt" "$program" >"$folder/bt.out" 2>&1 ||
    { cat "$folder/bt.out"; fail "mpcc.bt"; }
  answered=$(grep -c '^answered: ' "$folder/bt.out")
  grep -q "^formed in all: $answered, done in all: $answered\$" "$folder/bt.out" ||
    { cat "$folder/bt.out"; fail "mpcc.bt did not see $answered batches"; }
  ran="$ran, bpftrace"
fi
if ! command -v perf >/dev/null; then
  echo "perf.sh was not run: there is no perf here"
elif ! timeout 120 sh "$probes/perf.sh" "$folder/shared/src/libmpcc.so" \
  "$folder/shared/examples/own_loop" >"$folder/perf.out" 2>&1; then
  cat "$folder/perf.out"
  grep -q 'takes no probes\|not permitted\|No permission' "$folder/perf.out" || fail "perf.sh"
  echo "perf.sh was not run: the kernel does not let perf define probes here"
else
  answered=$(grep -c '^answered: ' "$folder/perf.out")
  [ "$(grep -c 'sdt_mpcc:batch_done: ' "$folder/perf.out")" = "$answered" ] ||
    { cat "$folder/perf.out"; fail "perf.sh did not see $answered batches"; }
  ran="$ran, perf"
fi
echo "size: $(wc -l <"$folder/found") probes at $(wc -l <"$folder/sites") sites; by $ran"
