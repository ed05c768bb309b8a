# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# The part of test.sh, which reads this, about connections and servers that end in the middle. It
# needs a server that runs, and the helpers of test.sh.
#
# The last key is held by somebody else meanwhile, so no run ends before it has met what it is
# about. Each insertion leaves a line in a table without a key: one that happened twice would show.
# shellcheck shell=sh disable=SC2154

watched_table() { # name
  make_table "$1"
  ask "CREATE TABLE $1_seen (key bigint);
       CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN EXECUTE format(''INSERT INTO %I VALUES (\$1)'', TG_ARGV[0]) USING NEW.key;
        RETURN NEW; END';
       CREATE TRIGGER see AFTER INSERT ON $1 FOR EACH ROW EXECUTE FUNCTION see('$1_seen')"
}
seen_once() { # what table rows
  same "$1: insertions" "$(ask "SELECT count(*), count(DISTINCT key) FROM $2_seen")" "$3|$3"
}

# -- Connections that the server ends ------------------------------------------------------------

rows=30000
watched_table ended
hold ended $rows
run_beside --table ended --rows $rows --tries 1000 --batch 200
kills=0
for at in 1 3000 8000 13000 18000 23000 28000 28001 28002; do
  wait_for has_rows ended $at
  kills=$((kills + $(terminate)))
done
let_go
ended
same "ended connections: exit status" "$rc" 0
is_true "ended connections: some" [ $kills -gt 0 ]
said "ended connections" 'terminating connection due to administrator command'
said "ended connections: at the end" 'connections failed [0-9]* times; [0-9]* tries were made again'
holds_all "ended connections" ended $rows
seen_once "ended connections" ended $rows
adds_up "ended connections" $rows
done_with "$kills connections were ended, and every row is there once"

watched_table mixed
hold mixed 10000
run_beside --table mixed --rows 10000 --poison 1003 --tries 1000 --batch 200
for at in 1 2000 4000 6000 8000; do
  wait_for has_rows mixed $at
  terminate >kills.txt
done
let_go
ended
same "ended connections and refused rows: exit status" "$rc" 0
same "ended connections and refused rows: rejects" "$(cell 'rows rejected')" 9
seen_once "ended connections and refused rows" mixed 9991
adds_up "ended connections and refused rows" 10000
done_with "refused rows are rejected once, whatever happens to the connections"

# -- A server that is restarted ------------------------------------------------------------------

for how in fast immediate; do
  watched_table "restart_$how"
  hold "restart_$how" $rows
  run_beside --table "restart_$how" --rows $rows --tries 1000 --batch 200
  wait_for has_rows "restart_$how" 10000
  POSTGRES_STOP=$how sh "$server" restart server >restart.txt 4>&-
  let_go
  ended
  same "restart, $how: exit status" "$rc" 0
  is_true "restart, $how: it was met" [ "$(cell 'connections that failed')" -gt 0 ]
  said "restart, $how: over" 'is there again'
  holds_all "restart, $how" "restart_$how" $rows
  seen_once "restart, $how" "restart_$how" $rows
  adds_up "restart, $how" $rows
  done_with "the server was restarted in the middle ($how): every row is there once"
done

# -- Answers that get lost -----------------------------------------------------------------------

if [ "$(uname -s)" = Linux ] && ${CC:-cc} -std=c11 -shared -fPIC -o faults.so \
  "$here/test_faults.c" -ldl >cc.txt 2>&1; then
  watched_table unheard
  WRITER_FAULT_SEEN=$work/seen LD_PRELOAD=$work/faults.so \
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
    "$writer" --connect "$connect" --table unheard --rows 20000 --batch 200 --tries 1000 \
    >out.txt 2>err.txt
  same "lost answers: exit status" "$?" 0
  if [ -e seen ]; then
    is_true "lost answers: rows were sent twice" [ "$(cell 'of these, there already')" -gt 0 ]
    holds_all "lost answers" unheard 20000
    seen_once "lost answers" unheard 20000
    adds_up "lost answers" 20000
    done_with "$(wc -c <seen | tr -d ' ') commits whose answer was lost ($(cell \
      'of these, there already') rows sent twice), and every row is there once"
  else
    skip "answers that get lost" "the library for it was not loaded"
  fi
else
  skip "answers that get lost" "needs Linux and a C compiler"
fi
