#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh test.sh FOLDER-OF-THE-PROGRAMS [PART]...
#
# Parts: usage errors deleted silent shapes reconnects cuts restart scale wrong_slot; and measure,
# which is left out unless it is named.
#
# Runs rabbitmq_ack against a real RabbitMQ of its own. Between the two stands rabbitmq_tap, which
# reads every frame and looks into the journal before an acknowledgement goes on to the broker.
# Exit status 77: there is no RabbitMQ here. MESSAGES in the environment: how many at most [100000].
set -u
export LC_ALL=C

programs=$(cd "${1:?usage: sh test.sh FOLDER-OF-THE-PROGRAMS [PART]...}" && pwd) || exit 1
shift
here=$(cd "$(dirname "$0")" && pwd) || exit 1
server=$here/../../tests/integration/rabbitmq.sh
messages=${MESSAGES:-100000}
some=$((messages / 2))
bad=7
work='' broker_port='' tap='' port='' pid=''

# Also when the test is interrupted nothing is left behind, and a second signal changes nothing.
cleanup() {
  trap '' HUP INT PIPE TERM
  [ -n "$work" ] && cd "$work" || exit 1
  end_jobs
  [ ! -d "$work/server" ] || sh "$server" stop "$work/server" >/dev/null
  cd / && rm -rf "$work"
}
# shellcheck source=../checks.sh
. "$here/../checks.sh"
trap cleanup EXIT
trap 'exit 1' HUP INT PIPE TERM
work=$(mktemp -d "${TMPDIR:-/tmp}/rabbitmq-test.XXXXXX") || exit 1
cd "$work" || exit 1

# -- Helpers -----------------------------------------------------------------------------------

say_fail() { # here several programs say something
  failures=$((failures + 1))
  echo "FAILED  $1: $2"
  for file in "$name".*out "$name".*err errors.*; do
    tail -n 20 "$file" 2>/dev/null | sed "s/^/        $file: /"
  done
}
at_least() { # what got least
  [ "$2" -ge "$3" ] || say_fail "$1" "got $2, expected $3 or more"
}
url() { # port [user:password]
  echo "amqp://${2:-guest:guest}@127.0.0.1:$1/%2f"
}
queue() { # verb...; sets nothing, prints
  "$programs/rabbitmq_queue" "$(url "$broker_port")" "$name" "$@" || say_fail "$name" "queue $1"
}
waiting() { # in the whole queue, delivered or not, as the broker itself says
  sh "$server" ctl "$work/server" -q --no-table-headers list_queues name messages |
    sed -n "s/^${name}[[:space:]]*//p"
}
journal_count() {
  sort -u "$name.journal" | wc -l | tr -d ' '
}

# begin NAME CUT: a new queue, a new journal, a tap that cuts every CUT messages
begin() {
  name=$1
  pid=''
  : >"$name.journal"
  rm -f "$name.tap.out"
  "$programs/rabbitmq_tap" "$broker_port" "$name.journal" "$2" >"$name.tap.out" 2>"$name.tap.err" &
  tap=$!
  await "the tap listens" test -s "$name.tap.out"
  port=$(sed -n 's/^127.0.0.1 //p' "$name.tap.out")
}

# serve TAG OPTIONS...: a consumer in the background; sets pid
serve() {
  tag=$1
  shift
  "$programs/rabbitmq_ack" --url "$(url "$port")" --queue "$name" --journal "$name.journal" "$@" \
    >"$name.$tag.out" 2>"$name.$tag.err" &
  pid=$!
}

# Counts, so that a test that was stopped for a while does not run out of time. In vain is also what
# a consumer that has ended will not do.
await() { # what command...
  what=$1
  shift
  turns=0
  until "$@"; do
    turns=$((turns + 1))
    if [ $turns -gt 3000 ] || { [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; }; then
      say_fail "$name" "waited in vain until $what"
      return 1
    fi
    sleep 0.1
  done
}
journal_has() { [ "$(wc -l <"$name.journal")" -ge "$1" ] && [ "$(journal_count)" -ge "$1" ]; }
is_empty() { [ "$(queue count)" = 0 ] && [ "$(waiting)" = 0 ]; }
descriptors() { # pid
  find "/proc/$1/fd" -type l | wc -l
}

ended() { # what pid code
  wait "$2"
  same "$1 exits" "$?" "$3"
  pid=''
}
terminate() { # what pid code
  kill -TERM "$2"
  ended "$@"
}
seen() { # what the tap has counted under this name
  sed -n "s/^$1 //p" "$name.tap.out"
}
sum() { # what the consumers have counted before this word: sum "of them again"
  cat "$name".*.out | sed -n "s/.*[ (]\([0-9][0-9]*\) $1.*/\1/p" |
    { total=0; while read -r one; do total=$((total + one)); done; echo $total; }
}

broken() { # what a consumer has counted
  sed -n 's/^channels: .* broken \([0-9]*\),.*/\1/p' "$1"
}

# What has to hold after everything: published all = processed all, nothing left, nothing early.
prove() { # published bad [least number of frames for runs]
  terminate "the tap, which judges," "$tap" 0
  same "$name: different messages in the journal" "$(journal_count)" "$1"
  same "$name: the largest" "$(sort -n "$name.journal" | tail -n 1)" "$(($1 - 1))"
  same "$name: left in the queue" "$(queue count)" 0
  same "$name: acknowledged before it was processed" "$(seen early)" 0
  same "$name: foreign tags" "$(seen foreign)" 0
  same "$name: refusals" "$(seen refusals)" 0
  at_least "$name: acknowledged" "$(seen acknowledged)" "$1"
  at_least "$name: rejected" "$(seen rejected)" "$2"
  at_least "$name: frames for runs" "$(seen runs)" "${3:-1}"
  queue delete
  echo "ok      $name: $1 messages, $(wc -l <"$name.journal" | tr -d ' ') handled," \
    "$(seen cuts) cuts, $(seen connections) connections, $(seen runs) acks of runs," \
    "$(seen singles) single"
}

# -- Parts; those about what ends in the middle are in test_ends.sh ------------------------------

check_usage() {
  name=usage
  "$programs/rabbitmq_ack" --help >usage.out 2>usage.err
  same "--help exits" $? 0
  said "--help" "^usage: rabbitmq_ack" usage.out
  at_least "--help: lines of a screen that are left" $((24 - $(wc -l <usage.out))) 0
  same "--help: lines that are too wide" "$(awk 'length > 80' usage.out)" ""
  for wrong in "--batch 1000" "--batch 5 --prefetch 5" "--receivers 0" "--receivers x" "--url" \
    "--nonsense" "--wrong-slot 1 --receivers 1" "--wrong-slot 1 --direct 1"; do
    # shellcheck disable=SC2086
    "$programs/rabbitmq_ack" $wrong >usage.out 2>usage.err
    same "$wrong exits" $? 2
    said "$wrong" "^rabbitmq_ack: " usage.err
  done
  for wrong in http://127.0.0.1 amqps://127.0.0.1; do
    "$programs/rabbitmq_ack" --url "$wrong" >usage.out 2>usage.err
    same "$wrong exits" $? 1
    said "$wrong" "amqp://" usage.err
  done
  echo "ok      usage"
}

# fails_to_connect NAME URL MESSAGE: tried, tried again later, given up, and reported at the end.
fails_to_connect() {
  name=$1
  "$programs/rabbitmq_ack" --url "$2" --queue nobody --tries 3 --receivers 2 \
    >errors.out 2>errors.err
  same "$1 exits" $? 1
  said "$1" "receiver [01]: $3.*; again in [0-9]* ms" errors.err
  said "$1" "$3.*; giving up after 3 tries" errors.err
  said "$1" "the last error: $3" errors.err
  said "$1" "acknowledged 0" errors.out
}

check_errors() {
  fails_to_connect "no such host" amqp://nobody.invalid "cannot connect to nobody.invalid port 5672"
  fails_to_connect "nobody there" "$(url 1)" "cannot connect to 127.0.0.1 port 1: .*refused"
  fails_to_connect "wrong password" "$(url "$broker_port" guest:wrong)" \
    "cannot log in as guest at 127.0.0.1: .*403 ACCESS_REFUSED"
  fails_to_connect "wrong vhost" "$(url "$broker_port")nowhere" \
    "cannot log in as guest at 127.0.0.1: .*530 NOT_ALLOWED"
  name=journal
  queue fill 10
  for way in "--batch 400" "--direct 100"; do
    # shellcheck disable=SC2086
    "$programs/rabbitmq_ack" --url "$(url "$broker_port")" --queue "$name" --journal /dev/full \
      $way >errors.out 2>errors.err
    same "a full disk, $way, exits" $? 1
    said "a full disk, $way" "cannot write to the journal" errors.err
    same "a full disk, $way: left in the queue" "$(queue count)" 10
  done
  queue delete
  rm -f errors.out errors.err
  echo "ok      errors: host, port, password, vhost, journal"
}

# Numbers at their limits, and the way without libmpcc that measure compares with.
check_shapes() {
  for shape in "--prefetch 2 --batch 1" "--prefetch 3 --batch 2 --interval 3" \
    "--receivers 9 --handlers 1 --interval 0" "--direct 1" "--direct 100 --prefetch 150"; do
    begin shapes 0
    queue fill 2000 "$bad"
    # shellcheck disable=SC2086
    serve one $shape
    await "all are processed" journal_has 2000
    await "the queue is empty" is_empty
    terminate "rabbitmq_ack $shape" "$pid" 0
    prove 2000 "$bad" 0
  done
}

# What slots are for: with tags in the wrong one the broker closes the channel, or, worse, takes
# the tag for another consumer's message.
check_wrong_slot() {
  begin wrong_slot 0
  queue fill 20000
  serve one --wrong-slot 50 --messages 20000 --work 50
  ended "rabbitmq_ack --wrong-slot" "$pid" 1
  said wrong_slot "406 PRECONDITION_FAILED - unknown delivery tag [0-9]*" wrong_slot.one.err
  terminate "the tap, which judges," "$tap" 1
  at_least "refusals" "$(seen refusals)" 1
  at_least "tags that were foreign, or completed another message" \
    $(($(seen foreign) + $(seen early))) 1
  queue delete
  echo "ok      wrong_slot: $(seen refusals) channels closed by the broker," \
    "$(seen early) messages completed that were not processed;" \
    "$(sed -n 's/.*\(406 .*\);.*/\1/p' wrong_slot.one.err | head -n 1)"
}

# One by one against batches, without the tap, several times in turn; no pass or fail.
check_measure() {
  name=measure
  for round in 1 2 3; do
    for way in "--direct 1" "--direct 100" "--direct 400" "--batch 1" "--batch 100" \
      "--batch 400"; do
      queue fill "$messages"
      # shellcheck disable=SC2086
      "$programs/rabbitmq_ack" --url "$(url "$broker_port")" --queue "$name" \
        --messages "$messages" $way ${MEASURE:-} >measure.out 2>measure.err
      same "$way exits" $? 0
      same "$way: left in the queue" "$(queue count)" 0
      echo "$round  $way: $(sed -n 's/^acknowledged .* s: //p' measure.out)"
      queue delete
    done
  done
}

# shellcheck source=test_ends.sh
. "$here/test_ends.sh"

start_broker() {
  address=$(sh "$server" start "$work/server")
  case $? in
    0) broker_port=${address#* } ;;
    77) echo "$address"; exit 77 ;;
    *) exit 1 ;;
  esac
}

[ $# -gt 0 ] || set -- usage errors deleted silent shapes reconnects cuts restart scale wrong_slot
[ "$*" = usage ] || start_broker
for part; do
  "check_$part"
done
[ $failures -eq 0 ] || { echo "$failures checks failed"; exit 1; }
