# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
#
# Part of test.sh: the command line, publishing, the comparison.

server start
run() { # arguments of redis_stream; sets rc
  "$program" "$@" >out.txt 2>err.txt </dev/null
  rc=$?
}

run --help
same "--help: exit status" "$rc" 0
is_true "--help: one screen" [ "$(grep -c '' out.txt)" -le 24 ]
widest=$(awk '{ if (length > m) m = length } END { print m }' out.txt)
is_true "--help: narrow enough" [ "$widest" -le 80 ]
grep -o '^  --[a-z-]*\|; --[a-z]*' out.txt | sed 's/^[; ]*//' >options.txt
is_true "--help: options" [ "$(grep -c . options.txt)" -ge 16 ]
while read -r option; do
  [ "$option" = --help ] && continue
  run "$option"
  same "$option, without a value: exit status" "$rc" 2
  said "$option, without a value" "$option wants a value"
done <options.txt
long=$(printf '%300s' '' | tr ' ' x)
for wrong in '' '--port 0 one' '--port 65536 one' '--batch 0 one' '--workers x one' \
  '--no-such one' '--workers 99 one' '-x one' 'one two one' '--compare 10 one' \
  '--compare 10 --publish 3' '--user me one' '--in-flight 0 one' \
  "--consumer $long one"; do
  # shellcheck disable=SC2086
  run $wrong
  same "\"redis_stream $wrong\": exit status" "$rc" 2
  is_true "\"redis_stream $wrong\": a message" [ -s err.txt ]
done
done_with "options: --help names them, wrong ones are refused"

run --port "$port" --publish 1234 one two three
same "--publish: exit status" "$rc" 0
same "--publish: entries" "$(($(redis xlen one) + $(redis xlen two) + $(redis xlen three)))" 1234
appended=1234
serve --port="$port" --timeout 3600000 --batch=7 --read=5 --workers=2 --interval=0 --in-flight=3 \
  one two three
wait_for "odd options" through one two three
end
all_is_well "odd options" one two three
is_true "odd options: --batch" [ "$(cell 'XACK commands')" -ge $((1234 / 7)) ]
redis set text 1 >/dev/null
run --port "$port" --publish 10 text
same "--publish to what is no stream: exit status" "$rc" 1
said "--publish to what is no stream" 'WRONGTYPE'
run --port "$port" --give-up 1 text
same "reading what is no stream: exit status" "$rc" 1
said "reading what is no stream" 'given up after 1 s: WRONGTYPE'
done_with "--publish, and small batches"

# -- Processing that fails ----------------------------------------------------------------------

run --port "$port" --journal no/such/folder one
same "a journal that cannot be opened: exit status" "$rc" 1
said "a journal that cannot be opened" 'no/such/folder: No such file'
if [ -c /dev/full ]; then
  append 100 one
  appended=0
  run --port "$port" --journal /dev/full one
  same "a journal that cannot be written: exit status" "$rc" 1
  said "a journal that cannot be written" '/dev/full: No space left'
  same "a journal that cannot be written: acknowledged" "$(cell 'acknowledged ')" 0
  same "a journal that cannot be written: pending" "$(redis xpending one workers | head -n 1)" 100
  "$program" --port "$port" --give-up 1 text >/dev/full 2>err.txt
  same "a table that cannot be written: exit status" $? 1
  said "a table that cannot be written" 'cannot write the table: No space left'
fi
done_with "what cannot be processed is not acknowledged"

# A journal that takes no more than a pipe holds, while the worker has a hundred entries in its
# hands: a second is a long time for acknowledgements that must not come.
mkfifo pipe
exec 3<>pipe
for i in $(seq 100); do printf 'XADD slow * n %s%01000d\n' "$i" 0; done | redis --pipe >pipe.txt
"$program" --port "$port" --journal pipe --interval 0 --workers 1 --timeout 3600000 slow \
  >out.txt 2>err.txt </dev/null 3<&- &
pid=$!
delivered() { [ "$(redis xpending slow workers | head -n 1)" = 100 ]; }
wait_for "a journal that is slow" delivered
sleep 1
is_true "a journal that is slow: nothing is acknowledged" delivered
cat <&3 >journal &
reader=$!
wait_for "a journal that goes on" through slow
end
exec 3<&-
same "a journal that goes on: exit status" "$rc" 0
journalled() { [ "$(grep -c '^slow ' journal)" = 100 ]; }
wait_for "a journal that goes on: entries" journalled
kill "$reader"
done_with "what is not processed yet is not acknowledged"

# -- One by one against batches -----------------------------------------------------------------

run --port "$port" --timeout 3600000 --compare 5000
same "--compare: exit status" "$rc" 0
same "--compare: ways" "$(grep -c '^by hand: .* [0-9.]* .*[0-9.]' out.txt)" 3
same "--compare: nothing is left" "$(redis keys '*compare*')" ""
gain=$(sed -n 's/^libmpcc: 500 ids, 2 on their way  *[0-9]*  *\([0-9.]*\) .*/\1/p' out.txt)
is_true "--compare: libmpcc" [ -n "$gain" ]
run --port "$port" --timeout 500 --host no-such-host.invalid --compare 10
same "--compare without a server: exit status" "$rc" 1
is_true "--compare without a server: a message" [ -s err.txt ]

# Who is killed cannot tidy up: the server does, in an hour at the latest.
"$program" --port "$port" --compare 1000000 >out.txt 2>err.txt </dev/null &
pid=$!
has_compare() { [ -n "$(redis keys '*compare*')" ]; }
lasts() { [ "$(redis ttl "$(redis keys '*compare*')")" -gt 0 ]; }
wait_for "a comparison" has_compare
wait_for "a comparison: the server will forget its stream" lasts
kill -KILL "$pid"
wait "$pid" 2>/dev/null
is_true "a comparison that is killed: the server will forget its stream" lasts
done_with "--compare: acknowledging alone is $gain times as fast in batches"
