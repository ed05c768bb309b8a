#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# sh bench/run.sh [--quick] [folder of the page]
# Installs what is missing (tests/setup.sh), builds, runs every benchmark alone, one after the
# other, for about a quarter of an hour, and writes the page (page.sh): docs/benchmarks.md and its
# plots. The results stay in build/bench/results. Leave the machine alone meanwhile.
# --quick takes a minute, installs no peers and shows that all works, no more: its page goes to
# build/bench/quick.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
quick=''
if [ "${1:-}" = --quick ]; then
  quick=--quick
  shift
fi
page=${1:-$root/docs}
[ -z "$quick" ] || page=${1:-$root/build/bench/quick}

. "$root/tests/setup.sh"
peers="cxx moodycamel urcu ck glib tbb go java"
[ -z "$quick" ] || peers=cxx
setup "cc make cmake pkgconfig libuv" "$peers gnuplot valgrind strace"

build=$root/build/bench
bin=$build/bench
results=$build/results
csv=$results/results.csv
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
mkdir -p "$build"
if ! {
  cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DMPCC_BUILD_BENCH=ON \
    -DMPCC_BUILD_TESTS=OFF -DMPCC_BUILD_EXAMPLES=OFF &&
    cmake --build "$build" -j "$jobs"
} >"$build/log" 2>&1; then
  cat "$build/log"
  echo "FAILED: the benchmarks do not build"
  exit 1
fi

# Packages of Debian lie where go looks for sources in a GOPATH; nothing is fetched.
go_peer='' java_peer=''
if setup_here go; then
  go_peer=$build/peer_go
  (
    cd "$root/bench/peer_go"
    GO111MODULE=off GOPATH=$setup_gopath GOCACHE=$build/go GOFLAGS='' go build -o "$go_peer" .
  )
else
  echo "Go's bundler: skipped, it is not installed"
fi
if setup_here java; then
  java_peer=$build/java
  mkdir -p "$java_peer"
  javac -d "$java_peer" -cp "$setup_disruptor" "$root/bench/peer_java/PeerDisruptor.java"
else
  echo "the Disruptor: skipped, it is not installed"
fi
rm -rf "$results"
mkdir -p "$results"

# -- The machine -----------------------------------------------------------------------------

cached()
{
  sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}

processor()
{
  LC_ALL=C lscpu 2>/dev/null | sed -n 's/^Model name: *//p' | head -n 1
}

caches()
{
  LC_ALL=C lscpu 2>/dev/null |
    sed -n 's/^\(L[0-9]d*\) cache: *\([^(]*[^( ]\).*/\1 \2/p' | paste -s -d , - | sed 's/,/, /g'
}

describe()
{
  model=$(processor)
  cache=$(caches)
  echo "system: $(uname -s) $(uname -r | sed 's/-.*//') $(uname -m)"
  echo "processors: $jobs, ${model:-$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)}"
  [ -z "$cache" ] || echo "caches: $cache"
  [ ! -r /proc/cpuinfo ] || ! grep -q '^flags.* hypervisor' /proc/cpuinfo ||
    echo "a virtual machine"
  echo "compiler: $("$(cached CMAKE_C_COMPILER)" --version | head -n 1)"
  echo "flags: $(cached CMAKE_C_FLAGS) $(cached CMAKE_C_FLAGS_RELEASE)" | sed 's/  */ /g'
  ! getconf GNU_LIBC_VERSION >/dev/null 2>&1 || echo "C library: $(getconf GNU_LIBC_VERSION)"
  echo "libuv: $(pkg-config --modversion libuv)"
}
describe >"$results/machine.txt"
cat "$results/machine.txt"

# -- The programs ----------------------------------------------------------------------------

# measured <what> <name> <command>...: what it says goes to a file of that name, too. The shell has
# no word for the status of the first in a pipe.
measured()
{
  what=$1
  said=$results/$2.txt
  shift 2
  printf '\n== %s, %s\n' "$what" "$(date +%H:%M:%S)"
  { "$@" && : >"$results/ended"; } 2>&1 | tee -a "$said"
  [ -f "$results/ended" ] || { echo "FAILED: $*"; exit 1; }
  rm "$results/ended"
}

for name in push batcher latency scale resources stalled; do
  # shellcheck disable=SC2086
  measured "bench_$name" $name "$bin/bench_$name" ${quick:+--smoke} --csv "$csv"
done
if [ -n "$quick" ]; then
  measured "system calls" syscalls sh "$root/bench/syscalls.sh" "$bin/bench_resources" \
    --csv "$csv" --smoke
else
  measured "instructions" instructions sh "$root/bench/instructions.sh" "$bin/bench_push" "$csv"
  measured "system calls" syscalls sh "$root/bench/syscalls.sh" "$bin/bench_resources" --csv "$csv"
fi

# -- Peers that are processes of their own -----------------------------------------------------

rounds=9
[ -z "$quick" ] || rounds=1

# separate <name> <what it is> <command>...
separate()
{
  echo "$1: $2" >>"$results/machine.txt"
  name=$1
  shift 2
  measured "$name" separate sh "$root/bench/separate.sh" "$bin/bench_batcher" "$csv" $rounds \
    "$name" "$@"
}

# The version of a package, as far as it can be told.
version()
{
  dpkg-query -W -f "\${Version}" "$1" 2>/dev/null | sed 's/-[^-]*$//'
}

if [ -n "$go_peer" ]; then
  separate "Go bundler" "google.golang.org/api $(version golang-google-api-dev), $(go version |
    cut -d ' ' -f 3)" "$go_peer"
fi
if [ -n "$java_peer" ]; then
  separate "Disruptor" "LMAX Disruptor $(version libdisruptor-java), Java $(java -version 2>&1 |
    sed -n 's/.* version "\(.*\)".*/\1/p')" \
    java -Xms512m -Xmx512m -cp "$java_peer:$setup_disruptor" PeerDisruptor
fi

# -- The page --------------------------------------------------------------------------------

# shellcheck disable=SC2086
sh "$root/bench/page.sh" $quick "$results" "$page"
