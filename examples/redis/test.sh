#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh PATH-OF-redis_stream PART
#
# Runs redis_stream against a server of its own, and compares what it wrote into its journal with
# what the server says. Exit status 77 if there is no redis-server here. What each PART does stands
# in test_PART.sh. Nothing here depends on how long something takes: what must have happened is
# waited for, and where it may have come too late, it is done again.
set -u
export LC_ALL=C

program=${1:?usage: sh test.sh PATH-OF-redis_stream PART}
part=${2:?which part?}
case $program in /*) ;; *) program=$PWD/$program ;; esac
here=$(cd "$(dirname "$0")" && pwd) || exit 1
server=$here/../../tests/integration/redis.sh
work=''
# shellcheck source=../checks.sh
. "$here/../checks.sh"
# Also when the test is interrupted nothing is left behind, and a second signal changes nothing.
cleanup() {
  trap '' HUP INT PIPE TERM
  [ -n "$work" ] && cd "$work" || exit 1
  end_jobs
  sh "$server" kill "$work/server" >/dev/null
  cd / && rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT PIPE TERM
work=$(mktemp -d "${TMPDIR:-/tmp}/redis_stream-test.XXXXXX") || exit 1
cd "$work" || exit 1
unset REDISCLI_AUTH
command -v redis-cli >/dev/null || {
  echo "skipped: redis-cli is not installed"
  exit 77
}

# -- Checks -------------------------------------------------------------------------------------

wait_for() { # what command...: until it is true, ten minutes at most
  what=$1
  shift
  tries=0
  until "$@" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 6000 ] || {
      say_fail "$what" "waited for in vain: $*"
      exit 1
    }
    sleep 0.1
  done
}
soon() { # command...: until it is true, or ten seconds are over
  tries=0
  until "$@" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || return 1
    sleep 0.1
  done
}

# -- The server ---------------------------------------------------------------------------------

server() { # verb options...
  verb=$1
  shift
  sh "$server" "$verb" "$work/server" "$@" >server.txt || {
    rc=$?
    cat server.txt
    exit $rc
  }
  [ ! -s server/port ] || port=$(cat server/port)
}
redis() { redis-cli -p "$port" --raw "$@"; }
signal_server() { kill -s "$1" "$(cat server/pid)"; }
append() { # count streams...: "n" counts on from the last call
  count=$1
  shift
  awk -v first="$appended" -v count="$count" -v list="$*" 'BEGIN {
    streams = split(list, stream, " ")
    for (i = first + 1; i <= first + count; i++) print "XADD " stream[i % streams + 1] " * n " i
  }' | redis --pipe >pipe.txt || say_fail "appending" "$(cat pipe.txt)"
  appended=$((appended + count))
}
appended=0

field() { # name: of an answer "name\nvalue\n..." on standard input
  sed -n "/^$1\$/{n;p;q;}"
}
through() { # streams...: everything is delivered to the group and acknowledged
  for stream; do
    redis xinfo groups "$stream" >groups.txt
    [ "$(field pending <groups.txt)" = 0 ] &&
      [ "$(field last-delivered-id <groups.txt)" = \
        "$(redis xinfo stream "$stream" | field last-generated-id)" ] || return 1
  done
}
entries() { # streams...: "stream id n" of each
  for stream; do
    redis xrange "$stream" - + | awk -v s="$stream" 'NR % 3 == 1 { id = $0 }
      NR % 3 == 0 { print s " " id " " $0 }'
  done | sort
}
acknowledged() { # streams...: what is delivered and not pending; in this order, while others work
  for stream; do
    last=$(redis xinfo groups "$stream" | field last-delivered-id)
    redis xpending "$stream" workers - + 1000000 | awk 'NR % 4 == 1' >pending.txt
    redis xrange "$stream" - "$last" | awk 'NR % 3 == 1' |
      awk -v s="$stream" 'FNR == NR { pending[$0] = 1; next } !($0 in pending) { print s " " $0 }' \
        pending.txt -
  done | sort
}

# -- redis_stream -------------------------------------------------------------------------------

serve() { # arguments of redis_stream; err.txt may be emptied meanwhile
  : >err.txt
  "$program" --port "$port" --journal journal "$@" >out.txt 2>>err.txt </dev/null &
  pid=$!
}
end() { # sets rc
  kill -TERM "$pid"
  wait "$pid"
  rc=$?
}
journal_has() { [ "$(cat journal* | wc -l)" -ge "$1" ]; }
has_said() { grep -q -e "$1" err.txt; }
cell() { # a row of the table; 0 if it is not there
  awk -v label="$1" 'index($0, label) == 1 { found = $NF } END { print found + 0 }' out.txt
}
all_is_well() { # what streams...: after end
  what=$1
  shift
  same "$what: exit status" "$rc" 0
  same "$what: pending, says the report" "$(cell 'pending in the group now')" 0
  for stream; do
    same "$what: XPENDING of $stream" "$(redis xpending "$stream" workers | head -n 1)" 0
  done
  entries "$@" >want.txt
  same "$what: entries" "$(grep -c . want.txt)" "$appended"
  same "$what: not processed" "$(sort -u journal* | comm -13 - want.txt | grep -c .)" 0
}

processed_once() { # what: no more than at least once was promised, but there was no reason for it
  same "$1: processed again" $(($(grep -c . journal) - $(sort -u journal | grep -c .))) 0
}

# shellcheck source=/dev/null
. "$here/test_$part.sh"

if [ $failures -gt 0 ]; then
  echo "$failures checks failed"
  exit 1
fi
echo "all checks passed"
