# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
#
# Part of test.sh: the server goes away in the middle, and comes back with its data.

# Ends the server by ${1} while entries are in the workers' hands, so that acknowledgements fail
# and are tried again; leaves it away until redis_stream has met both, and brings it back.
in_the_middle() {
  end_by=$1
  while :; do
    goal=$(($(grep -c . journal) + 2000))
    append 20000 one two
    : >err.txt
    wait_for "$end_by: the middle" journal_has $goal
    server "$end_by"
    left=$((appended - $(sort -u journal | grep -c .)))
    if [ $left -gt 0 ] && soon has_said 'cannot acknowledge' && soon has_said 'cannot read'; then
      break
    fi
    server start
  done
  wait_for "$end_by: more than one try" has_said 'cannot read'
  server start
}

for end_by in stop kill; do
  rm -rf journal server
  : >journal
  appended=0
  server start
  serve --workers 4 --work 200 --interval 20 --give-up 3600 --reclaim 0 one two
  in_the_middle $end_by
  wait_for "$end_by in the middle" through one two
  end
  all_is_well "$end_by in the middle" one two
  [ "$end_by" = kill ] || processed_once "$end_by in the middle"
  is_true "$end_by in the middle: tries" [ "$(cell 'tries after the first')" -gt 0 ]
  is_true "$end_by in the middle: readers" [ "$(cell 'reading: connections')" -ge 4 ]
  said "$end_by in the middle" 'acknowledging again'
  said "$end_by in the middle" 'reading again'
  same "$end_by in the middle: given up" "$(cell 'acknowledgements given up')" 0
  done_with "a server that ends ($end_by) in the middle: $appended entries, $(grep -c . journal) \
processed, $(cell 'tries after the first') XACKs tried again"
  server stop
done

# Acknowledgements that the server has forgotten, as by a crash that lost its last second: 50
# entries are pending again, for a consumer that is done with them.
rm -rf journal server
appended=0
server start
append 1000 one
redis xgroup create one workers 0 >/dev/null
redis xreadgroup group workers me-1 count 50 streams one '>' >/dev/null
server stop
cp -r server/appendonlydir before
server start
serve --give-up 3600 --timeout 3600000 --reclaim 0 --consumer me one
wait_for "before the loss" through one
server stop
rm -rf server/appendonlydir
cp -r before server/appendonlydir
server start
append 500 one
wait_for "after the loss" through one
end
all_is_well "a server that has forgotten" one
same "a server that has forgotten: again" "$(cell '  again, since')" 100
same "a server that has forgotten: processed" "$(grep -c . journal)" 2500
done_with "a server that comes back as it was before what was acknowledged"
