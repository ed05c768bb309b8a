/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One batch's life, in the memory of its segment:
 *
 *     QUEUED --form--> IN FLIGHT --answer--> DONE --settle (loop)--> WAITING for another try, or
 *                       ^    |                                        for its next part
 *                       |    '--abandon (loop)--> ABANDONED --late answer--> freed
 *                       '-------------- launch again (loop) ----------- WAITING
 *
 * ${live} is the state: the batch's id while it is in flight, that id with the top bit set when it
 * was abandoned, else 0. Whoever swaps it away has answered, and nobody after it: the id
 * holds a generation, so an old one never fits a later hand-over.
 *
 * Windows. The cells [from, end) of the segment are the batch, [lo, hi) of them the part that is
 * handed over; what stands before lo has its fate, what stands behind hi comes later. A batch that
 * is not split is one part. Splitting is bisection, depth first; the part that comes next follows
 * from its first cell alone (mpcc__batch_next_part), so nothing needs to be remembered. Items that
 * were marked as failed are moved to the back of their part, and are then the part.
 *
 * Orderings:
 *
 *   batch.live       the loop stores the id, or swaps it when it abandons (release); who answers,
 *                    in time or late, swaps it away (acquire). Carries the batch's fields.
 *   batch.cancelled  set by the loop (release), looked at by the pump (acquire).
 * How the outcome travels back to the loop is ready.h's and event.h's.
 */
#ifndef MPCC__BATCH_H
#define MPCC__BATCH_H

#include <mpcc.h>

#include "core.h"
#include "deadlines.h"
#include "owner.h"
#include "ready.h"
#include "segment.h"
#include "sight.h"

struct mpcc__batch {
  struct mpcc__segment segment; /* first: a batch is found by its segment's number */
  struct mpcc_batch shown;      /* what callbacks see; written by the loop, data by the user */
  struct mpcc__core *core;      /* constant once set */
  _Atomic uint64_t live;

  /* The finisher's from the hand-over until it is settled. */
  uint64_t done_ns; /* 0: take the loop's time */
  int status;
  int mark_status;      /* of the first marked item */
  uint32_t marks;       /* marked items */
  uint32_t first_mark;  /* index of the first in the part */
  struct mpcc__ready_node done;

  /* The loop's; the cancelled flag is looked at by the pump. */
  _Atomic uint64_t started_ns; /* with workers 0: none has begun */
  uint64_t generation; /* hand-overs of this segment so far; may come round (batch.c) */
  uint64_t first;      /* the ticket of its first item */
  uint64_t front;      /* of the first one that has no fate yet, or a little less */
  uint32_t from, lo, hi, end;
  uint32_t tries;      /* that the part has */
  atomic_bool cancelled;
  int sealed_for;      /* MPCC_DUE_...: why its segment was sealed in the queue; 0: it was not */
  bool seen;           /* a pump has answered it */
  bool waiting;        /* for another try or its next part: nobody has it */
  bool condemned;      /* discarded: not to be tried again */
  bool marked;         /* the part is what was marked: not to be split */
  bool bypassed;       /* its memory is a spare segment: see bypass.h */
  struct mpcc__batch *next, *back; /* batches of the slot in flight */
  struct mpcc__batch *job_next;    /* waiting for a worker */
  struct mpcc__deadline deadline;
  struct mpcc__sight sight; /* for who looks in; written by the loop */
};

_Static_assert(sizeof(struct mpcc__batch) <= MPCC__SEGMENT_HEAD, "it lies in a segment's head");

static inline struct mpcc__batch *mpcc__batch_of(const mpcc_batch_t *shown)
{
  return MPCC__OWNER(shown, struct mpcc__batch, shown);
}

static inline struct mpcc__batch *mpcc__batch_at(const struct mpcc__shelf *shelf, uint32_t number)
{
  return (struct mpcc__batch *)(void *)mpcc__segment_at(shelf, number);
}

/* -- Loop --------------------------------------------------------------------------------- */

/* Make cells [from, end) a batch; attempt and id are still 0. ${first} is the ticket of the first
 * item. */
void mpcc__batch_form(struct mpcc__batch *batch, struct mpcc__core *core, uint32_t slot,
                      uint32_t from, uint32_t end, uint64_t first);

/* Let [lo, hi) be the part that is shown. */
void mpcc__batch_show(struct mpcc__batch *batch, const struct mpcc__shelf *shelf, uint32_t lo,
                      uint32_t hi);

/* Where the part that begins at batch->hi ends. */
uint32_t mpcc__batch_next_part(const struct mpcc__batch *batch);

/* A new hand-over to the pump. ${number_bits} of the id are the segment's number. */
void mpcc__batch_launch(struct mpcc__batch *batch, unsigned number_bits, uint64_t started_ns);

/* The id that its next hand-over will have. */
uint64_t mpcc__batch_id_next(const struct mpcc__batch *batch, unsigned number_bits);

/* The id of the hand-over before the last one, in which all its items were. */
uint64_t mpcc__batch_id_before(const struct mpcc__batch *batch, unsigned number_bits);

/* Nobody has it until ${until_ms}. */
void mpcc__batch_wait(struct mpcc__batch *batch, uint64_t until_ms);

/* It was not handed over after all. */
void mpcc__batch_withdraw(struct mpcc__batch *batch, unsigned number_bits);

/* Forget the marks. */
void mpcc__batch_clear_marks(struct mpcc__batch *batch);

/* Move the marked items to the back of the part, where they are the part; how many were not. */
uint32_t mpcc__batch_keep_marked(struct mpcc__batch *batch, const struct mpcc__shelf *shelf);

/* Mark it cancelled. False if it was already, or is not in flight. */
bool mpcc__batch_cancel(struct mpcc__batch *batch);

/* Leave it to who has it. False if it is answered. */
bool mpcc__batch_abandon(struct mpcc__batch *batch);

/* The list of a slot's batches in flight, oldest first. */
void mpcc__batch_list(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                      struct mpcc__batch *batch);
void mpcc__batch_unlist(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                        struct mpcc__batch *batch);

/* The same, of the batch between these two, either of which may be NULL. */
void mpcc__batch_unlist_between(struct mpcc__batch **oldest, struct mpcc__batch **newest,
                                struct mpcc__batch *back, struct mpcc__batch *next);

/* -- Any thread ---------------------------------------------------------------------------- */

/* Whether it may be an id at all. */
bool mpcc__batch_is_id(uint64_t id);

/* Give the answer to the hand-over ${id}. False if it was given already. */
bool mpcc__batch_answer(struct mpcc__batch *batch, uint64_t id, int status, uint64_t done_ns);

/* Answer the hand-over ${id} of an abandoned batch. False if it is not abandoned, or was
 * answered. */
bool mpcc__batch_answer_late(struct mpcc__batch *batch, uint64_t id);

/* Whether the hand-over ${id} was abandoned, and is not answered. */
bool mpcc__batch_is_abandoned(const struct mpcc__batch *batch, uint64_t id);

/* The id of a batch in flight or *abandoned; 0 if it is neither. */
uint64_t mpcc__batch_live(const struct mpcc__batch *batch, bool *abandoned);

/* The finisher: mark an item of the part. */
void mpcc__batch_mark(struct mpcc__batch *batch, uint32_t index, int status);

bool mpcc__batch_is_cancelled(const struct mpcc__batch *batch);

#endif
