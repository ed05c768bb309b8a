# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# The part of test.sh, which reads this, about the folder --out: what is there already, who else
# uses it, and whether there is room. It needs tree, expected, db and the helpers of test.sh.
# shellcheck shell=sh disable=SC2012,SC2154

# -- What is there already ---------------------------------------------------------------------

run --out db tree/many
same "databases that are there: exit status" "$rc" 1
said "databases that are there" '--force'
run --out db --force no-such-path
same "--force and a wrong path: exit status" "$rc" 1
said "--force and a wrong path" 'no-such-path: No such file'
if have_sql; then
  same "the old databases are untouched" "$(sql_sum db 'SELECT count(*) FROM lines')" "$expected"
fi
echo mine >db/keep.txt
run --out db --force --no-compare --shards 2 tree/many
same "--force: exit status" "$rc" 0
same "--force: rows" "$(cell 'rows in the databases')" 20000
is_true "--force: the surplus database is gone" [ ! -e db/shard-2.db ]
same "--force: a stranger's file stays" "$(cat db/keep.txt)" mine
(cd tree && "$ingest" --no-compare . >../out.txt 2>../err.txt &&
  "$ingest" --no-compare --force . >../out.txt 2>../err.txt)
same "its own databases below the folder: exit status" "$?" 0
same "its own databases are no input" "$(cell 'rows in the databases')" "$expected"
rm -r tree/ingest-db
done_with "databases that are there are replaced only by --force"

run --out fresh no-such-path
same "a wrong path: exit status" "$rc" 1
is_true "a wrong path: no folder is left behind" [ ! -e fresh ]

# -- Input inside it ---------------------------------------------------------------------------

run --out inside --no-compare tree/crlf
before=$(ls inside)
echo precious >inside/shard-9.db
mkdir inside/deep && echo deep >inside/deep/file
ln -s inside/shard-9.db named-link
for path in inside/shard-9.db inside/deep inside/deep/../deep/file named-link; do
  run --out ./inside/ --force --no-compare "$path"
  same "$path, inside --out: exit status" "$rc" 1
  said "$path, inside --out" "$path is inside ./inside/, the folder for the databases"
  same "$path, inside --out: it is untouched" "$(cat inside/shard-9.db)" precious
  same "$path, inside --out: nothing is gone" "$(ls inside)" "$(printf '%s\n' deep "$before" \
    shard-9.db)"
done
mkdir linked && echo one >linked/file && ln -s ../inside/shard-9.db linked/link
run --out inside --force --no-compare linked inside
same "a link into --out: exit status" "$rc" 0
same "a link into --out is not followed" "$(cell 'lines read')" 1
done_with "what is inside --out is never read, and never lost for being named"

# -- The comparison and a folder of the user's -------------------------------------------------

mkdir mine
run --out mine/compare --quiet tree/many
echo mine >mine/compare/shard-9.db
before=$(ls mine/compare)
run --out mine tree/crlf
same "a folder \"compare\": exit status" "$rc" 0
is_true "a folder \"compare\": a comparison is shown" grep -q 'times as fast' out.txt
same "a folder \"compare\": its databases are there" "$(ls mine/compare)" "$before"
same "a folder \"compare\": the comparison's own folder is gone" "$(ls mine | tr '\n' ' ')" \
  "compare shard-0.db shard-1.db shard-2.db shard-3.db "
if have_sql; then
  rm mine/compare/shard-9.db
  same "a folder \"compare\": rows" "$(sql_sum mine/compare 'SELECT count(*) FROM lines')" 20000
fi
done_with "the comparison touches no databases of the user's"

# -- Two at once -------------------------------------------------------------------------------

mkfifo hold
# Opening the FIFO waits for the first ingest to read it: then it has its databases.
{ : >held; echo one; wait_for [ -e let-go ]; echo two; } >hold &
"$ingest" --out busy --no-compare hold >first.txt 2>&1 &
first=$!
wait_for [ -e held ]
is_true "two at once: the first one holds the folder" [ -e held ]
before=$(ls -i busy)
for options in '' --force; do
  # shellcheck disable=SC2086
  run --out busy $options --no-compare tree/crlf
  same "two at once, second with \"$options\": exit status" "$rc" 1
  said "two at once, second with \"$options\"" 'the folder busy is in use by another ingest'
  same "two at once, second with \"$options\": the first one's files" "$(ls -i busy)" "$before"
done
: >let-go
wait $first
same "two at once: exit status of the first" "$?" 0
cp first.txt out.txt
same "two at once: rows" "$(cell 'rows in the databases')" 2
if have_sql; then
  same "two at once: rows" "$(sql_sum busy 'SELECT count(*) FROM lines')" 2
fi
is_true "two at once: the lock is gone" [ ! -e busy/ingest.lock ]
echo 'not empty' >busy/ingest.lock
run --out busy --force --no-compare tree/crlf
same "a lock file without an owner: exit status" "$rc" 0
same "a lock file without an owner: stays as it was" "$(cat busy/ingest.lock)" 'not empty'
done_with "a folder that another ingest uses is refused, and left alone"

# -- Nowhere to store it ----------------------------------------------------------------------

for out in tree/many no/such/folder /proc; do
  run --out "$out" --no-compare tree/crlf
  same "--out $out: exit status" "$rc" 1
  said "--out $out" "$out"
done
if [ "$(id -u)" != 0 ]; then
  mkdir read-only && chmod 555 read-only
  run --out read-only tree/crlf
  same "a read-only folder: exit status" "$rc" 1
  said "a read-only folder" 'read-only for databases: Permission denied'
fi
if [ -c /dev/full ]; then
  "$ingest" --out full --no-compare tree/crlf >/dev/full 2>err.txt
  same "a table that cannot be written: exit status" "$?" 1
  said "a table that cannot be written" 'cannot write the table'
fi
done_with "a folder that takes no databases is named"

check_full() { # what: after a run whose databases had no room
  same "$1: exit status" "$rc" 1
  said "$1: which database" 'shard-[0-9]*.db: cannot'
  said "$1: how many" '[0-9] lines that were read are not stored'
  lost=$(sed -n 's/^ingest: \([0-9]*\) lines that were read are not stored.*/\1/p' err.txt)
  rows=$(cell 'rows in the databases')
  same "$1: read = stored + not stored" "$(cell 'lines read')" "$((rows + lost))"
  rejected=$(cell 'lines rejected')
  neither=$(sed -n 's/^ingest: \([0-9]*\) lines that are not stored could not be .*/\1/p' err.txt)
  same "$1: not stored = rejected + neither" "$lost" "$((rejected + ${neither:-0}))"
  same "$1: one message a shard" "$(grep -c 'shard-.*cannot' err.txt)" \
    "$(grep 'shard-.*cannot' err.txt | cut -d : -f 2 | sort -u | grep -c .)"
  if have_sql; then
    same "$1: rows" "$(sql_sum "$2" 'SELECT count(*) FROM lines')" "$rows"
  fi
}
awk 'BEGIN { for (i = 1; i <= 300000; i++) print "line", i, "of a file that is large" }' >big
# shellcheck disable=SC3045
(ulimit -f 2000 && "$ingest" --out limited --no-compare big tree >out.txt 2>err.txt)
rc=$?
check_full "a limit on file sizes" limited
done_with "a limit on file sizes stops it, and it says what is missing"
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=3m none small 2>/dev/null; then
  : >mounted
  run --out small/db --no-compare big tree
  check_full "a full disk" small/db
  said "a full disk: the reason" 'database or disk is full'
  umount small && rm mounted
  done_with "a full disk stops it, and it says what is missing"
else
  skip "a full disk" "needs root and mount"
fi
