#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh PATH-OF-ingest
#
# Runs ingest on generated trees and compares with what other programs say about them. Parts that
# need something this machine lacks are skipped, with a word. What concerns the folder --out is in
# test_out.sh, and what concerns rejects and locks in test_rejects.sh; this reads both.
# shellcheck disable=SC2012 # the names that ls lists here are plain
set -u
export LC_ALL=C

ingest=${1:?usage: sh test.sh PATH-OF-ingest}
case $ingest in /*) ;; *) ingest=$PWD/$ingest ;; esac
here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/ingest-test.XXXXXX") || exit 1
cleanup() {
  [ ! -e "$work/mounted" ] || umount "$work/small"
  chmod -R u+rwx "$work" 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
. "$here/../checks.sh"

# -- Helpers -----------------------------------------------------------------------------------

run() { # arguments of ingest; sets rc
  "$ingest" "$@" >out.txt 2>err.txt
  rc=$?
}
cell() { # a row of the table, first column of numbers
  sed -n "s/^$1  *\([0-9,.]*\).*/\1/p" out.txt | tr -d ,
}
lines_of() { # the lines of the files below paths, with links to files: also those without an end
  # shellcheck disable=SC2016
  find "$@" \( -type f -o -type l -exec test -f {} \; \) -exec sh -c '
    for f; do
      n=$(wc -l <"$f")
      [ ! -s "$f" ] || [ "$(tail -c 1 "$f" | od -An -tx1 | tr -d " ")" = 0a ] || n=$((n + 1))
      echo "$n"
    done' sh {} + | awk '{ sum += $1 } END { print sum + 0 }'
}
hex_lines() { # a file's lines, each in hexadecimal
  od -An -v -tx1 "$1" | awk '{ for (i = 1; i <= NF; i++)
      if ($i == "0a") { printf "\n"; open = 0 } else { printf "%s", toupper($i); open = 1 } }
    END { if (open) printf "\n" }'
}
have_sql() { command -v sqlite3 >/dev/null 2>&1; }
sql_sum() { # folder query: the sum of a number over the shards
  for db in "$1"/shard-*.db; do sqlite3 "$db" "$2"; done | awk '{ sum += $1 } END { print sum + 0 }'
}

wait_for() { # command...: until it is true, a minute at most
  tries=0
  until "$@" 2>/dev/null || [ $tries = 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}
stored() { [ "$(sql_sum "$1" 'SELECT count(*) FROM lines')" = "$2" ]; }

# -- A tree with what text files can be like --------------------------------------------------

mkdir -p "tree/a folder/deep/er" tree/empty-folder tree/quote
: >tree/empty
printf 'first\nsecond, without an end' >tree/no-newline
printf 'dos\r\nlines\r\n\r\n' >tree/crlf
printf '\n\n\n' >tree/blank
printf 'with\000a NUL\n\000\nplain\n' >tree/nul
printf 'caf\351\n\377\376\nplain\n' >tree/latin1
printf 'caf\303\251\n\342\202\254\n\360\237\230\200\n' >tree/utf8
printf '\300\257\n\355\240\200\n\364\220\200\200\n\342\202\nplain\n' >tree/not-quite-utf8
printf 'spaces\nin\nits\nname\n' >"tree/a folder/deep/er/a file.txt"
printf 'x\n' >"tree/quote/it's \"one\".txt"
awk 'BEGIN { for (i = 100; i < 110; i++) { s = ""; while (length(s) < i) s = s "y"; print s } }' \
  >tree/around-the-item
awk 'BEGIN { s = "0123456789"; while (length(s) < 70000) s = s s
  print "short"; print s; print s s s s s s s s; print "short"; printf "%s", s }' >tree/long
awk 'BEGIN { for (i = 1; i <= 20000; i++) printf "%d%*s|\n", i, i % 90, "" }' >tree/many
ln -s ../tree/many tree/link-to-file
ln -s ../tree tree/link-to-folder
expected=$(lines_of tree)

# -- Everything arrives, as it was ------------------------------------------------------------

run --out db --batch 64 tree
same "whole tree: exit status" "$rc" 0
same "whole tree: lines read" "$(cell 'lines read')" "$expected"
same "whole tree: rows" "$(cell 'rows in the databases')" "$expected"
same "whole tree: nothing said" "$(cat err.txt)" ""
same "whole tree: nothing rejected" "$(cell 'lines rejected')" 0
is_true "whole tree: batches" [ "$(cell batches)" -ge $((expected / 64)) ]
is_true "whole tree: real batches" [ "$(cell batches)" -lt $((expected / 30)) ]
is_true "whole tree: a comparison is shown" grep -q 'times as fast' out.txt
same "whole tree: what is in the folder" "$(ls db | tr '\n' ' ')" \
  "shard-0.db shard-1.db shard-2.db shard-3.db "
done_with "a whole tree is counted as find and wc count it ($expected lines)"

if have_sql; then
  same "databases: rows" "$(sql_sum db 'SELECT count(*) FROM lines')" "$expected"
  same "databases: rows of no file" \
    "$(sql_sum db 'SELECT count(*) FROM lines WHERE file NOT IN (SELECT id FROM files)')" 0
  same "databases: lines out of order" "$(sql_sum db 'SELECT count(*) FROM (SELECT line -
    lag(line, 1, 0) OVER (PARTITION BY file ORDER BY rowid) AS step FROM lines)
    WHERE step <> 1')" 0
  for db in db/shard-*.db; do
    for id in $(sqlite3 "$db" 'SELECT id FROM files'); do
      path=$(sqlite3 "$db" "SELECT path FROM files WHERE id = $id")
      hex_lines "$path" >want.txt
      sqlite3 "$db" "SELECT hex(text) FROM lines WHERE file = $id ORDER BY line" >got.txt
      cmp -s want.txt got.txt || say_fail "content" "$path is not stored as it is"
      echo "$path"
    done
  done | sort >seen.txt
  grep -q FAILED seen.txt && failures=$((failures + 1)) && grep FAILED seen.txt
  same "databases: files" "$(grep -c . seen.txt)" "$(find tree \( -type f -o -type l \
    -exec test -f {} \; \) -print | grep -c .)"
  same "databases: what is no UTF-8, or has a NUL, is a BLOB" \
    "$(sql_sum db "SELECT count(*) FROM lines WHERE typeof(text) = 'blob'")" 8
  done_with "every file is stored byte for byte, its lines in order"
else
  skip "comparing the content" "there is no sqlite3 command here"
fi

real=/usr/include/linux
if [ -d "$real" ]; then
  run --out real --no-compare --readers 4 "$real"
  same "real files: exit status" "$rc" 0
  same "real files: rows" "$(cell 'rows in the databases')" "$(lines_of "$real")"
  done_with "a tree of real files is stored ($(cell 'lines read') lines)"
fi

# -- Options and their mistakes ---------------------------------------------------------------

run --out=odd --shards 3 --readers 5 --batch 7 --capacity 3 --interval 0 --sync off \
  --no-compare tree
same "odd options: exit status" "$rc" 0
same "odd options: rows" "$(cell 'rows in the databases')" "$expected"
same "odd options: no comparison" "$(grep -c 'times as fast' out.txt)" 0
is_true "odd options: a capacity of 3 holds readers up" \
  [ "$(cell 'pushes that had to wait')" -gt 0 ]
run --out quiet --quiet tree/many
same "--quiet: exit status" "$rc" 0
same "--quiet: prints nothing" "$(cat out.txt err.txt)" ""
run --help
same "--help: exit status" "$rc" 0
is_true "--help: on standard output" grep -q '^usage: ingest' out.txt
for wrong in '' '--batch 0 tree' '--batch x tree' '--batch' '--shards 9999 tree' '--sync so tree' \
  '--no-such tree' '--out= tree' '--tries 0 tree' '--max-line 0 tree'; do
  # shellcheck disable=SC2086
  run $wrong
  same "\"ingest $wrong\": exit status" "$rc" 2
  is_true "\"ingest $wrong\": a message" [ -s err.txt ]
done
done_with "options do what --help says, and wrong ones are refused"

# -- Input that cannot be read ----------------------------------------------------------------

run --out wrong --no-compare tree/many no-such-path tree/crlf
same "a wrong path among good ones: exit status" "$rc" 1
said "a wrong path among good ones" 'no-such-path: No such file'
said "a wrong path among good ones: count" 'not to their end: 1'
same "a wrong path among good ones: rows" "$(cell 'rows in the databases')" 20003
mkdir broken && echo good >broken/good && ln -s nowhere broken/dangling
run --out dangling --no-compare broken
same "a dangling link: exit status" "$rc" 1
said "a dangling link" 'broken/dangling: No such file'
same "a dangling link: the rest is stored" "$(cell 'rows in the databases')" 1
if [ "$(id -u)" != 0 ]; then
  echo secret >broken/locked && chmod 000 broken/locked
  run --out locked --no-compare broken/good broken/locked
  same "no permission: exit status" "$rc" 1
  said "no permission" 'broken/locked: Permission denied'
else
  skip "a file without permission" "root may read everything"
fi
if [ -r /proc/self/mem ]; then
  run --out unreadable --no-compare tree/many /proc/self/mem
  same "a read error: exit status" "$rc" 1
  said "a read error" '/proc/self/mem: Input/output error'
  same "a read error: the rest is stored" "$(cell 'rows in the databases')" 20000
fi
done_with "what cannot be read is named, and the rest is stored"

# -- The folder --out --------------------------------------------------------------------------

# shellcheck source=test_out.sh
. "$here/test_out.sh"

# -- Ctrl-C ------------------------------------------------------------------------------------

signal=INT
if sh -c 'kill -INT $$; exit 0'; then
  signal=TERM # we ourselves were started with SIGINT ignored, and so is what we start
fi
interruptible() { # arguments of ingest; its process id is in pid.txt. sets rc
  rm -f pid.txt
  sh -c 'echo $$ >pid.new && mv pid.new pid.txt && exec "$@"' sh "$ingest" "$@" >out.txt 2>err.txt
  rc=$?
}
storing() { [ "$(wc -c <"$1")" -gt 200000 ]; }

mkfifo fifo
{
  exec 3>fifo
  cat tree/many >&3
  if have_sql; then wait_for stored once 20000; else sleep 3; fi
  echo 'no end to this li' | tr -d '\n' >&3
  kill -s $signal "$(cat pid.txt)"
  wait_for [ -e over ]
} &
interruptible --out once fifo
: >over
wait
same "one $signal: exit status" "$rc" 130
said "one $signal: a message" 'interrupted: 20000 lines are stored'
same "one $signal: lines read" "$(cell 'lines read')" 20000
same "one $signal: rows" "$(cell 'rows in the databases')" 20000
if have_sql; then
  same "one $signal: rows" "$(sql_sum once 'SELECT count(*) FROM lines')" 20000
fi
done_with "Ctrl-C stops a reader that waits, and what was read is stored"

{
  wait_for storing twice/shard-0.db-wal
  kill -s $signal "$(cat pid.txt)"
  wait_for grep -q 'once more drops them' err.txt
  kill -s $signal "$(cat pid.txt)"
} &
interruptible --out twice --shards 1 --batch 1 --capacity 300000 --sync full big
wait
same "two $signal: exit status" "$rc" 130
said "two $signal: the first" 'once more drops them'
said "two $signal: the second" 'dropped [0-9]* lines'
dropped=$(sed -n 's/^ingest: dropped \([0-9]*\) lines.*/\1/p' err.txt)
rows=$(cell 'rows in the databases')
is_true "two $signal: lines were dropped" [ "${dropped:-0}" -gt 0 ]
same "two $signal: read = stored + dropped" "$(cell 'lines read')" "$((rows + ${dropped:-0}))"
same "two $signal: what was dropped is among the rejects" "$(cell 'lines rejected')" "${dropped:-0}"
done_with "a second Ctrl-C drops what is not stored, and says so ($rows stored, $dropped dropped)"

# -- Rejects, locks, and transactions that go wrong ----------------------------------------------

# shellcheck source=test_rejects.sh
. "$here/test_rejects.sh"

# -- A terminal --------------------------------------------------------------------------------

return_key=$(printf '\r')
if command -v script >/dev/null 2>&1 && script -qec true /dev/null >/dev/null 2>&1; then
  cat >tty.sh <<END
stty cols 40
exec "$ingest" --out tty --no-compare --batch 1 big
END
  script -qec 'sh tty.sh' /dev/null >out.txt 2>err.txt </dev/null
  same "a terminal: exit status" "$?" 0
  tr '\r' '\n' <out.txt | sed 's/^.\[K//' >parts.txt
  is_true "a terminal: progress" grep -q '^[0-9]* lines, [0-9]*/s' parts.txt
  longest=$(grep '^[0-9]* lines, ' parts.txt | awk '{ if (length > m) m = length } END { print m }')
  is_true "a terminal: progress stays within 40 columns" [ "${longest:-99}" -lt 40 ]
  last=$(grep -n '^[0-9]* lines, ' parts.txt | tail -n 1 | cut -d : -f 1)
  is_true "a terminal: progress is erased before the table" \
    [ "$(grep -n -e '--batch 1' parts.txt | head -n 1 | cut -d : -f 1)" -gt "${last:-0}" ]
  same "a terminal: each progress line is erased" \
    "$(tr '\r' '\n' <out.txt | grep -c '^.\[K')" "$(grep -c '^[0-9]* lines, ' parts.txt)"
  done_with "on a terminal a progress line is shown, cut and erased"
else
  skip "the progress line" "there is no script command here to make a terminal"
fi
"$ingest" --out no-tty --no-compare --batch 1 tree/many >out.txt 2>err.txt
same "no terminal: no progress line" "$(grep -c "$return_key" err.txt)" 0

if [ $failures -gt 0 ]; then
  echo "$failures checks failed"
  exit 1
fi
echo "all checks passed"
