# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# The part of test.sh, which reads this, about lines that a database refuses, databases that
# somebody else has locked, and transactions that go wrong. It needs tree, expected, big, signal
# and the helpers of test.sh.
# shellcheck shell=sh disable=SC2012,SC2154

records() { # folder: the lines of its rejects file
  if [ -e "$1/rejects.tsv" ]; then wc -l <"$1/rejects.tsv" | tr -d ' '; else echo 0; fi
}
reasons() { cut -f 3 "$1/rejects.tsv" | sort -u; }
adds_up() { # what folder: the line at the end, and what is really there
  rows=$(cell 'rows in the databases') rejected=$(cell 'lines rejected')
  same "$1: the line at the end" \
    "$(sed -n 's/^read = stored + rejected: \([0-9,]* = [0-9,]* + [0-9,]*\) (.*/\1/p' out.txt |
      tr -d ,)" "$(cell 'lines read') = $rows + $rejected"
  same "$1: read = stored + rejected" "$(cell 'lines read')" "$((${rows:-0} + ${rejected:-0}))"
  same "$1: lines of the rejects file" "$(records "$2")" "$rejected"
  if have_sql; then
    same "$1: rows" "$(sql_sum "$2" 'SELECT count(*) FROM lines')" "$rows"
    same "$1: rows that are there once" \
      "$(sql_sum "$2" 'SELECT count(*) FROM (SELECT DISTINCT file, line FROM lines)')" "$rows"
  fi
}

# -- Lines that are too long ---------------------------------------------------------------------

too_long=$(find tree \( -type f -o -type l -exec test -f {} \; \) -print | while IFS= read -r path
do
  hex_lines "$path"
done | awk 'length > 2 * 80 { n++ } END { print n + 0 }')
run --out refused --max-line 80 --batch 64 tree
same "--max-line: exit status" "$rc" 0
same "--max-line: rejected" "$(cell 'lines rejected')" "$too_long"
same "--max-line: lines read" "$(cell 'lines read')" "$expected"
is_true "--max-line: real batches" [ "$(cell batches)" -lt $((expected / 30)) ]
same "--max-line: no try is repeated for them" "$(cell 'tries after the first')" 0
is_true "--max-line: a comparison is shown" grep -q 'times as fast' out.txt
said "--max-line" "$too_long lines were rejected: refused/rejects.tsv says which, and why"
same "--max-line: the reason" "$(reasons refused)" 'CHECK constraint failed: max_line'
adds_up --max-line refused
if have_sql; then
  same "--max-line: rows that are too long" \
    "$(sql_sum refused 'SELECT count(*) FROM lines WHERE length(CAST(text AS BLOB)) > 80')" 0
fi
run --out refused --force --no-compare tree/many --max-line 80
run --out refused --no-compare tree/crlf
same "rejects that are there: exit status" "$rc" 1
run --out refused --force --no-compare tree
same "--force: exit status" "$rc" 0
is_true "--force: the old rejects are gone" [ ! -e refused/rejects.tsv ]
is_true "no rejects: said" grep -q '(no line was rejected)' out.txt
done_with "lines that a database refuses are rejects, and the others of their batch are stored"

# -- Rejects of any bytes --------------------------------------------------------------------------

mkdir nasty
{
  printf '1234567890\n12345678901\n\303\251\303\251\303\251\303\251\303\251\n'
  printf '\303\251\303\251\303\251\303\251\303\251\303\251\n'
} >nasty/edge
{
  printf 'tabs\tand\ttabs\tagain\nback\\slash \\n \\0101 \\\\\ndos line end\r\n'
  printf 'a NUL: \000, and 1 after it: \0001\nlatin: caf\351 caf\351\n\033[31mcontrol\033[0m\177\n'
  printf 'broken: \300\257 \355\240\200\nsmile: \360\237\230\200 \342\202\254\nno end, 13 up'
} >nasty/bytes
strange=$(printf 'nasty/new\nline\ttab\\n\351')
printf 'a strange name\n' >"$strange"
run --out any --shards 1 --max-line 10 --batch 3 --no-compare nasty
same "any bytes: exit status" "$rc" 0
same "any bytes: rejected" "$(cell 'lines rejected')" 12
adds_up "any bytes" any
same "any bytes: four fields a line" "$(awk -F '\t' 'NF != 4' any/rejects.tsv)" ""
same "any bytes: no control character" \
  "$(tr -d '\t\n' <any/rejects.tsv | tr -cd '\000-\037\177' | wc -c | tr -d ' ')" 0
while IFS='	' read -r path number reason text; do
  path=$(printf '%b' "$path")
  same "any bytes: $path:$number" "$(printf '%b' "$text" >got.txt; hex_lines got.txt)" \
    "$(hex_lines "$path" | sed -n "${number}p")"
  printf '%s\n' "$reason" >>reasons.txt
done <any/rejects.tsv
same "any bytes: records" "$(wc -l <reasons.txt | tr -d ' ')" 12
same "any bytes: which, of the file with the edges" \
  "$(awk -F '\t' '$1 == "nasty/edge" { printf "%s ", $2 }' any/rejects.tsv)" "2 4 "
is_true "any bytes: UTF-8 is left as it is" grep -q "$(printf '\360\237\230\200')" any/rejects.tsv
done_with "a reject is one line, from which its bytes can be had back"

# shellcheck disable=SC3045
(ulimit -f 100 && "$ingest" --out torn --max-line 5 --tries 3 --no-compare big >out.txt 2>err.txt)
rc=$?
same "rejects that cannot be written: exit status" "$rc" 1
said "rejects that cannot be written" 'torn/rejects.tsv: cannot add a line: File too large'
same "rejects that cannot be written: said once" "$(grep -c 'cannot add a line' err.txt)" 1
lost=$(sed -n 's/^ingest: \([0-9]*\) lines that are not stored could not be .*/\1/p' err.txt)
rows=$(cell 'rows in the databases')
is_true "rejects that cannot be written: tried again" [ "$(cell 'tries after the first')" -gt 0 ]
same "rejects that cannot be written: read = stored + rejected + lost" "$(cell 'lines read')" \
  "$((${rows:-0} + $(records torn) + ${lost:-0}))"
same "rejects that cannot be written: no half line" \
  "$(tail -c 1 torn/rejects.tsv | od -An -tx1 | tr -d ' ')" 0a
same "rejects that cannot be written: no half record" \
  "$(awk -F '\t' 'NF != 4' torn/rejects.tsv)" ""
done_with "lines that the file of rejects does not take either are counted"

# -- A database that somebody else has locked ------------------------------------------------------

lock() { # database; from a subshell, which then has the lock until unlock or its end
  rm -f sql.fifo lock-held
  mkfifo sql.fifo
  sqlite3 "$1" <sql.fifo >sqlite.txt 2>&1 &
  exec 4>sql.fifo
  printf '.timeout 10000\n.bail on\nBEGIN EXCLUSIVE;\n.system : >lock-held\n' >&4
  wait_for [ -e lock-held ]
}
unlock() {
  printf 'COMMIT;\n' >&4
  exec 4>&-
}
has_tables() { sqlite3 "$1" 'SELECT count(*) FROM lines' >/dev/null; }
feed() { # folder: lock its database once it is there, and then send lines
  exec 3>feed.fifo
  wait_for has_tables "$1/shard-0.db"
  lock "$1/shard-0.db"
  cat big >&3 &
}
is_told() { grep -q 'another process has locked it' err.txt; }
# Each run has a pipe of its own: what still writes into the last one must not feed it.
new_feed() {
  rm -f feed.fifo
  mkfifo feed.fifo
}
new_feed
if have_sql; then
  {
    feed awhile
    exec 3>&-
    wait_for is_told
    unlock
    wait
  } &
  run --out awhile --shards 1 --no-compare feed.fifo
  wait
  same "locked for a while: exit status" "$rc" 0
  same "locked for a while: rows" "$(cell 'rows in the databases')" 300000
  same "locked for a while: said once" "$(grep -c locked err.txt)" 1
  is_true "locked for a while: tried again" [ "$(cell 'tries after the first')" -gt 4 ]
  is_true "locked for a while: readers were held up" [ "$(cell 'pushes that had to wait')" -gt 0 ]
  adds_up "locked for a while" awhile
  done_with "a locked database is waited for ($(cell 'tries after the first') more tries)"

  rm -f over
  new_feed
  {
    feed forever
    wait_for [ -e over ]
  } 2>/dev/null &
  run --out forever --shards 1 --tries 7 --no-compare feed.fifo
  : >over
  wait
  same "locked for ever: exit status" "$rc" 1
  said "locked for ever" 'shard-0.db: cannot begin a transaction: database is locked'
  same "locked for ever: said once" "$(grep -c 'cannot begin' err.txt)" 1
  said "locked for ever: how many" \
    "^ingest: $(cell 'lines read') lines that were read are not stored"
  same "locked for ever: rows" "$(cell 'rows in the databases')" 0
  is_true "locked for ever: lines were read" [ "$(cell 'lines read')" -gt 0 ]
  same "locked for ever: six more tries, and none for the other batches" \
    "$(cell 'tries after the first')" 6
  same "locked for ever: the reason" "$(reasons forever)" 'database is locked'
  adds_up "locked for ever" forever
  done_with "a database that stays locked makes rejects of all lines ($(cell 'lines rejected'))"

  rm -f over
  new_feed
  {
    feed shut
    wait_for is_told
    kill -s "$signal" "$(cat pid.txt)"
    wait_for grep -q 'once more drops them' err.txt
    [ ! -e over ] && kill -s "$signal" "$(cat pid.txt)"
    wait_for [ -e over ]
  } 2>/dev/null &
  interruptible --out shut --shards 1 --tries 1000000 --no-compare feed.fifo
  : >over
  wait
  same "interrupted while locked: exit status" "$rc" 130
  dropped=$(sed -n 's/^ingest: dropped \([0-9]*\) lines.*/\1/p' err.txt)
  same "interrupted while locked: all was dropped" "${dropped:-0}" "$(cell 'lines read')"
  is_true "interrupted while locked: lines were read" [ "$(cell 'lines read')" -gt 0 ]
  same "interrupted while locked: the reason" "$(reasons shut)" 'interrupted before it was stored'
  adds_up "interrupted while locked" shut
  done_with "a second Ctrl-C does not wait for the lock (${dropped:-0} lines)"

  rm -f over
  new_feed
  {
    feed opened
    wait_for is_told
    kill -s "$signal" "$(cat pid.txt)"
    wait_for grep -q 'once more drops them' err.txt
    unlock
    wait_for [ -e over ]
  } 2>/dev/null &
  interruptible --out opened --shards 1 --no-compare feed.fifo
  : >over
  wait
  same "interrupted once while locked: exit status" "$rc" 130
  is_true "interrupted once while locked: lines were read" [ "$(cell 'lines read')" -gt 0 ]
  same "interrupted once while locked: all is stored" "$(cell 'rows in the databases')" \
    "$(cell 'lines read')"
  adds_up "interrupted once while locked" opened
  done_with "one Ctrl-C waits for the lock, and stores what was read"
else
  skip "locked databases" "there is no sqlite3 command here"
fi

# -- Transactions that go wrong --------------------------------------------------------------------

faulty() { # fault arguments of ingest; sets rc; its process id is in pid.txt
  rm -f pid.txt
  fault=$1
  shift
  # shellcheck disable=SC2016
  INGEST_FAULT=$fault INGEST_FAULT_SEEN=$work/seen \
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
    sh -c 'echo $$ >pid.new && mv pid.new pid.txt && LD_PRELOAD=$1 && export LD_PRELOAD && shift &&
      exec "$@"' sh "$work/faults.so" "$ingest" "$@" >out.txt 2>err.txt
  rc=$?
}
if [ "$(uname -s)" = Linux ] && ${CC:-cc} -std=c11 -shared -fPIC -o faults.so \
  "$here/test_faults.c" -ldl >cc.txt 2>&1 &&
  rm -f seen && faulty lies --out lies --shards 1 --batch 100 --no-compare tree/many &&
  [ -e seen ]; then
  same "a commit that took place, and failed: exit status" "$rc" 0
  same "a commit that took place, and failed: rows" "$(cell 'rows in the databases')" 20000
  same "a commit that took place, and failed: one more try" "$(cell 'tries after the first')" 1
  adds_up "a commit that took place, and failed" lies
  faulty fails --out fails --shards 1 --batch 100 --no-compare tree/many
  same "a commit that failed: exit status" "$rc" 0
  same "a commit that failed: one more try" "$(cell 'tries after the first')" 1
  adds_up "a commit that failed" fails
  faulty fails --out fails --force --shards 1 --batch 100 --tries 1 --no-compare tree/many
  same "a commit that failed for good: exit status" "$rc" 1
  said "a commit that failed for good" 'shard-0.db: cannot commit'
  adds_up "a commit that failed for good" fails
  faulty lies --out lies --force --shards 1 --batch 50 --max-line 60 --no-compare tree/many
  same "rejects and an unclear commit: exit status" "$rc" 0
  adds_up "rejects and an unclear commit" lies
  done_with "a batch whose commit is unclear is stored once"

  rm -f seen over
  {
    wait_for [ -e seen ]
    kill -s "$signal" "$(cat pid.txt)"
    wait_for grep -q 'once more drops them' err.txt
    kill -s "$signal" "$(cat pid.txt)"
    sleep 0.5
    kill -s "$signal" "$(cat pid.txt)"
    wait_for [ -e over ]
    [ -e over ] || kill -s KILL "$(cat pid.txt)"
  } &
  faulty hangs --out hangs --shards 1 --batch 100 --no-compare big
  : >over
  wait
  same "a transaction that hangs: exit status" "$rc" 130
  rows=$(cell 'rows in the databases')
  said "a transaction that hangs" '^ingest: 100 lines are in transactions that have not ended'
  same "a transaction that hangs: the others are stored or rejects" "$(cell 'lines read')" \
    "$((100 + ${rows:-0} + $(records hangs)))"
  said "a transaction that hangs: the second signal" 'dropped [0-9]* lines'
  done_with "a third Ctrl-C does not wait for a transaction that hangs"
else
  skip "transactions that go wrong" "needs Linux, a C compiler and SQLite as a shared library"
fi
