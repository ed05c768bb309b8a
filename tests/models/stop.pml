/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The stop: producers push and finishers signal while a completion ends the loop and a start makes
 * a new one (src/gate.c, claim.c, dispatcher.c "try_finish", lifecycle.c).
 *
 * The queue is its tail: how many cells were claimed, and whether it is closed. A producer that
 * claims a cell enters the gate before it publishes, and leaves after its signal; a finisher asks
 * the gate. The loop closes the queue, takes every claimed cell once it is published, and finishes
 * only if it can close the gate on nobody. What rings is a handle of the loop: it is there from
 * start to finish, and to ring it afterwards ends the process (uv_async_send on a closed handle).
 *
 * Safety:   nobody rings a loop that is gone; the count inside never goes below nobody; when an
 *           instance has stopped, each accepted item was taken, and none is left; all threads end.
 * Liveness: stops - each completion comes to its end; settled - each accepted item is taken.
 *
 * Each of these must fail, and check.sh says how:
 *   LOOK_THEN_RING  a finisher looks whether the gate is closed instead of counting itself in
 *   ENTER_LATE      a producer publishes before it enters
 *   LEAVE_EARLY     it leaves before its signal
 *   CLOSE_BLIND     the loop closes the gate whoever is inside
 *   TAKE_PUBLISHED  the loop finishes without what is claimed and not yet published
 *   PUSH_BLIND      a producer looks whether the queue is closed, and then claims
 *   OPEN_BY_STORE   a start opens the gate by a store, which forgets who is about to leave it
 *   NO_WAY_BACK     who finds the gate closed forgets to take itself out again
 */
#define PRODUCERS 2
#define LIVES 2

#define CLOSED 1
#define ONE 2

byte gate = CLOSED;
bool loop_there;
bool stop_asked;
byte started; /* lives begun */
byte stopped; /* and ended */

bool queue_closed = true;
byte claimed; /* cells of this life */
byte ready;   /* of these, published */
byte accepted;
byte taken;

inline enter()
{
  gate = gate + ONE
}

inline leave()
{
  atomic { assert(gate >= ONE); gate = gate - ONE }
}

inline ring()
{
  assert(loop_there)
}

inline try_enter(inside)
{
#ifdef LOOK_THEN_RING
  inside = (gate & CLOSED) == 0;
#else
  atomic { inside = (gate & CLOSED) == 0; enter() }
#ifndef NO_WAY_BACK
  if
  :: !inside -> leave()
  :: else
  fi
#endif
#endif
}

/* One push: refused once the queue is closed. It may find any life, or none. */
active [PRODUCERS] proctype producer()
{
  bool refused;

#ifdef PUSH_BLIND
  refused = queue_closed;
  if
  :: !refused -> atomic { claimed++; accepted++ }
  :: else
  fi;
#else
  atomic {
    refused = queue_closed;
    if
    :: !refused -> claimed++; accepted++
    :: else
    fi
  }
#endif
  if
  :: refused
  :: else ->
#ifdef ENTER_LATE
    ready++;
    enter();
#else
    enter(); /* needs not ask: the loop can't finish without our cell */
    ready++;
#endif
#ifdef LEAVE_EARLY
    leave();
    ring()
#else
    ring();
    leave()
#endif
  fi
}

/* Somebody with a batch, a flush, a discard: he comes whenever he likes. */
active proctype finisher()
{
  bool inside;

  try_enter(inside);
  if
  :: inside ->
    ring();
#ifndef LOOK_THEN_RING
    leave()
#endif
  :: else
  fi
}

active proctype owner()
{
  do
  :: started < LIVES ->
    atomic { claimed = 0; ready = 0; stop_asked = false; loop_there = true; started++ }
#ifdef OPEN_BY_STORE
    gate = 0;
#else
    gate = gate & (255 - CLOSED);
#endif
    queue_closed = false;
    /* The completion: it keeps the gate open while it signals. */
    enter();
    stop_asked = true;
    ring();
    leave();
    stopped == started
  :: else -> break
  od;
  assert(taken == accepted);
#ifdef WAITS_ON
  do /* so that the end is a cycle, which a liveness search can find */
  :: stopped == LIVES
  od
#endif
}

inline take(seen)
{
  seen = ready;
  taken = taken + seen;
  ready = ready - seen;
  claimed = claimed - seen;
  seen = 0
}

active proctype the_loop()
{
  byte seen;

  do
  :: started > stopped && stop_asked ->
    queue_closed = true;
    do /* what is claimed will be published: it is waited for */
    :: atomic { ready > 0 -> take(seen) }
    :: atomic {
#ifdef TAKE_PUBLISHED
        ready == 0 -> break
#else
        ready == 0 && claimed == 0 -> break
#endif
      }
    od;
    do /* somebody inside: look again in a moment */
#ifdef CLOSE_BLIND
    :: gate = gate | CLOSED; break
#else
    :: atomic { gate == 0 -> gate = CLOSED; break }
#endif
    od;
    loop_there = false;
    assert(ready == 0 && claimed == 0);
    stopped++
  :: stopped == LIVES -> break
  od
}

ltl stops { <> (stopped == LIVES) }
ltl settled { <> [] (taken == accepted) }
