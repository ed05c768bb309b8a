/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One batch's life, in the memory of its segment:
 *
 *     QUEUED --form--> IN FLIGHT --finish--> DONE --settle (loop)--> QUEUED, in some later life
 *        '--drop (loop: a discard)---------------------------------------^
 *
 * ${live} is the state: the batch's id while it is in flight, else 0. Whoever swaps the id for 0
 * has answered, and nobody after it: the id holds a generation, so an old one never fits a later
 * life.
 *
 * Orderings:
 *
 *   batch.live       the loop stores the id (release); a finisher swaps it (acq_rel). Carries the
 *                    batch's fields to a finisher that has only the id.
 *   batch.cancelled  set by the loop (release), looked at by the pump (acquire).
 * How the outcome travels back to the loop is ready.h's and event.h's.
 */
#ifndef MPCC__BATCH_H
#define MPCC__BATCH_H

#include <mpcc.h>

#include "ready.h"
#include "segment.h"

struct mpcc__world;

struct mpcc__batch {
  struct mpcc__segment segment; /* first: a batch is found by its segment's number */
  struct mpcc_batch shown;      /* what callbacks see; written by the loop, data by the user */
  struct mpcc__world *world;    /* constant once set */
  _Atomic uint64_t live;
  uint64_t generation;          /* the loop's: lives so far */
  uint64_t started_ns;          /* the loop's */
  uint64_t done_ns;             /* the finisher's until it is settled; 0: take the loop's time */
  int status;                   /* the finisher's until it is settled */
  atomic_bool cancelled;
  struct mpcc__ready_node done;
  struct mpcc__batch *next, *back; /* the loop's: batches of the slot in flight */
};

static inline struct mpcc__batch *mpcc__batch_of(const mpcc_batch_t *shown)
{
  const void *place = (const unsigned char *)shown - offsetof(struct mpcc__batch, shown);

  return (struct mpcc__batch *)(uintptr_t)place;
}

static inline struct mpcc__batch *mpcc__batch_at(const struct mpcc__shelf *shelf, uint32_t number)
{
  return (struct mpcc__batch *)(void *)mpcc__segment_at(shelf, number);
}

/* Loop: make the batch of a taken segment ready to be shown; attempt and id are still 0. */
void mpcc__batch_fill(struct mpcc__batch *batch, struct mpcc__world *world, uint32_t slot,
                      uint32_t count, uint64_t waited_ms);

/* Loop: a new hand-over to the pump. ${number_bits} of the id are the segment's number. */
void mpcc__batch_launch(struct mpcc__batch *batch, unsigned number_bits, int due,
                        uint64_t started_ns);

/* Any thread: give the answer to the hand-over ${id}. False if it was given already. */
bool mpcc__batch_answer(struct mpcc__batch *batch, uint64_t id, int status, uint64_t done_ns);

/* Any thread: the id of a batch in flight, or 0. */
uint64_t mpcc__batch_live(const struct mpcc__batch *batch);

/* Loop: mark it cancelled. False if it was already, or is not in flight. */
bool mpcc__batch_cancel(struct mpcc__batch *batch);

bool mpcc__batch_is_cancelled(const struct mpcc__batch *batch);

/* Loop: its life is over, before the segment goes back. */
void mpcc__batch_end(struct mpcc__batch *batch);

/* Loop: the list of batches of a slot that are in flight. */
void mpcc__batch_list(struct mpcc__batch **list, struct mpcc__batch *batch);
void mpcc__batch_unlist(struct mpcc__batch **list, struct mpcc__batch *batch);

#endif
