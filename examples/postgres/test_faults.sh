# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# The part of test.sh, which reads this, about servers that are not there, refuse the login, have
# locked a row or say nothing, and about users who do not want to wait. It needs a server that
# runs, and the helpers of test.sh.
# shellcheck shell=sh disable=SC2154

now_ms() { date +%s%N | sed 's/......$//'; }
good=$connect

# what pattern connection-string: no row is stored, all are rejects, and messages say why
refused() {
  connect=$3
  began=$(now_ms)
  run --table nowhere --rows 1500 --tries 4 --timeout 600000
  took=$(($(now_ms) - began))
  same "$1: exit status" "$rc" 1
  said "$1: at once" "connection 0: .*$2.*; trying again"
  said "$1: given up" "connection 0: given up after 4 tries: .*$2"
  said "$1: at the end" '1500 rows are not stored, as no connection took them: they are in rej'
  same "$1: two messages for each connection" "$(grep -c 'connection [0-3]: ' err.txt)" 8
  same "$1: three more tries for each" "$(cell 'tries after the first')" 12
  is_true "$1: not one after the other ($took ms)" [ $took -ge 170 ] # 50 + 100 + 200, or the half
  same "$1: the reason is among the rejects" "$(grep -c -e "$2" rejects.tsv)" 1500
  same "$1: none was sent" "$(grep -c 'perhaps stored' rejects.tsv)" 0
  adds_up "$1" 1500
  connect=$good
}
sed "1i host all guarded 127.0.0.1/32 scram-sha-256" server/data/pg_hba.conf >hba.txt
cat hba.txt >server/data/pg_hba.conf
ask "SET password_encryption = 'scram-sha-256'; CREATE ROLE guarded LOGIN PASSWORD 'right';
     CREATE ROLE unable LOGIN; SELECT pg_reload_conf()" >reload.txt
can_login() { psql -X -q -c '' "host=127.0.0.1 port=$port user=guarded dbname=postgres $1"; }
wait_for can_login password=right >/dev/null

refused "no such host" 'could not translate host name "no.such.host.invalid"' \
  "host=no.such.host.invalid"
refused "nobody listens" 'port 1 failed: Connection refused' "host=127.0.0.1 port=1"
refused "no such database" 'database "nothing" does not exist' "$good dbname=nothing"
refused "a wrong password" 'password authentication failed for user "guarded"' \
  "$good user=guarded password=wrong"
refused "no password" 'no password supplied' "$good user=guarded"
refused "may not make a table" 'permission denied for schema public' "$good user=unable"
refused "nonsense" 'missing "=" after "nonsense"' "host=127.0.0.1 nonsense"
connect="$good user=guarded password=right"
ask 'GRANT CREATE ON SCHEMA public TO guarded'
run --table guarded --rows 1000
same "the right password: exit status" "$rc" 0
same "no password is said" "$(grep -c right err.txt)" 0
holds_all "the right password" guarded 1000
connect=$good
done_with "connections that cannot be made are tried again, and reported"

# -- A server that comes late --------------------------------------------------------------------

sh "$server" stop server
run_beside --table late --rows 20000 --tries 1000
wait_for has_said 'connection 3: .*refused.*; trying again'
sh "$server" restart server >restart.txt
ended
same "a server that comes late: exit status" "$rc" 0
said "a server that comes late" 'connection 0: is there again, after [0-9]* failures'
holds_all "a server that comes late" late 20000
adds_up "a server that comes late" 20000
done_with "a server that is not there yet is waited for"

# -- Locked --------------------------------------------------------------------------------------

make_table locked
hold locked 777
run_beside --table locked --rows 900 --interval 3600000 --tries 1000 --timeout 2000
wait_for has_rows locked 900 # all but the one, and that of make_table
same "a locked row: the others are there" "$(ask 'SELECT count(*) FROM locked')" 900
let_go
ended
same "a locked row: exit status" "$rc" 0
holds_all "a locked row" locked 900
adds_up "a locked row" 900
done_with "a locked row is waited for, and the others of its batch are not held up"

hold locked 1555
run --table locked --rows 1900 --tries 3 --timeout 20000
let_go
same "locked for long: exit status" "$rc" 1
same "locked for long: which" "$(cut -f 1,3 rejects.tsv)" \
  "1555	canceling statement due to lock timeout"
same "locked for long: the others" \
  "$(ask 'SELECT count(*), bool_and(key <> 1555) FROM locked WHERE key < 900000000')" "1899|t"
adds_up "locked for long" 1900
done_with "a row that stays locked becomes a reject, alone"

make_table many
hold many 21 40
run_beside --table many --rows 500 --interval 3600000 --connections 1 --tries 1000 --timeout 2000
wait_for has_said 'lock timeout.*trying again'
let_go
ended
same "many locked rows: exit status" "$rc" 0
said "many locked rows" 'connection 0: .*lock timeout.*trying again'
holds_all "many locked rows" many 500
adds_up "many locked rows" 500
done_with "where many rows are locked the whole batch is tried again"

# -- Silent --------------------------------------------------------------------------------------

make_table silent
hold silent 2000 # so that it does not end before
run_beside --table silent --rows 2000 --tries 1000 --timeout 400
wait_for has_rows silent 2000
stop_connections
let_go
wait_for has_said 'no answer in time'
let_go_on
ended
same "a silent server: exit status" "$rc" 0
said "a silent server" 'no answer in time; trying again'
is_true "a silent server: libmpcc has cancelled" [ "$(cell 'tries that took too long')" -gt 0 ]
holds_all "a silent server" silent 2000
adds_up "a silent server" 2000
done_with "a connection that says nothing is closed in time, and another one made"

# -- Interrupted ---------------------------------------------------------------------------------

make_table once
run_beside --table once --rows 900000 --batch 100
wait_for has_rows once 1000
kill -s INT "$(cat pid.txt)"
ended
same "one Ctrl-C: exit status" "$rc" 130
said "one Ctrl-C" 'once more drops them'
made=$(cell 'rows made')
is_true "one Ctrl-C: in the middle" [ "$made" -lt 900000 ]
same "one Ctrl-C: all that was made is there" \
  "$(ask 'SELECT count(*) FROM once WHERE key < 900000000')" "$made"
adds_up "one Ctrl-C" "$made"

make_table twice
hold twice 1 # so that there is something to drop
run_beside --table twice --rows 900000 --interval 3600000 --tries 1000 --connections 1
wait_for has_rows twice 400
kill -s TERM "$(cat pid.txt)"
wait_for has_said 'once more drops them'
kill -s INT "$(cat pid.txt)"
ended
let_go
same "two of them: exit status" "$rc" 130
said "two of them" 'dropped [0-9]* rows that were not yet stored: they are in rejects.tsv'
is_true "two of them: the reason" grep -q 'interrupted before it was stored' rejects.tsv
same "two of them: key 1 is a reject" "$(cut -f 1 rejects.tsv | grep -c -x 1)" 1
adds_up "two of them" "$(cell 'rows made')"
done_with "one Ctrl-C stores what was made, a second one drops it"
