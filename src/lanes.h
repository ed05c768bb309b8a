/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The producer handles of an instance, and emptying their lanes into the slots.
 *
 * What is in a lane goes into its slot's queue by way of the stage (stage.h), or as a whole
 * segment past that (rows.h), as if any thread had pushed it, but for room, which the push into
 * the lane has taken. So everything behind the queue knows nothing of lanes. Mostly it is the loop
 * that empties; and whoever needs to know what is queued (flush, discard, the closing of a handle)
 * does so first. One at a time: there is a lock; the loop, if it finds it taken, comes again. What
 * comes in by the ingress is emptied with the lanes, in the same way (entrance.h).
 *
 * When the loop looks. A lane that was found empty has its next push call, once, and the push says
 * when that was. From then on the loop looks every LOOK_MS, and when a batch's worth has come,
 * until it finds the lane empty again: a loop that follows each push reads the lines that are being
 * written, and slows it down many times. A lane of many slots that was half full, or more, may
 * become half full before it calls. Without a clock (a manual instance) each step looks; and
 * with an interval shorter than LOOK_MS a lane is let sleep as soon as it is empty. While the loop
 * has slots to serve it looks every LOOK_MS at most: producers must wait for it, not it for them.
 *
 * Stopping. When the instance is closed, and every thread has gone through a barrier since, a lane
 * in which no push is under way will get no more items. What is in it is pushed into the queues
 * before these are closed (drain), or dropped from where it is once they are empty (discard,
 * abandon), which takes no memory.
 *
 * Where every push has something to look after (weights, max_memory) a handle has no lane.
 *
 * Orderings:
 *
 *   lanes.wanted  who must be looked after sets it (release) before it signals, the loop swaps it
 *                 away (acquire). Carries what is in the lane, and since_ms; or who wants on_room.
 */
#ifndef MPCC__LANES_H
#define MPCC__LANES_H

#include "claim.h"
#include "fair_lock.h"
#include "lane.h"
#include "platform.h"
#include "stage.h"

struct mpcc_producer {
  struct mpcc__lane lane; /* first: it starts on a cache line */
  struct mpcc__world *world;
  /* On a line of its own: pushes read what stands before. */
  _Alignas(MPCC__LINE) _Atomic uint64_t since_ms; /* when a push called, by the instance's clock,
                                                     or 0 */

  /* Under the lock. */
  struct mpcc_producer *next;
  bool open;
  bool sleeping;     /* its next push calls */
  uint64_t looked_ms; /* what it has now came after this */
  uint64_t rest_ms;   /* but the first row, if some of it was left: after this; or MPCC__NOW */
};

struct mpcc__lanes {
  uv_mutex_t lock;             /* guards all but the atomics, and the emptiers' side of all lanes */
  uv_mutex_t next;             /* who has it gets the lock next */
  struct mpcc__fair_lock others; /* all but the loop want it first */
  struct mpcc_producer *first;
  struct mpcc__stage *stage;   /* made with the first handle, or with the ingress */
  size_t open_count;
  struct mpcc_producer *aligning; /* was asked for a short row, which has not come yet; or NULL */
  bool dropping;               /* what is left is the loop's: to be dropped */
  atomic_bool used;            /* there is a stage, and were handles, or an ingress; stays true */
  atomic_bool wanted;          /* the loop should look */

  /* The loop's. */
  uint64_t look_ms;            /* when to look at them again */
  uint64_t visited_ms;
  uint32_t misses;             /* in a row: somebody else had the lock */
  bool hurry;                  /* nothing may stay on the stage */
  bool late;                   /* something on the stage is due */
};

enum {
  MPCC__LANES_MISSES = 4,
  MPCC__LANES_LOOK_MS = 2, /* looking again at a lane that grows */
  MPCC__LANES_LOOKS = 3    /* in a row, where lanes are to be left empty, but it must end */
};

static inline bool mpcc__lanes_used(const struct mpcc__lanes *lanes)
{
  /* pairs lanes.wanted: who has pushed into a lane has seen it set. */
  return atomic_load_explicit(&lanes->used, memory_order_acquire);
}

static inline uint64_t mpcc__lanes_clock_ms(const struct mpcc__world *world)
{
  return world->outside.clock_ns != NULL ? world->outside.clock_ns() / 1000000 : 0;
}

/* All but the loop, in turn. The loop only tries to get the lock, and when it has missed it some
 * times it waits, behind one of the others at most: so that it is not kept out by who asks all the
 * time. */
static inline void mpcc__lanes_lock(struct mpcc__lanes *lanes)
{
  mpcc__fair_lock(&lanes->others);
  uv_mutex_lock(&lanes->next);
  uv_mutex_lock(&lanes->lock);
  uv_mutex_unlock(&lanes->next);
}

static inline void mpcc__lanes_unlock(struct mpcc__lanes *lanes)
{
  uv_mutex_unlock(&lanes->lock);
  mpcc__fair_unlock(&lanes->others);
}

/* The loop. */
static inline void mpcc__lanes_enter(struct mpcc__lanes *lanes)
{
  uv_mutex_lock(&lanes->next);
  uv_mutex_lock(&lanes->lock);
  uv_mutex_unlock(&lanes->next);
  lanes->misses = 0;
}

/* False if somebody else has the lock: then again in a moment. */
static inline bool mpcc__lanes_try_lock(struct mpcc__lanes *lanes)
{
  if (uv_mutex_trylock(&lanes->lock) == 0)
    lanes->misses = 0;
  else if (++lanes->misses < MPCC__LANES_MISSES)
    return false;
  else
    mpcc__lanes_enter(lanes);
  return true;
}

static inline void mpcc__lanes_leave(struct mpcc__lanes *lanes)
{
  uv_mutex_unlock(&lanes->lock);
}

/* 0 or MPCC_ENOMEM. */
int mpcc__lanes_open(struct mpcc__world *world);
void mpcc__lanes_close(struct mpcc__world *world);

/* -- Handles: their threads ----------------------------------------------------------------- */

/* 0 or MPCC_ENOMEM. */
int mpcc__lanes_add(struct mpcc__world *world, struct mpcc_producer **made);

/* No push is under way or follows. Its items stay; it is freed when it has none. */
void mpcc__lanes_remove(struct mpcc_producer *producer);

/* A push was to call. 0. */
int mpcc__lanes_call(struct mpcc_producer *producer);

/* A push into ${slot} found no room in its lane, and on_room is owed. */
void mpcc__lanes_owe_room(struct mpcc__world *world, struct mpcc__slot *slot);

/* -- Any thread ----------------------------------------------------------------------------- */

/* Put what all lanes have, and what is staged for ${slot} or MPCC_ALL_SLOTS, into the queues. False
 * if there is not enough memory. Inside the gate. */
bool mpcc__lanes_sweep(struct mpcc__world *world, uint32_t slot);

/* Keep lanes from being emptied, if there are any (else false) until they are let go; and
 * meanwhile: what they hold in one slot, or in MPCC_ALL_SLOTS. */
bool mpcc__lanes_hold(const struct mpcc__world *world);
uint64_t mpcc__lanes_held(const struct mpcc__world *world, uint32_t slot);
void mpcc__lanes_let_go(const struct mpcc__world *world);

/* Let no push into a lane come or go until they are thawed, and take the lock. True if all are
 * empty. */
bool mpcc__lanes_freeze(struct mpcc__world *world);
void mpcc__lanes_thaw(struct mpcc__world *world);

/* Before pushes are let in again: let each lane, which are all empty, call with its next item, and
 * forget since when it had others. */
void mpcc__lanes_reopen(struct mpcc__world *world);

/* Everything that was pushed into the slot so far, and swept; or is being dropped. */
uint64_t mpcc__lanes_ticket(const struct mpcc__world *world, uint32_t slot);

/* Whether lanes, or the stage, are not empty. */
bool mpcc__lanes_hold_items(const struct mpcc__world *world);

/* Whether handles are open, or lanes not empty. */
bool mpcc__lanes_in_use(const struct mpcc__world *world);

/* -- Under the lock ------------------------------------------------------------------------- */

/* Empty all lanes, or one, of what they have now. False if there is not enough memory. After one
 * the stage is to be settled. */
bool mpcc__lanes_empty(struct mpcc__world *world);
bool mpcc__lanes_empty_one(struct mpcc__world *world, struct mpcc_producer *producer,
                           uint64_t now_ms);

/* Take handles that nobody uses any more from the list, and return them; to be freed when the lock
 * is not held. */
struct mpcc_producer *mpcc__lanes_unlink_dead(struct mpcc__lanes *lanes);
void mpcc__lanes_free(struct mpcc__world *world, struct mpcc_producer *dead);

/* When a bit of world.detour keeps pushes out, and all threads have gone through a barrier since:
 * whether no push is under way. */
bool mpcc__lanes_quiet(const struct mpcc__lanes *lanes);

/* -- The loop -------------------------------------------------------------------------------- */

/* In each pass: empty the lanes, and put what is due into the queues. */
void mpcc__lanes_visit(struct mpcc__world *world);

/* In each pass after that, for each slot that the loop has heard of: see stage.h. */
void mpcc__lanes_meet(struct mpcc__world *world, uint32_t slot);

/* The instance is closed: whether nothing more comes, and, with ${dry}, all lanes are empty. Else
 * to be asked again. */
bool mpcc__lanes_stop(struct mpcc__world *world, bool dry);

/* All queues are closed and empty: drop what lanes hold. */
void mpcc__lanes_drop(struct mpcc__world *world);

#endif
