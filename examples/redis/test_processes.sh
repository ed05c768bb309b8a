# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Part of test.sh: three processes share the work, and one of them is killed.

process() { # name: in a group of three, with a journal of its own
  "$program" --port "$port" --consumer "$1" --journal "journal-$1" --work 200 --read 50 \
    --interval 20 --workers 2 --reclaim 1000 --give-up 3600 one two \
    >"out-$1.txt" 2>"err-$1.txt" </dev/null &
  pid=$!
}
held_by_b() { # what is delivered to its workers, and not acknowledged
  for stream in one two; do
    redis xpending $stream workers - + 100000 | grep -c '^b-[01]$'
  done | awk '{ sum += $1 } END { print sum }'
}

server start
append 30000 one two
process a
a=$pid
process b
b=$pid
process c
c=$pid
while :; do
  wait_for "all at work" [ -s journal-a -a -s journal-b -a -s journal-c ]
  wait_for "b in the middle" journal_has 3000
  kill -STOP "$b"
  held=$(held_by_b)
  [ "$held" = 0 ] || break # it was between two: once more
  kill -CONT "$b"
  append 2000 one two
  sleep 0.1
done
kill -KILL "$b"
wait "$b" 2>/dev/null
acknowledged one two >acked.txt
cat journal-a journal-b journal-c | sort -u | cut -d ' ' -f 1,2 >processed.txt
same "acknowledged before processed" "$(comm -23 acked.txt processed.txt | grep -c .)" 0
is_true "acknowledged so far" [ -s acked.txt ]

wait_for "the work of three, by two" through one two
for pid in $a $c; do
  end
  same "the work of three, by two: exit status" "$rc" 0
done
cat out-a.txt out-c.txt >out.txt
all_is_well "the work of three, by two" one two
taken=$(awk 'index($0, "  taken over") == 1 { sum += $NF } END { print sum + 0 }' out.txt)
is_true "taken over at least what b held" [ "$taken" -ge "$held" ]
for name in a c; do
  is_true "$name has worked" [ "$(grep -c . journal-$name)" -gt 500 ]
done
done_with "one of three processes killed with $held entries in its hands: $appended entries, \
$taken taken over, none lost"
