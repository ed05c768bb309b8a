# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
#
# Part of test.sh: without any trouble, every entry exactly once, hundreds of ids in an XACK.

server start
append 100000 one two three
serve --workers 4 --interval 1000 --timeout 3600000 --reclaim 0 one two three
wait_for "100,000 entries" through one two three
end
all_is_well "100,000 entries" one two three
same "100,000 entries: processed once" "$(grep -c . journal)" 100000
same "100,000 entries: read" "$(cell 'entries read')" 100000
same "100,000 entries: acknowledged" "$(cell 'acknowledged ')" 100000
calls=$(redis info commandstats | sed -n 's/^cmdstat_xack:calls=\([0-9]*\),.*/\1/p')
same "100,000 entries: XACKs, says the server" "$calls" "$(cell 'XACK commands')"
is_true "100,000 entries: hundreds of ids an XACK" [ "$calls" -le 500 ]
done_with "100,000 entries of three streams, with $calls XACKs"

# What one stream's slot holds is never acknowledged in another: an id of both says whose it was.
appended=0
rm journal
for id in 5-1 5-2 5-3; do
  redis xadd left $id n left >/dev/null
  redis xadd right $id n right >/dev/null
done
redis xadd left 6-1 n left >/dev/null
redis xgroup create right workers 5-2 >/dev/null # so 5-1 and 5-2 are not for the group
serve --timeout 3600000 left right
wait_for "the same ids in two streams" through left right
end
same "the same ids in two streams: exit status" "$rc" 0
same "the same ids in two streams" "$(sort journal | tr '\n' ';')" \
  "left 5-1 left;left 5-2 left;left 5-3 left;left 6-1 left;right 5-3 right;"
same "the same ids in two streams: acknowledged" "$(cell 'acknowledged ')" 5
done_with "ids are acknowledged in the stream that they came from"

# Ids as large as they come, values of every kind, and entries that are gone.
rm journal
largest=18446744073709551615
redis xadd odd 1-1 n "$(printf 'two\nlines')" >/dev/null
redis xadd odd 1-2 n "" >/dev/null
redis xadd odd $largest-18446744073709551614 n large >/dev/null
redis xadd odd $largest-$largest n largest >/dev/null
host=$(hostname)
redis xgroup create odd workers 0 >/dev/null
redis xreadgroup group workers "$host-0" count 2 streams odd '>' >/dev/null
redis xdel odd 1-2 >/dev/null
serve --timeout 3600000 odd
wait_for "odd entries" through odd
end
same "odd entries: exit status" "$rc" 0
same "odd entries" "$(sort journal | tr '\n' ';')" \
  "odd 1-1 two?lines;odd $largest-18446744073709551614 large;odd $largest-$largest largest;"
same "odd entries: deleted" "$(cell '  deleted meanwhile')" 1
same "odd entries: delivered before to this consumer" "$(cell '  again, since')" 2
same "odd entries: pending" "$(redis xpending odd workers | head -n 1)" 0
done_with "the largest ids, odd values, and an entry that was deleted while it was pending"
