#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh PATH-OF-postgres_writer PATH-OF-postgres.sh
#
# Runs postgres_writer against a server of its own, which postgres.sh starts and stops, and asks
# the server with psql what is there. What concerns refusals is in test_rejects.sh, what concerns
# servers that are not there, locked or silent in test_faults.sh, and what concerns connections and
# servers that end in the middle in test_outages.sh; this reads all of them. Exit status 77: there
# is no server here.
set -u
export LC_ALL=C

usage="usage: sh test.sh PATH-OF-postgres_writer PATH-OF-postgres.sh"
writer=${1:?$usage} server=${2:?$usage}
case $writer in /*) ;; *) writer=$PWD/$writer ;; esac
case $server in /*) ;; *) server=$PWD/$server ;; esac
here=$(cd "$(dirname "$0")" && pwd) || exit 1
command -v psql >/dev/null || { echo "skipped: there is no psql here"; exit 77; }
work='' stopped='' started=''
# shellcheck source=../checks.sh
. "$here/../checks.sh"
# Also when the test is interrupted nothing is left behind, and a second signal changes nothing.
cleanup() {
  trap '' HUP INT PIPE TERM
  [ -n "$work" ] && cd "$work" || exit 1
  let_go_on
  end_jobs
  sh "$server" stop "$work/server"
  cd / && rm -rf "$work"
}

# -- Helpers -------------------------------------------------------------------------------------

run() { # arguments; sets rc
  "$writer" --connect "$connect" "$@" >out.txt 2>err.txt
  rc=$?
}
run_beside() { # arguments; ended sets rc
  : >err.txt
  "$writer" --connect "$connect" "$@" >out.txt 2>err.txt 4>&- &
  echo $! >pid.txt
}
ended() {
  wait "$(cat pid.txt)"
  rc=$?
  rm -f pid.txt
}
cell() { # a row of the table, first column of numbers
  sed -n "s/^ *$1  *\([0-9.]*\).*/\1/p" out.txt
}
records() {
  if [ -e rejects.tsv ]; then wc -l <rejects.tsv | tr -d ' '; else echo 0; fi
}
ask() { # an SQL command, as the superuser
  psql -X -q -t -A -h 127.0.0.1 -p "$port" -U postgres -d postgres -c "$1" 2>psql.txt
}
wait_for() { # command...: until it is true, five minutes at most
  turns=0
  until "$@" 2>/dev/null || [ $turns = 3000 ]; do
    turns=$((turns + 1))
    sleep 0.1
  done
}
has_said() { grep -q -e "$1" err.txt; }
has_rows() { [ "$(ask "SELECT count(*) >= $2 FROM $1")" = t ]; }

make_table() { # name: as the writer makes it, with one row that is no part of what follows
  run --quiet --table "$1" --rows 1 --first-key 900000000
  same "making $1" "$rc" 0
}
hold() { # table key [last]: nobody can insert these keys before let_go
  rm -f sql.fifo held
  mkfifo sql.fifo
  psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d postgres \
    <sql.fifo >psql-hold.txt 2>&1 &
  holder=$!
  exec 4>sql.fifo
  printf 'BEGIN;\nINSERT INTO %s SELECT generate_series(%s, %s), 0, 0, 0;\n\\! : >held\n' \
    "$1" "$2" "${3:-$2}" >&4
  wait_for [ -e held ]
  is_true "hold $1 $2" [ -e held ]
}
let_go() {
  printf 'ROLLBACK;\n\\q\n' >&4 # no more than that if its server has ended meanwhile
  exec 4>&-
  wait "$holder"
}
terminate() { # ends the writer's connections on the server's side; says how many
  ask "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
       WHERE application_name = 'postgres_writer'"
}
stop_connections() { # the server's side of them says nothing more, and does not end
  stopped=$(ask "SELECT pid FROM pg_stat_activity WHERE application_name = 'postgres_writer'")
  for pid in $stopped; do kill -s STOP "$pid"; done
}
let_go_on() {
  for pid in $stopped; do kill -s CONT "$pid" 2>/dev/null; done
  stopped=
}
# what table rows: keys 1 to rows are all there, each once, as they were made, and nothing else
holds_all() {
  same "$1: rows in $2" "$(ask "SELECT count(*), count(DISTINCT key), min(key), max(key),
    bool_and(value = key % 1000 AND note = 'reading ' || key) FROM $2 WHERE key < 900000000")" \
    "$3|$3|1|$3|t"
}
adds_up() { # what made: of the table at the end
  same "$1: rows made" "$(cell 'rows made')" "$2"
  same "$1: made = stored + rejected" "$(($(cell 'rows stored') + $(cell 'rows rejected')))" "$2"
  same "$1: lines of the rejects file" "$(records)" "$(cell 'rows rejected')"
  same "$1: no key is rejected twice" "$(cut -f 1 rejects.tsv 2>/dev/null | sort | uniq -d)" ""
  rm -f rejects.tsv
}

trap cleanup EXIT
trap 'exit 1' HUP INT PIPE TERM
work=$(mktemp -d "${TMPDIR:-/tmp}/postgres-test.XXXXXX") || exit 1
chmod 755 "$work" # the server's user comes through here
cd "$work" || exit 1

# -- The command line ----------------------------------------------------------------------------

port=1 connect="host=127.0.0.1 port=1"
run --help
same "--help: exit status" "$rc" 0
is_true "--help: fits on a screen" [ "$(wc -l <out.txt)" -le 24 ]
same "--help: and on a line" "$(awk 'length > 80' out.txt)" ""
same "--help: no message" "$(cat err.txt)" ""
for wrong in --nonsense '--rows 0' '--rows 1x' '--rows' '--batch 10001' '--table a;b' '--table=' \
  '--rejects=' '--timeout -1' 'file'; do
  # shellcheck disable=SC2086
  run $wrong
  same "$wrong: exit status" "$rc" 2
  same "$wrong: one message" "$(wc -l <err.txt | tr -d ' ')" 1
done
done_with "the command line"

# -- Everything arrives, as it was ---------------------------------------------------------------

started=$(sh "$server" start "$work/server")
case $? in
  0) ;;
  77) echo "$started"; exit 77 ;;
  *) exit 1 ;;
esac
port=${started#* }
connect="host=127.0.0.1 port=$port user=postgres dbname=postgres"

run --table plain --rows 40000
same "40,000 rows: exit status" "$rc" 0
same "40,000 rows: no message" "$(cat err.txt)" ""
holds_all "40,000 rows" plain 40000
is_true "40,000 rows: real batches" [ "$(cell batches)" -lt 1000 ]
same "40,000 rows: counted" "$(cell 'rows in the table, counted')" 40000
is_true "40,000 rows: no file of rejects" [ ! -e rejects.tsv ]
adds_up "40,000 rows" 40000
same "40,000 rows: no connection is left" \
  "$(ask "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'postgres_writer'")" 0
run --table plain --rows 30000 --producers 7 --connections 3
same "again: exit status" "$rc" 0
same "again: all were there" "$(cell 'of these, there already')" 30000
holds_all "again" plain 40000
done_with "every row is there, and a second time changes nothing"

for shape in '--batch 1 --rows 500' '--batch 7 --connections 3 --producers 5 --rows 999' \
  '--batch 10000 --rows 15000 --connections 1' '--rows 1' '--capacity 1 --rows 200' \
  '--connections 40 --producers 1 --interval 0 --rows 4000'; do
  ask 'DROP TABLE IF EXISTS shaped'
  # shellcheck disable=SC2086
  run --table shaped $shape
  same "$shape: exit status" "$rc" 0
  holds_all "$shape" shaped "$(cell 'rows made')"
  adds_up "$shape" "$(cell 'rows made')"
done
done_with "batches, connections and producers in other numbers"

run --table plain --rows 3000 --compare
same "--compare: exit status" "$rc" 0
is_true "--compare: says it" grep -q "^4 connections; fsync [a-z]*, synchronous_commit" out.txt
same "--compare: ways" "$(grep -c "^by hand: .*x\$" out.txt)" 2
same "--compare: its table is gone" \
  "$(ask "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%compare%'")" 0
done_with "the comparison: batches gain $(sed -n "s/^by hand: waiting.* //p" out.txt) here"

# shellcheck source=test_rejects.sh
. "$here/test_rejects.sh"
# shellcheck source=test_faults.sh
. "$here/test_faults.sh"
# shellcheck source=test_outages.sh
. "$here/test_outages.sh"

if [ $failures -gt 0 ]; then
  echo "$failures checks failed"
  exit 1
fi
echo "all checks passed"
