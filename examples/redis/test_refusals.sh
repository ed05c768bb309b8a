# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Part of test.sh: hosts that are not there, logins that are refused, with and without an end.

given_up() { # title pattern arguments...: it ends by itself, with the reason
  title=$1
  pattern=$2
  shift 2
  "$program" --give-up 1 --timeout 3600000 "$@" >out.txt 2>err.txt
  same "$title: exit status" $? 1
  said "$title" "cannot read: $pattern.*; trying again"
  said "$title" "given up after 1 s: $pattern"
  same "$title: entries" "$(cell 'entries read')" 0
  is_true "$title: tries are reported" [ "$(cell 'reading: connections')" -ge 2 ]
  is_true "$title: pending is not known" grep -q "unknown ($pattern" out.txt
  done_with "$title: $(sed -n 's/.*given up after/given up after/p' err.txt | head -n 1)"
}

server start --requirepass right
export REDISCLI_AUTH=right
append 1000 one
REDISCLI_AUTH=wrong given_up "a wrong password" "WRONGPASS" --port "$port" one
(
  unset REDISCLI_AUTH
  given_up "no password" "NOAUTH" --port "$port" one
  exit "$failures"
) || failures=$((failures + 1))
given_up "a wrong user" "WRONGPASS" --port "$port" --user nobody one
server stop
given_up "nobody there" "Connection refused" --port "$port" one
given_up "a name that does not exist" "" --host no-such-host.invalid --port "$port" one
server start

# -- What is put right meanwhile ----------------------------------------------------------------

# Through "right" either way: it is this test's password, too.
: >journal
REDISCLI_AUTH=later serve --give-up 3600 one
wait_for "a password that is wrong at first" has_said 'cannot read: WRONGPASS'
redis config set requirepass later >/dev/null
export REDISCLI_AUTH=later
wait_for "a password that is right now" through one
end
all_is_well "a password that is right later" one
done_with "a login that is refused until the password is right"

# Both kinds of connections are refused in the middle, acknowledgements are tried again.
serve --work 100 --interval 5 --give-up 3600 --reclaim 0 one
while :; do
  : >err.txt
  append 5000 one
  wait_for "the middle" journal_has $((appended - 4500))
  redis config set requirepass another >/dev/null
  export REDISCLI_AUTH=another
  redis client kill type normal skipme yes >/dev/null
  soon has_said 'cannot acknowledge' && soon has_said 'cannot read' && break
  redis config set requirepass later >/dev/null
  export REDISCLI_AUTH=later
done
redis config set requirepass later >/dev/null
export REDISCLI_AUTH=later
wait_for "logins that are refused in the middle" through one
end
all_is_well "logins that are refused in the middle" one
is_true "logins that are refused in the middle: tries" [ "$(cell 'tries after the first')" -ge 1 ]
done_with "logins refused in the middle: $(cell 'tries after the first') XACKs tried again"

# -- Acknowledgements that are given up ---------------------------------------------------------

serve --work 100 --interval 5 --give-up 1 --timeout 3600000 --reclaim 0 one
append 5000 one
wait_for "the middle" journal_has $((appended - 4500))
server stop
wait "$pid"
rc=$?
same "acknowledgements given up: exit status" "$rc" 1
said "acknowledgements given up" 'given up after 1 s: Connection refused'
lost=$(($(cell 'acknowledgements given up') + $(cell 'acknowledged ')))
same "acknowledgements given up: all are counted" "$lost" "$(cell 'entries processed')"
server start
export REDISCLI_AUTH=right # it has begun anew
acknowledged one >acked.txt
sort -u journal | cut -d ' ' -f 1,2 >processed.txt
is_true "acknowledged so far" [ -s acked.txt ]
same "acknowledged before processed" "$(comm -23 acked.txt processed.txt | grep -c .)" 0
serve --give-up 3600 --reclaim 0 one
wait_for "what was given up" through one
end
all_is_well "what was given up" one
done_with "what cannot be acknowledged in time is reported, and done by the next run"

# -- A user, and a name with more than one address ----------------------------------------------

redis acl setuser alice on '>pw of alice' '~*' '+@all' >/dev/null
append 1000 one
REDISCLI_AUTH='pw of alice' serve --user alice --host localhost --give-up 3600 one
wait_for "a user" through one
redis client list >clients.txt
is_true "a user: logged in" grep -q 'user=alice' clients.txt
end
all_is_well "a user" one
done_with "a user's login, with a space in the password, on localhost by name"
