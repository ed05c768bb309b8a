/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Where items that come out of lanes and the ingress wait, sorted by slot, until they go into the
 * slots' queues: in plain memory, under the lanes' lock. So an item costs a copy and no locked
 * instruction, and a slot's queue is touched once for all of them.
 *
 * What a slot has here stands in a row: in a block, and when that is full in a segment of the pool,
 * which becomes a part of the slot's queue as it is. It goes there when it is a full batch, when it
 * is due, and when somebody wants to know what is queued. Of a slot at rest, what is due and is in
 * a block goes past the queue (bypass.h).
 *
 * Items may stay here beyond the round that has brought them only where no batch would be full with
 * them and what is in the queue together: in an unbounded instance, if the queue's last segment has
 * no free cell and batches begin where segments do. All others are put into the queue when the
 * round is over. The loop looks again whenever it hears of a slot (mpcc__stage_must_go).
 */
#ifndef MPCC__STAGE_H
#define MPCC__STAGE_H

#include "blocks.h"
#include "claim.h"

enum { MPCC__STAGE_NOWHERE, MPCC__STAGE_BLOCK, MPCC__STAGE_SEGMENT, MPCC__STAGE_PLACES };

/* What one slot has here. */
struct mpcc__staged {
  unsigned char *items;   /* in a block or a segment; NULL: none */
  uint64_t since_ms;      /* of the oldest one */
  _Atomic uint32_t count; /* under the lock; the loop may peek */
  uint8_t where;          /* MPCC__STAGE_... */
  bool stays;             /* in the list of those that stay */
  uint32_t next, back;    /* in a list, as slot numbers + 1; 0 ends it */
};

struct mpcc__stage_list {
  uint32_t first, last;
};

struct mpcc__stage {
  struct mpcc__world *world;
  struct mpcc__blocks blocks;
  uint32_t room[MPCC__STAGE_PLACES]; /* items that it takes */
  bool may_stay;                   /* the instance is unbounded */
  bool by_loop;                    /* who has the lock is the loop: only then anything may stay */
  struct mpcc__stage_list due;     /* those that stay, oldest first, or nearly */
  uint32_t recent;                 /* the last one put among them, or one before it; or 0 */
  struct mpcc__stage_list passing; /* those that must go when the round is over */
  struct mpcc__staged table[];     /* by slot */
};

static inline uint32_t mpcc__staged_count(const struct mpcc__staged *staged)
{
  /* relaxed: under the lock; or a peek of the loop, for which what it has put there is enough. */
  return atomic_load_explicit(&staged->count, memory_order_relaxed);
}

/* The loop, without the lock, too: whether items of the slot may not stay here any more. */
bool mpcc__stage_must_go(const struct mpcc__stage *stage, uint32_t slot);

/* NULL when memory is refused, or no size_t holds it. */
struct mpcc__stage *mpcc__stage_new(struct mpcc__world *world);

/* Nothing is staged. */
void mpcc__stage_free(struct mpcc__stage *stage);

/* -- Under the lanes' lock, inside the gate or on the loop ----------------------------------- */

/**
 * Stage ${count} items, the i-th for slots[i], as of ${since_ms} by the instance's clock or
 * MPCC__NOW. How many were staged: not all if memory was refused. The loop must be told to look at
 * its ready list.
 */
size_t mpcc__stage_put(struct mpcc__stage *stage, const unsigned char *items,
                       const uint32_t *slots, size_t count, uint64_t since_ms);

/* The same for items of one slot. */
size_t mpcc__stage_put_row(struct mpcc__stage *stage, uint32_t slot, const unsigned char *items,
                           size_t count, uint64_t since_ms);

/* Whether a segment that is full of items of the slot may go into its queue as it is, past the
 * stage; and let it. False if it has not gone: then it is the caller's still. */
bool mpcc__stage_may_bring(const struct mpcc__stage *stage, uint32_t slot);
bool mpcc__stage_bring(const struct mpcc__stage *stage, uint32_t slot, uint32_t number,
                       uint64_t since_ms);

/* What may not go past it because batches end elsewhere could if so many items came before: those
 * that the last batch, in the queue and here, is short of. 0 if that would not help, or none is. */
uint32_t mpcc__stage_missing(const struct mpcc__stage *stage, uint32_t slot);

/* The round is over. False if memory was refused: then what must go still stands here. */
bool mpcc__stage_settle(struct mpcc__stage *stage);

/* Put what one slot, or MPCC_ALL_SLOTS, has here into the queues. False if memory was refused. */
bool mpcc__stage_clear(struct mpcc__stage *stage, uint32_t slot);

/* Put what is due into the queues, of ${most} slots, or past them (bypass.h) while there is room in
 * that line. When the next is due: a time not after ${now_ms} if some still is. */
uint64_t mpcc__stage_expire(struct mpcc__stage *stage, uint64_t now_ms, uint32_t most);

/* Whether no more than so many slots have items here. */
bool mpcc__stage_is_short(const struct mpcc__stage *stage, uint32_t slots);

/* Items of one slot, or of MPCC_ALL_SLOTS. */
uint64_t mpcc__stage_count(const struct mpcc__stage *stage, uint32_t slot);

/* A slot that has items here, or MPCC_ALL_SLOTS if there is none. */
uint32_t mpcc__stage_any(const struct mpcc__stage *stage);

/* Take the items of a slot, which has some, from the stage; then give back their memory. */
struct mpcc__staged mpcc__stage_take(struct mpcc__stage *stage, uint32_t slot);
void mpcc__stage_give(struct mpcc__stage *stage, const struct mpcc__staged *taken);

#endif
