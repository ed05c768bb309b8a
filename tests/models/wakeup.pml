/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The wake-up: producers put a slot on the ready list and signal, one loop looks and sleeps
 * (src/event.c, src/ready.c, claim.c "tell the loop", the order of steps in dispatcher.c).
 *
 * Each atomic operation of the library is one step here; what it does between two of them is a
 * step of its own. All that decides is on read-modify-writes of one word, which are totally
 * ordered under any memory model; so interleaving is the whole truth but for what a release
 * carries. A signal without it is the variant SIGNAL_RELAXED: the put may become visible after
 * the signal.
 *
 * Safety:   no state in which the loop waits for its bell and nothing will ring it while items are
 *           left (an invalid end state); never two rings for one sleep.
 * Liveness: served - every item is taken; rests - at last the loop sleeps, and does not spin.
 *
 * Each of these must fail, and check.sh says how:
 *   CONSUME_LATE    the loop consumes the signal after its look
 *   CLEAR_LATE      the slot's flag is cleared after the look at its items
 *   SLEEP_BLIND     the loop sleeps by a store, not by a compare-exchange from AWAKE
 *   SIGNAL_IN_TWO   the signal is a load and a store, not an exchange
 *   SIGNAL_RELAXED  the signal may overtake the put
 *   SILENT_PUT      a putter that finds the flag clear leaves the signal to somebody else
 *   RING_ALWAYS     a signal rings whether or not the loop sleeps
 *   NEVER_SLEEP     the loop looks again instead of sleeping
 */
#define PRODUCERS 2
#define ITEMS 2 /* of each producer */
#define ALL (PRODUCERS * ITEMS)

mtype = { AWAKE, SIGNALLED, ASLEEP };

mtype event = AWAKE;
bool queued;   /* the slot's flag: it is on the list, or will be in a moment */
bool listed;   /* it is on the list */
byte bell;     /* what a ring leaves for the loop to find: an eventfd's count, a pending on_wake */
byte published;
byte taken;
byte gone;     /* producers that have returned from their last push */

inline ring()
{
  assert(bell == 0); /* at most once until the loop has consumed it */
  bell++
}

inline signal(was)
{
#ifdef SIGNAL_IN_TWO
  was = event;
  event = SIGNALLED;
#else
  atomic { was = event; event = SIGNALLED }
#endif
#ifdef RING_ALWAYS
  ring();
#else
  if
  :: was == ASLEEP -> ring()
  :: else
  fi;
#endif
  was = AWAKE
}

inline put_and_signal(old, was)
{
  atomic { old = queued; queued = true }
  if
  :: old /* the look that will clear the flag is still to come, and sees our item */
  :: else ->
#ifdef SIGNAL_RELAXED
    if
    :: listed = true; signal(was)
    :: signal(was); listed = true
    fi
#else
    listed = true;
#ifndef SILENT_PUT
    signal(was)
#endif
#endif
  fi
}

active [PRODUCERS] proctype producer()
{
  byte left = ITEMS;
  bool old;
  mtype was = AWAKE;

  do
  :: left > 0 ->
    published++;
    put_and_signal(old, was);
    left--
  :: else -> break
  od;
  gone++
}

inline look(seen)
{
  atomic { seen = listed; listed = false }
  if
  :: seen ->
#ifndef CLEAR_LATE
    queued = false; /* before the look: who puts after this is on the next list */
#endif
    seen = false;
    taken = published;
#ifdef CLEAR_LATE
    queued = false
#endif
  :: else
  fi
}

active proctype the_loop()
{
  bool seen;

pass:
#ifdef CONSUME_LATE
  look(seen);
  event = AWAKE;
#else
  event = AWAKE; /* an exchange whose old value is only counted */
  look(seen);
#endif
#ifdef NEVER_SLEEP
  goto pass;
#endif
#ifdef SLEEP_BLIND
  event = ASLEEP;
#else
  atomic {
    if
    :: event == AWAKE -> event = ASLEEP
    :: else -> goto pass
    fi
  }
#endif
asleep:
  do
  :: bell > 0 -> bell = 0; goto pass
  :: gone == PRODUCERS && taken == ALL && bell == 0 -> break
#ifdef WAITS_ON
  :: else /* so that a wait without end is a cycle, which a liveness search can find */
#endif
  od;
end:
  false
}

ltl served { <> [] (taken == ALL) }
ltl rests { <> [] (the_loop@asleep || the_loop@end) }
