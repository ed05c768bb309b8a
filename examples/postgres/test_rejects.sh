# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# The part of test.sh, which reads this, about rows that the database refuses. It needs a server
# that runs, and the helpers of test.sh.
# shellcheck shell=sh disable=SC2154

states() { cut -f 2 rejects.tsv | sort | uniq -c | awk '{ printf "%s %s ", $2, $1 }'; }
rejected_keys() { cut -f 1 rejects.tsv | sort -n | tr '\n' ' '; }

# -- Every so many rows --------------------------------------------------------------------------

for poison in 97 500 3 2 1; do
  ask 'DROP TABLE IF EXISTS poisoned'
  run --table poisoned --rows 3000 --poison $poison
  same "--poison $poison: exit status" "$rc" 0
  bad=$((3000 / poison))
  same "--poison $poison: rows rejected" "$(cell 'rows rejected')" $bad
  said "--poison $poison" "$bad rows were refused by the database: rejects.tsv says which"
  same "--poison $poison: which" "$(rejected_keys)" \
    "$(awk -v n=$bad -v p=$poison 'BEGIN { for (i = 1; i <= n; i++) printf "%d ", i * p }')"
  same "--poison $poison: why" "$(states)" \
    "$(awk -v n=$bad 'BEGIN { printf "22001 %d 22021 %d 23514 %d ", (n + 2) / 3, (n + 1) / 3, n / 3
    }' | sed 's/[0-9]* 0 //g')"
  same "--poison $poison: all others are there, and only they" \
    "$(ask "SELECT count(*), count(DISTINCT key), coalesce(bool_and(value = key % 1000
            AND note = 'reading ' || key AND key % $poison <> 0), true) FROM poisoned")" \
    "$((3000 - bad))|$((3000 - bad))|t"
  adds_up "--poison $poison" 3000
done
done_with "rows that the database refuses are rejects, and all others of their batch are stored"

# A sink that only says that something in the transaction was wrong: the commit fails.
make_table deferred
ask "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
     'BEGIN RAISE EXCEPTION ''not this one: %'', NEW.key; END';
     CREATE CONSTRAINT TRIGGER late AFTER INSERT ON deferred DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW WHEN (NEW.key IN (5, 6, 1234, 1999)) EXECUTE FUNCTION refuse()"
run --table deferred --rows 2000
same "refused by a commit: exit status" "$rc" 0
same "refused by a commit: which" "$(rejected_keys)" "5 6 1234 1999 "
same "refused by a commit: why" "$(cut -f 2,3 rejects.tsv | sort -u | head -n 1)" \
  "P0001	not this one: 1234"
same "refused by a commit: the others" "$(ask 'SELECT count(*) FROM deferred')" 1997
adds_up "refused by a commit" 2000
done_with "a commit that fails is traced to its rows"

# -- The file ------------------------------------------------------------------------------------

printf 'what was here before\n' >rejects.tsv
run --table poisoned --rows 6 --first-key 7000 --poison 7001
same "a file that is there: exit status" "$rc" 0
same "a file that is there: is added to" "$(head -n 1 rejects.tsv)" "what was here before"
same "a file that is there: rejects are counted" "$(cell 'rows rejected')" 1
same "a record: fields" "$(tail -n 1 rejects.tsv | awk -F '\t' '{ print NF }')" 6
rm rejects.tsv
run --table poisoned --rows 1 --first-key 14002 --poison 7001
same "a record: its bytes come back" \
  "$(printf '%b' "$(cut -f 6 rejects.tsv)" | od -An -tx1 | tr -d ' ')" 636166e9
rm rejects.tsv
mkdir folder
run --table poisoned --rows 30 --first-key 8000 --poison 10 --rejects folder
same "no file can be made: exit status" "$rc" 1
said "no file can be made" 'folder: cannot add a row: Is a directory'
same "no file can be made: said once" "$(grep -c 'cannot add' err.txt)" 1
said "no file can be made: how many" '^postgres_writer: 3 rows that are not stored could not be'
same "no file can be made: the others are stored" "$(cell 'rows stored')" 27
# shellcheck disable=SC3045
(ulimit -f 1 && run --table poisoned --rows 300 --first-key 20000 --poison 1; exit "$rc")
same "the file cannot grow: exit status" "$?" 1
said "the file cannot grow" 'rejects.tsv: cannot add a row: File too large'
lost=$(sed -n 's/^postgres_writer: \([0-9]*\) rows that are not stored could not be.*/\1/p' err.txt)
same "the file cannot grow: whole records only" "$(awk -F '\t' 'NF != 6' rejects.tsv)" ""
same "the file cannot grow: each row has its place" "$(($(records) + ${lost:-0}))" 300
rm rejects.tsv
done_with "the file of rejects"
