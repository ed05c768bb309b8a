/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A second account of one manual instance: what the header promises, written down so simply that
 * it can be believed. Every item has one fate at any time; a slot is a queue of items and some
 * lots. A lot is what was once formed as a batch: a stack of parts, of which the top one is in the
 * pump's hands, waits for another try, or must be dropped; splitting a part makes two of it.
 *
 * Time is the steps' clock. Where the header leaves a choice, the model holds both ends of it: an
 * item is at most as old as the time of the last step before its push says, and at least as old
 * as the first step that saw it says.
 */
#ifndef MPCC_TESTS_SEEDS_MODEL_H
#define MPCC_TESTS_SEEDS_MODEL_H

#include "counted.h"
#include "verdict.h"

/* Whether all pushes go by way of the ingress: see harness.h. */
#if defined(MPCC_INGRESS_ALWAYS) && MPCC_INGRESS_ALWAYS
enum { SEEDS_INGRESS = 1 };
#else
enum { SEEDS_INGRESS = 0 };
#endif

#define SEEDS_SLOTS 4
#define SEEDS_BATCH 32
#define SEEDS_PARTS 8 /* a batch is halved five times, and each time one more part waits */
#define SEEDS_ITEMS 2048
#define SEEDS_LOTS 96
#define SEEDS_NOTES 1024
#define SEEDS_NOTES_TOLD 40 /* of one seed among many; run alone, it tells all */
#define SEEDS_NEVER UINT64_MAX

enum seeds_fate {
  FATE_NONE, FATE_QUEUED, FATE_HELD, FATE_DELIVERED, FATE_DROPPED, FATE_ORPHANED, FATE_COUNT
};

enum seeds_state { STATE_IDLE, STATE_RUNNING, STATE_COMPLETING, STATE_STOPPED, STATE_GONE };

enum seeds_lot_state {
  LOT_FREE,
  LOT_IN_PUMP, /* the pump has it and has not returned */
  LOT_PENDING, /* the pump answered MPCC_PENDING */
  LOT_WAITS,   /* for another try, or the first try of a part */
  LOT_DROPS,   /* its top part must be dropped next */
  LOT_ORPHAN   /* abandoned, and not yet done */
};

/* What is pushed; the rest of item_size is filled with the seal's last byte. */
struct seeds_item {
  uint32_t index;
  uint32_t slot;
  uint32_t weight;
  uint32_t seal;
};

struct seeds_record {
  enum seeds_fate fate;
  uint32_t slot;
  uint32_t weight;
  uint32_t lot;
  uint64_t step;    /* the step inside which it was pushed, 0: between steps */
  uint64_t seen_ms; /* of the first step after its push, SEEDS_NEVER before that */
};

struct seeds_part {
  uint32_t count;
  uint32_t tries;
  uint32_t tries_cap;
  bool marked; /* what remained of a batch after marks: not split any further */
  bool halve;  /* failed as a whole: its halves come next */
  void *data;  /* what the pump left in batch->data; the first half inherits it */
  uint32_t items[SEEDS_BATCH];
};

struct seeds_lot {
  enum seeds_lot_state state;
  uint32_t slot;
  uint32_t part_count;
  mpcc_batch_t *batch;
  uint64_t id;
  int reason;        /* of the last failure */
  bool canceled_too; /* a discard came before the loop saw the failure: that may be the reason */
  bool condemned;    /* by a discard: no further try */
  bool cancelled;    /* on_cancel has told it in this hand-over */
  uint64_t pumped_ms;
  uint64_t answered_ms; /* the last step's time then */
  uint64_t noticed_ms;  /* of the first step that must know of it, SEEDS_NEVER before that */
  uint64_t delay_ms;    /* before chance, not over the maximum */
  bool marked;          /* any of these */
  int marks[SEEDS_BATCH];
  struct seeds_part parts[SEEDS_PARTS]; /* the last one is the one that runs */
};

struct seeds_slot {
  uint32_t head;
  uint32_t tail;
  uint32_t flushed;   /* queue positions below this one are due at once */
  uint32_t condemned; /* and below this one are to be dropped */
  int refused;        /* 1: on_room must come, 2: it may */
  uint64_t pushed;
  uint64_t rejected;
  uint64_t fates[FATE_COUNT];
  uint32_t queue[SEEDS_ITEMS];
};

struct seeds_note {
  const char *what;
  uint64_t a;
  uint64_t b;
  int64_t answer;
  uint64_t now_ms;
  uint32_t depth;
};

/* How likely things are in this run, each one in so many; 0: never. */
struct seeds_temper {
  uint32_t fails;
  uint32_t marks;
  uint32_t pending;
  uint32_t inside;  /* done inside the pump */
  uint32_t meddles; /* calls from inside callbacks */
  uint32_t discards;
  uint32_t completes;
  uint32_t flushes;
  uint32_t steps;
  uint32_t finishes;
  uint32_t many;
};

struct seeds {
  uint64_t seed;
  uint64_t random;
  const char *program;
  bool alone;
  mpcc_t *mpcc;
  mpcc_options_t options;
  mpcc_allocator_t allocator;
  struct counted memory;
  uint32_t refuse_in;    /* 1 of so many requests is refused; 0: none */
  bool refuse_all;
  bool refused_memory;   /* since the last look */
  struct seeds_temper temper;
  enum seeds_state state;
  int mode;
  void *pump_state;      /* of the last start */
  uint64_t ending;       /* the argument of the callback that will be told; 0: nobody */
  uint64_t endings;      /* arguments used so far */
  bool dropping_idle;    /* inside a mpcc_complete() in IDLE */
  uint32_t depth;        /* of callbacks */
  uint64_t step;         /* the number of the step under way; 0: none */
  uint64_t steps;
  uint64_t now_ms;       /* of the last step */
  uint64_t next_ms;      /* what it asked for */
  uint32_t wakes;        /* since the last step began */
  uint64_t calls;        /* of callbacks */
  uint64_t acts;         /* calls of the library that may have made something due */
  uint64_t acts_before;  /* the last step */
  uint64_t acts_at_rest; /* after the last step that asked for later */
  uint64_t batches[5];   /* by reason; 0: all */
  uint64_t retries;
  uint64_t timeouts;      /* told by on_cancel, for certain */
  uint64_t maybe_timeouts; /* likewise, but a discard may have been the cause */
  uint64_t waited_max;
  uint32_t item_count;
  uint64_t note_count;
  struct seeds_slot slots[SEEDS_SLOTS]; /* from here on cleared by seeds_clear() */
  struct seeds_lot lots[SEEDS_LOTS];
  struct seeds_record items[SEEDS_ITEMS];
  struct seeds_note notes[SEEDS_NOTES];
};

/* Long arrays keep what they had: their counts say how much of them is meant. */
static inline void seeds_clear(struct seeds *seeds)
{
  memset(seeds, 0, offsetof(struct seeds, slots));
  for (int i = 0; i < SEEDS_SLOTS; i++)
    memset(&seeds->slots[i], 0, offsetof(struct seeds_slot, queue));
  for (int i = 0; i < SEEDS_LOTS; i++)
    memset(&seeds->lots[i], 0, offsetof(struct seeds_lot, parts));
}

/* -- What happened, for whoever must understand it ---------------------------------------- */

static inline void seeds_note(struct seeds *seeds, const char *what, uint64_t a, uint64_t b,
                              int64_t answer)
{
  struct seeds_note *note = &seeds->notes[seeds->note_count++ % SEEDS_NOTES];

  note->what = what;
  note->a = a;
  note->b = b;
  note->answer = answer;
  note->now_ms = seeds->now_ms;
  note->depth = seeds->depth;
}

static inline void seeds_tell_options(const struct seeds *seeds)
{
  const mpcc_options_t *options = &seeds->options;

  fprintf(stderr, "  item_size %zu, slots %u, batch %u, concurrency %u, interval %" PRIu64
          ", capacity %zu, max_memory %zu, weight %zu\n  attempts %u, delay %" PRIu64 " up to %"
          PRIu64 ", isolate %d, timeout %" PRIu64 ", memory refused 1 in %u\n", options->item_size,
          options->slot_count, options->batch_size, options->max_concurrency,
          options->push_interval_ms, options->capacity, options->max_memory,
          options->max_batch_weight, options->max_attempts, options->retry_delay_ms,
          options->retry_delay_max_ms, options->isolate_failures, options->pump_timeout_ms,
          seeds->refuse_in);
}

static inline void seeds_tell_notes(const struct seeds *seeds)
{
  uint64_t told = seeds->alone ? SEEDS_NOTES : SEEDS_NOTES_TOLD;
  uint64_t first = seeds->note_count > told ? seeds->note_count - told : 0;

  for (uint64_t i = first; i < seeds->note_count; i++) {
    const struct seeds_note *note = &seeds->notes[i % SEEDS_NOTES];

    fprintf(stderr, "  %4" PRIu64 " at %" PRIu64 ": %*s%s %" PRId64 ", %" PRId64 ": %" PRId64
            " %s\n", i, note->now_ms, (int)note->depth * 2, "", note->what, (int64_t)note->a,
            (int64_t)note->b, note->answer,
            note->answer < -30000 && note->answer > -30013 ? mpcc_err_name((int)note->answer) : "");
  }
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3), noreturn))
#endif
static inline void seeds_fail(const struct seeds *seeds, const char *format, ...)
{
  va_list arguments;

  fflush(stdout);
  fprintf(stderr, "FAILED: seed %" PRIu64 ", after %" PRIu64 " calls: ", seeds->seed,
          seeds->note_count);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  seeds_tell_options(seeds);
  seeds_tell_notes(seeds);
  fprintf(stderr, "Again: %s 1 %" PRIu64 "\n", seeds->program, seeds->seed);
  fflush(stderr);
  _exit(1);
}

static inline void seeds_expect(const struct seeds *seeds, const char *what, int64_t answer,
                                int64_t expected)
{
  if (answer != expected)
    seeds_fail(seeds, "%s: %" PRId64 " (%s) instead of %" PRId64 " (%s)", what, answer,
               mpcc_err_name((int)answer), expected, mpcc_err_name((int)expected));
}

static inline uint64_t seeds_draw(struct seeds *seeds, uint64_t below)
{
  return verdict_draw(&seeds->random, below);
}

#endif /* MPCC_TESTS_SEEDS_MODEL_H */
