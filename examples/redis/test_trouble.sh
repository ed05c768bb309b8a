# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Part of test.sh: connections that die, a server that hangs, or takes no writes, or is old.

keep_appending() { # streams...: so that there is always something in the workers' hands
  append 5000 "$@"
  wait_for "the middle" journal_has $((appended - 4500))
}
an_xack() { redis info commandstats | grep -q '^cmdstat_xack:'; }

# -- Connections that the server closes ---------------------------------------------------------

server start
: >journal
serve --work 100 --interval 5 --give-up 3600 --reclaim 0 one two
for kill in 1 2 3 4 5 6 7 8; do
  keep_appending one two
  wait_for "an XACK" an_xack
  redis client kill type normal skipme yes >/dev/null
done
wait_for "connections that are closed" through one two
end
all_is_well "connections that are closed" one two
processed_once "connections that are closed"
is_true "connections that are closed: readers" [ "$(cell 'reading: connections')" -ge 8 ]
is_true "connections that are closed: acknowledging" \
  [ "$(cell 'acknowledging: connections that ended')" -ge 1 ]
done_with "connections closed $kill times, XACKs without an answer: \
$(cell 'XACKs without an answer')"

# -- A server that hangs with commands in flight ------------------------------------------------

hang() { # until an XACK is not answered in time
  while :; do
    keep_appending one two
    signal_server STOP
    : >err.txt # what was said before is not what is waited for
    if soon has_said 'cannot acknowledge.*no answer for 300 ms'; then
      return
    fi
    signal_server CONT
  done
}
serve --work 100 --interval 5 --timeout 300 --give-up 3600 --reclaim 0 one two
hang
signal_server CONT
wait_for "a server that hangs" through one two
end
all_is_well "a server that hangs" one two
processed_once "a server that hangs"
is_true "a server that hangs: time-outs" [ "$(cell 'XACKs that took too long')" -ge 1 ]
is_true "a server that hangs: connections" [ "$(cell 'acknowledging: connections given up')" -ge 1 ]
said "a server that hangs" 'acknowledging again'
done_with "a server that hangs: XACKs that took too long: $(cell 'XACKs that took too long')"

# -- Two signals: an end that does not wait for it ----------------------------------------------

serve --work 100 --interval 5 --timeout 300 --give-up 3600 --reclaim 0 one two
while :; do
  keep_appending one two
  redis client pause 100000000 write >/dev/null
  : >err.txt
  soon has_said 'cannot acknowledge.*no answer for 300 ms' && break
  redis client unpause >/dev/null
done
kill -TERM "$pid"
wait_for "the first signal" has_said 'once more does not wait'
same "the first signal: still there" "$(kill -0 "$pid" && echo yes)" yes
end
redis client unpause >/dev/null
same "the second signal: exit status" "$rc" 1
is_true "the second signal: what is said" [ $(($(cell 'acknowledgements given up') + \
  $(cell 'read, and left as it was'))) -gt 0 ]
is_true "the second signal: pending" [ "$(cell 'pending in the group now')" -gt 0 ]
alone() { [ "$(redis client list | grep -c .)" = 1 ]; }
wait_for "the second signal: connections" alone
pending=$(redis xpending one workers | head -n 1)
pending=$((pending + $(redis xpending two workers | head -n 1)))
serve --give-up 3600 --timeout 3600000 --reclaim 0 one two
wait_for "what was left" through one two
end
all_is_well "what was left" one two
same "what was left: again" "$(cell '  again, since')" $pending
sort -u journal >once.txt && mv once.txt journal # what was left was processed again, of course
done_with "a second signal does not wait for a server that hangs; the next run does the rest"

# -- A server that takes no writes for a while, and one that is older ---------------------------

serve --work 100 --interval 5 --give-up 3600 --reclaim 0 one two
while :; do
  : >err.txt
  keep_appending one two
  redis replicaof 127.0.0.1 1 >/dev/null
  soon has_said 'cannot acknowledge.*READONLY' && break
  redis replicaof no one >/dev/null
done
redis replicaof no one >/dev/null
wait_for "a replica" through one two
end
all_is_well "a replica" one two
processed_once "a replica"
is_true "a replica: refused" [ "$(cell 'XACKs refused')" -ge 1 ]
done_with "a server that became a replica and a primary again"

server stop
rm -rf server journal
appended=0
server start --rename-command XAUTOCLAIM ''
append 1000 one
serve --reclaim 1 --timeout 3600000 one
wait_for "no XAUTOCLAIM" through one
end
all_is_well "no XAUTOCLAIM" one
said "no XAUTOCLAIM" 'the server has no XAUTOCLAIM'
done_with "a server without XAUTOCLAIM"
