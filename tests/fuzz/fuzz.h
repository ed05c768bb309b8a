/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A manual instance that is led by bytes, and a model of it.
 *
 * The model is a table of items and a table of batches. An item is queued until a batch or a drop
 * takes it, and it may be taken only if it is the oldest queued one of its slot and of its channel:
 * channel 0 is what was pushed by mpcc_push() and its kin, every producer handle is one more. A
 * batch that has failed as a whole and is split is a stack of parts, each a range of its items.
 *
 * Where the header leaves a choice (between two handles, between two slots, how soon within half of
 * a delay) the model accepts both; where it does not, one answer is right, and another one ends
 * the process.
 *
 *   fuzz.c       from bytes to options and to calls
 *   books.c      items and batches: what becomes of them
 *   callbacks.c  may this callback come now, with these items?
 *   pushing.c    pushes and handles, with the answers that must come
 *   calls.c      the calls that finish, flush, discard
 *   lives.c      start, complete, step, destroy
 *   rest.c       what must hold when a step asks for nothing more
 *   replay.c     a main() for where libFuzzer is not: stored inputs, or random ones
 */
#ifndef MPCC_TESTS_FUZZ_H
#define MPCC_TESTS_FUZZ_H

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../counted.h"

#define NEVER UINT64_MAX

enum { SLOTS = 3, BATCH = 8, PARTS = 5, HANDLES = 3, ITEMS = 512, LOTS = 64, MANY = 12 };

enum fate { NO_FATE, QUEUED, HELD, DELIVERED, DROPPED, ORPHANED, FATES };

enum life { IDLE, RUNNING, COMPLETING, STOPPED };

enum lot_state {
  LOT_FREE,
  LOT_IN_PUMP, /* the pump has it and has not returned */
  LOT_PENDING, /* it answered MPCC_PENDING */
  LOT_WAITS,   /* for another try, or for the first one of a part */
  LOT_DROPS,   /* its top part must be dropped */
  LOT_ORPHAN   /* abandoned, and not yet done */
};

/* What is pushed; the rest of item_size is the low byte of the seal. */
struct written {
  uint32_t index;
  uint32_t seal;
};

struct item {
  enum fate fate;
  uint32_t slot;
  uint32_t channel;
  uint32_t weight;
  uint32_t lot;
  bool condemned;     /* by a discard: no pump may see it */
  bool flushed;       /* due at once */
  uint64_t step;      /* the step in whose callbacks it was pushed; NEVER: between steps */
  uint64_t pushed_ms; /* of the last step then: it is no older */
  uint64_t seen_ms;   /* of the first step that saw it: it is no younger. NEVER: none yet */
};

struct part {
  uint32_t from; /* in the lot's items */
  uint32_t count;
  uint32_t tries;
  uint32_t tries_cap;
  bool marked; /* what marks have left: not split */
  bool halve;  /* its halves come next, and how long the first one is shows when it comes */
  void *data;
};

struct lot {
  enum lot_state state;
  uint32_t slot;
  mpcc_batch_t *batch;
  uint64_t id;
  int reason;         /* of the last failure */
  bool canceled_too;  /* a discard and the failure met: either may be the reason */
  bool condemned;
  bool cancelled;     /* on_cancel has told it in this hand-over */
  uint64_t pumped_ms;
  uint64_t answered_ms;
  uint64_t noticed_ms; /* of the first step that must know of the answer */
  uint64_t delay_ms;   /* before chance */
  uint32_t part_count; /* the last one is the one that runs */
  int marks[BATCH];
  struct part parts[PARTS];
  uint32_t items[BATCH];
};

struct slot {
  int refused; /* 1: on_room must come, 2: it may */
  bool cut;    /* by a discard: from then on an item may count as old as one that is gone */
  bool by_push, by_handle; /* both: what a handle held may be parted, and the rest counts as old */
  uint64_t pushed;
  uint64_t rejected;
  uint64_t fates[FATES];
};

struct handle {
  mpcc_producer_t *producer; /* NULL: closed */
  uint32_t channel;
  uint32_t fresh; /* items that nobody can have taken out of it since */
};

struct fuzz {
  const uint8_t *bytes;
  size_t left;
  bool traced;

  mpcc_t *mpcc;
  mpcc_options_t options;
  mpcc_allocator_t allocator;
  struct counted memory;
  uint32_t refuse_in;   /* the request after so many is refused; 0: none */
  bool refuse_on;       /* and all after it */
  bool refused;         /* since the call began */
  bool refused_ever;
  uint64_t short_until; /* memory was refused: until then the loop may not have tried again */

  enum life life;
  int mode;
  void *state;        /* of the last start */
  uint64_t ending;    /* the argument of the callback that will be told; 0: nobody */
  uint64_t endings;
  bool idle_end;      /* inside a mpcc_complete() in IDLE */
  uint32_t depth;     /* of callbacks */
  uint64_t step;      /* under way, NEVER: none */
  uint64_t steps;
  uint64_t now_ms;
  uint64_t next_ms;
  uint32_t wakes;     /* since the last step began */
  uint64_t calls;     /* of callbacks */
  uint64_t acts;      /* calls that may have made something due */
  uint64_t acts_seen; /* of these, before the last step */
  uint64_t settled_acts; /* after the last step that asked for later */

  uint64_t batches[5]; /* by reason; 0: all */
  uint64_t retries;
  uint64_t timeouts;
  uint64_t maybe_timeouts;
  uint64_t waited_max;
  uint32_t channels;
  uint32_t item_count;
  struct slot slots[SLOTS];
  struct handle handles[HANDLES];
  struct item items[ITEMS];
  struct lot lots[LOTS];
};

extern struct fuzz fuzz; /* the one that runs */

/* -- Bytes, and words -------------------------------------------------------------------------- */

/* The next byte; 0 when there are none. */
uint32_t fuzz_byte(void);

/* One of ${count}. */
static inline uint32_t fuzz_of(uint32_t count)
{
  return fuzz_byte() % count;
}

#if defined(__GNUC__)
#define FUZZ_PRINTF __attribute__((format(printf, 1, 2)))
#define FUZZ_NORETURN __attribute__((noreturn))
#else
#define FUZZ_PRINTF
#define FUZZ_NORETURN
#endif

/* Says what is wrong and aborts, so that libFuzzer keeps the input. */
FUZZ_PRINTF FUZZ_NORETURN void fuzz_fail(const char *format, ...);

/* One line of what happens, with MPCC_FUZZ_TRACE in the environment. */
FUZZ_PRINTF void fuzz_trace(const char *format, ...);

void fuzz_expect(const char *what, int64_t answer, int64_t expected);
void fuzz_same(const char *what, uint64_t told, uint64_t counted);

/* ${time_ms} + ${by_ms}, or NEVER. */
static inline uint64_t fuzz_later(uint64_t time_ms, uint64_t by_ms)
{
  return time_ms > NEVER - by_ms ? NEVER : time_ms + by_ms;
}

static inline uint64_t fuzz_sooner(uint64_t a_ms, uint64_t b_ms)
{
  return a_ms < b_ms ? a_ms : b_ms;
}

/* -- books.c ----------------------------------------------------------------------------------- */

uint32_t fuzz_seal(uint32_t index);
void fuzz_move(uint32_t index, enum fate from, enum fate to);
uint32_t fuzz_queued(uint32_t slot);
uint64_t fuzz_queued_weight(uint32_t slot);
bool fuzz_is_queued(uint32_t index, uint32_t slot);

/* Whether a handle is a lane of its own. */
bool fuzz_has_lanes(void);

/* The oldest queued item of a slot in a channel; ITEMS if there is none. */
uint32_t fuzz_oldest(uint32_t slot, uint32_t channel);

/* Reads item ${at} of a batch: it is one that was pushed into this slot. */
uint32_t fuzz_read(const mpcc_batch_t *batch, size_t at);

static inline struct part *fuzz_top(struct lot *lot)
{
  return &lot->parts[lot->part_count - 1];
}

static inline bool fuzz_active(const struct lot *lot)
{
  return lot->state != LOT_FREE && lot->state != LOT_ORPHAN;
}

static inline bool fuzz_in_flight(const struct lot *lot)
{
  return lot->state == LOT_IN_PUMP || lot->state == LOT_PENDING;
}

uint32_t fuzz_places_taken(uint32_t slot);
bool fuzz_has_place(uint32_t slot);

/* A batch cut by weight leaves the rest in its memory; without other memory its slot waits. */
bool fuzz_scarce(void);

struct lot *fuzz_open_lot(uint32_t slot);
void fuzz_halve(struct lot *lot, uint32_t first);
void fuzz_next_part(struct lot *lot);
void fuzz_remove_part(struct lot *lot, uint32_t at);
void fuzz_answered(struct lot *lot, int status);
void fuzz_orphan(struct lot *lot);
void fuzz_condemn(uint32_t slot);

/* -- callbacks.c ------------------------------------------------------------------------------- */

int fuzz_pump(mpcc_batch_t *batch, void *state);
void fuzz_on_drop(const mpcc_batch_t *batch, int reason, void *state);
void fuzz_on_cancel(mpcc_batch_t *batch, void *state);
void fuzz_on_room(mpcc_t *mpcc, uint32_t slot, void *state);
void fuzz_on_complete(mpcc_t *mpcc, int status, void *arg);
void fuzz_on_wake(mpcc_t *mpcc, void *arg);
size_t fuzz_weigh(const void *item, void *arg);
void fuzz_ended(void);

/* -- pushing.c, calls.c, lives.c --------------------------------------------------------------- */

void fuzz_push(void);
void fuzz_push_wait(void);
void fuzz_handle_push(void);
void fuzz_handle_open_or_close(void);
void fuzz_handles_looked_into(void);

int fuzz_status(void);
void fuzz_mark(struct lot *lot);
void fuzz_finish(struct lot *lot, int status, bool by_id);
void fuzz_finish_some(void);
void fuzz_finish_stale(void);
void fuzz_flush(void);
void fuzz_flush_ask(void);
void fuzz_discard(void);

void fuzz_create(void);
void fuzz_start(void);
void fuzz_complete(int mode, bool told);
void fuzz_ask_wait(void);
void fuzz_misuse(void);
void fuzz_step(uint64_t time_ms);
void fuzz_ask_destroy(void);

/* A call that may be made inside callbacks. */
void fuzz_meddle(void);

/* -- rest.c ------------------------------------------------------------------------------------ */

void fuzz_check_numbers(void);
void fuzz_check_awake(void);
void fuzz_check_rest(void);

#endif
