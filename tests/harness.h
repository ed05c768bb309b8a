/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A rig: one instance with callbacks that write down every call they get, so that a test is
 * a line of pushes and steps and then a line of what must have happened.
 *
 * Items are uint64_t by default. The callbacks never assert (an assertion would jump out of the
 * library); what a hook learns inside one goes into rig->got and is asserted afterwards.
 * The log is written on the loop's thread: read it in manual instances at any time, with a real
 * loop after rig_await_calls() or after mpcc_wait() returned 0.
 */
#ifndef MPCC_TESTS_HARNESS_H
#define MPCC_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mpcc.h"

enum call_kind { CALL_PUMP = 1, CALL_DROP, CALL_CANCEL, CALL_COMPLETE };

/* One call of one callback. */
typedef struct call {
  enum call_kind kind;
  mpcc_batch_t *batch; /* only good while the batch is in flight */
  uint32_t slot;
  uint32_t attempt;
  size_t count;
  size_t first; /* index of its first item in rig->items */
  uint64_t id;
  int due;
  uint64_t waited_ms;
  void *data;
  void *state; /* what the callback got; of CALL_COMPLETE its arg */
  int reason;  /* of CALL_DROP; of CALL_COMPLETE its status */
} call_t;

typedef struct rig rig_t;
struct rig {
  mpcc_t *mpcc; /* set it to NULL after destroying it by hand */
  bool manual;
  bool on_user_loop; /* whoever tests such a rig runs its loop until it has stopped */
  size_t item_size;
  uint64_t now_ms;  /* of the last rig_step() */
  uint64_t next_ms; /* what that step asked for */

  int answer; /* what the pump returns when there is no hook */
  int (*on_pump)(rig_t *rig, mpcc_batch_t *batch);
  void (*on_drop)(rig_t *rig, const mpcc_batch_t *batch, int reason);
  void (*on_cancel)(rig_t *rig, mpcc_batch_t *batch);
  void (*on_complete)(rig_t *rig, mpcc_t *mpcc);
  int got[16];    /* results that hooks bring home */
  size_t got_count;
  void *hook_arg; /* for hooks */

  call_t *calls;
  uint64_t *items; /* what the calls carried, one after the other; for items of 8 bytes only */
  size_t calls_room;
  size_t items_room;
  size_t item_count;
  atomic_size_t call_count;
  atomic_uint wakes; /* calls of on_wake */
  bool forgot; /* rig_forget() was called: the log is no longer whole */
};

/* Defaults of most tests: manual, items of 8 bytes, no interval. */
void rig_options(mpcc_options_t *options, uint32_t batch_size);

/* Create an instance; on_drop, on_cancel and (manual) on_wake of ${options} become the rig's. */
rig_t *rig_open(mpcc_options_t *options);

/* rig_open() of rig_options() with this interval, then started. */
rig_t *rig_run(uint32_t batch_size, uint64_t interval_ms);

void rig_start(rig_t *rig);
void rig_push(rig_t *rig, uint32_t slot, uint64_t first, size_t count);
void rig_step(rig_t *rig, uint64_t now_ms);
int rig_complete(rig_t *rig, int mode);
size_t rig_calls(const rig_t *rig);
size_t rig_count(const rig_t *rig, enum call_kind kind);
void rig_keep(rig_t *rig, int result);
int rig_done(rig_t *rig, size_t call, int status);

/* What a test asks is the interval itself, or what the loop does between two wake-ups: in a build
   without ticks (tests/legs/no_timer.sh) there is no answer. */
#if defined(MPCC_NO_TICK) && MPCC_NO_TICK
#define needs_ticks() skip()
#define RIG_TICKS 0
#else
#define needs_ticks() ((void)0)
#define RIG_TICKS 1
#endif

/* In a build in which all pushes go by way of the ingress (tests/legs/ingress.sh) an item that has
   come in is still to be sorted: that may take memory, the loop is to be woken for it, as it can't
   know its slot, and a thread that is stopped before it has drawn a number delays nobody. */
#if defined(MPCC_INGRESS_ALWAYS) && MPCC_INGRESS_ALWAYS
#define needs_queues() skip()
#define RIG_INGRESS 1
#else
#define needs_queues() ((void)0)
#define RIG_INGRESS 0
#endif

/* Forget what was logged so far. */
void rig_forget(rig_t *rig);

/* Wait, with a real loop, until that many calls were logged; false after a long time. */
bool rig_await_calls(const rig_t *rig, size_t count);

/* Discard, check that every item has exactly one fate, destroy. Batches in flight are finished
   here in manual instances only; an instance on a user's loop must have stopped. */
void rig_close(rig_t *rig);

/* The callbacks themselves, for tests that start or complete by hand; state and arg are the rig. */
int rig_on_pump(mpcc_batch_t *batch, void *state);
void rig_on_complete(mpcc_t *mpcc, int status, void *arg);

void rig_check_batch(const rig_t *rig, size_t index, uint32_t slot, uint64_t first, size_t count,
                     int due, const char *file, int line);
void rig_check_drop(const rig_t *rig, size_t index, uint32_t slot, uint64_t first, size_t count,
                    int reason, const char *file, int line);

void rig_check_fates(const rig_t *rig, uint64_t delivered, uint64_t dropped, uint64_t in_flight,
                     const char *file, int line);

/* So many items delivered and dropped, so many batches in flight. */
#define assert_fates(rig, delivered, dropped, in_flight) \
  rig_check_fates(rig, delivered, dropped, in_flight, __FILE__, __LINE__)

/* Call ${index} was the pump's, with items first, first + 1, ... */
#define assert_batch(rig, index, slot, first, count, due) \
  rig_check_batch(rig, index, slot, first, count, due, __FILE__, __LINE__)

/* Call ${index} was on_drop's, with items first, first + 1, ... */
#define assert_drop(rig, index, slot, first, count, reason) \
  rig_check_drop(rig, index, slot, first, count, reason, __FILE__, __LINE__)

#endif
