# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154
#
# The parts of test.sh, which reads this, about queues, connections, brokers and processes that end
# in the middle.

# A broker that takes connections and then lets them fall: tried again, after longer and longer.
check_deleted() {
  name=deleted
  port=$broker_port
  pid=''
  queue fill 10
  : >"$name.journal"
  serve one --receivers 1
  await "all are processed" journal_has 10
  await "the queue is empty" is_empty
  for life in 1 2 3 4; do
    queue delete
    await "it has connected again" connected_again $life
  done
  terminate "a queue that is deleted" "$pid" 0
  said "a queue that is deleted" "receiver 0, the last error: the queue was deleted" deleted.one.err
  at_least "a queue that is deleted: the fourth delay" \
    "$(sed -n 's/.*the queue was deleted; again in \([0-9]*\) ms/\1/p' deleted.one.err |
      sed -n 4p)" 400
  queue delete
  echo "ok      deleted: a queue that goes away four times"
}
connected_again() { [ "$(grep -c 'receiver 0: connected' deleted.one.err)" -ge "$1" ]; }

# A broker that says nothing while it stops, and then is gone: nobody knows what it has heard.
check_silent() {
  begin silent 0
  queue fill 5000
  serve one --work 300
  await "some are processed" journal_has 500
  kill -STOP "$tap"
  kill -TERM "$pid"
  await "it stops" grep -q 'stopping: ' silent.one.err
  kill -KILL "$tap"
  wait "$tap" 2>/dev/null
  ended "a broker that falls silent in the end" "$pid" 1
  said "a broker that falls silent in the end" "receiver [01], the last error: " silent.one.err
  queue delete
  echo "ok      silent: a broker that falls silent in the end is reported"
}

# Nothing of a hundred dead connections is left in the process.
check_reconnects() {
  begin reconnects 60
  queue fill 4000 "$bad"
  serve one --receivers 3 --prefetch 50 --batch 20 --interval 5
  await "all are processed" journal_has 4000
  await "the queue is empty" is_empty
  at_least "descriptors that are not open" $((50 - $(descriptors "$pid"))) 0
  terminate "rabbitmq_ack" "$pid" 0
  at_least "channels broken" "$(broken reconnects.one.out)" 80
  prove 4000 "$bad"
}

# Connections are cut in the middle. The interval is longer than it takes to connect again, so tags
# of the old channel would still be waiting when the new one opens, if they were not discarded.
check_cuts() {
  begin cuts $((messages / 10))
  queue fill "$messages" "$bad"
  serve one --receivers 3 --handlers 4 --work 300 --interval 500
  await "all are processed" journal_has "$messages"
  await "the queue is empty" is_empty
  terminate "rabbitmq_ack" "$pid" 0
  at_least "messages that came again" "$(sum "of them again")" 1
  at_least "channels broken" "$(broken cuts.one.out)" 9
  prove "$messages" "$bad"
  at_least "cuts, by the tap" "$(seen cuts)" 9
}

check_restart() {
  begin restart 0
  queue fill $((some / 2)) "$bad"
  serve one --receivers 2 --work 300 --tries 0
  await "a good part is processed" journal_has $((some / 8))
  sh "$server" restart "$work/server" >/dev/null || say_fail restart "the broker does not come back"
  # The other half is published to the new life, with numbers that follow: so it can't be over yet.
  "$programs/rabbitmq_queue" "$(url "$broker_port")" "$name" fill $((some - some / 2)) 0 \
    $((some / 2)) || say_fail restart "no second half"
  await "all are processed" journal_has "$some"
  await "the queue is empty" is_empty
  terminate "rabbitmq_ack" "$pid" 0
  # The other one may still have been on its way up: that counts as a try that has failed.
  at_least "channels broken" "$(broken restart.one.out)" 1
  said "restart" "; again in [0-9]* ms" restart.one.err
  said "restart" "receiver [01]: connected" restart.one.err
  said "restart" "the last error: " restart.one.err
  prove "$some" "$bad"
}

# Three processes on one queue, and one of them is gone from one moment to the next.
check_scale() {
  begin scale 0
  queue fill "$some" "$bad"
  serve first --work 300
  first=$pid
  serve second --work 300
  second=$pid
  serve third --work 300
  third=$pid
  await "a good part is processed" journal_has $((some / 4))
  kill -KILL "$second"
  wait "$second" 2>/dev/null
  await "all are processed" journal_has "$some"
  await "the queue is empty" is_empty
  terminate "the first" "$first" 0
  terminate "the third" "$third" 0
  echo "        killed with SIGKILL: came again to the others $(sum "of them again")," \
    "in the journal twice $(($(wc -l <scale.journal) - some))"
  prove "$some" "$bad"
}
