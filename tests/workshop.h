/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A workshop: an instance whose pumps run on workers, with a log that many threads may write.
 *
 * Items are numbers below SHOP_ITEMS, each pushed once. What a pump does is ${work}, or it answers
 * ${answer}; shop_hold() keeps it inside until the test opens the door. Callbacks never assert.
 * shop_close() checks that every item has one fate, by the library's counters and by the log.
 */
#ifndef MPCC_TESTS_WORKSHOP_H
#define MPCC_TESTS_WORKSHOP_H

#include "harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "crew.h"

enum { SHOP_ITEMS = 1 << 16, SHOP_SLOTS = 8, SHOP_NOTES = 1 << 16 };

/* One call of one callback. */
typedef struct shop_note {
  enum call_kind kind;
  pthread_t thread;
  mpcc_batch_t *batch; /* only good while the batch is in flight */
  uint32_t slot;
  uint32_t attempt;
  size_t count;
  uint64_t first; /* item */
  uint64_t id;
  void *data;
  int reason;     /* of CALL_DROP; of CALL_COMPLETE its status */
  bool cancelled; /* of CALL_PUMP: mpcc_batch_cancelled() at its beginning */
} shop_note_t;

typedef struct shop shop_t;
struct shop {
  mpcc_t *mpcc; /* NULL once it was destroyed by hand */
  int answer;
  int (*work)(shop_t *shop, mpcc_batch_t *batch);
  void (*on_cancel)(shop_t *shop, mpcc_batch_t *batch);
  void *arg; /* for these two */
  pthread_mutex_t mutex;
  pthread_cond_t moved;
  bool open;              /* this and below; guard: mutex */
  unsigned inside;        /* pumps that have been called and have not returned */
  unsigned inside_peak;
  unsigned inside_slot[SHOP_SLOTS];
  unsigned inside_slot_peak[SHOP_SLOTS];
  size_t counts[CALL_COMPLETE + 1];
  int got[16];            /* results that ${work} brings home */
  size_t got_count;
  unsigned char pumped[SHOP_ITEMS]; /* times a pump was shown the item, up to 255 */
  unsigned char dropped[SHOP_ITEMS];
  size_t note_count;
  shop_note_t notes[SHOP_NOTES];
};

static inline void shop_nap_ms(long ms)
{
  struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&nap, NULL);
}

/* Guard: mutex. */
static inline void shop_note(shop_t *shop, enum call_kind kind, const mpcc_batch_t *batch,
                             int reason, bool cancelled)
{
  if (shop->note_count == SHOP_NOTES)
    abort();
  shop_note_t *note = &shop->notes[shop->note_count++];
  *note = (shop_note_t){.kind = kind, .thread = pthread_self(), .reason = reason,
                        .cancelled = cancelled};
  shop->counts[kind]++;
  if (batch == NULL)
    return;
  const uint64_t *items = batch->items;
  note->slot = batch->slot;
  note->attempt = batch->attempt;
  note->count = batch->count;
  note->first = items[0];
  note->id = batch->id;
  note->data = batch->data;
  for (size_t i = 0; i < batch->count; i++) {
    unsigned char *seen = kind == CALL_DROP ? shop->dropped : shop->pumped;
    if (items[i] >= SHOP_ITEMS)
      abort();
    if (kind != CALL_CANCEL && seen[items[i]] < 255)
      seen[items[i]]++;
  }
}

static inline void shop_count_in(shop_t *shop, uint32_t slot)
{
  shop->inside++;
  shop->inside_slot[slot]++;
  if (shop->inside > shop->inside_peak)
    shop->inside_peak = shop->inside;
  if (shop->inside_slot[slot] > shop->inside_slot_peak[slot])
    shop->inside_slot_peak[slot] = shop->inside_slot[slot];
}

static inline int shop_on_pump(mpcc_batch_t *batch, void *state)
{
  shop_t *shop = state;
  uint32_t slot = batch->slot; /* the batch may be done before this returns */
  bool cancelled = mpcc_batch_cancelled(batch);

  pthread_mutex_lock(&shop->mutex);
  shop_note(shop, CALL_PUMP, batch, 0, cancelled);
  shop->notes[shop->note_count - 1].batch = batch;
  shop_count_in(shop, slot);
  pthread_mutex_unlock(&shop->mutex);
  int status = shop->work != NULL ? shop->work(shop, batch) : shop->answer;
  pthread_mutex_lock(&shop->mutex);
  shop->inside--;
  shop->inside_slot[slot]--;
  pthread_mutex_unlock(&shop->mutex);
  return status;
}

/* Whatever is dropped in IDLE comes without the state of a start. */
static shop_t *shop_of_idle_drops;

static inline void shop_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  shop_t *shop = state != NULL ? state : shop_of_idle_drops;
  pthread_mutex_lock(&shop->mutex);
  shop_note(shop, CALL_DROP, batch, reason, false);
  pthread_mutex_unlock(&shop->mutex);
}

static inline void shop_on_cancel(mpcc_batch_t *batch, void *state)
{
  shop_t *shop = state;
  pthread_mutex_lock(&shop->mutex);
  shop_note(shop, CALL_CANCEL, batch, 0, true);
  pthread_mutex_unlock(&shop->mutex);
  if (shop->on_cancel != NULL)
    shop->on_cancel(shop, batch);
}

static inline void shop_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  shop_t *shop = arg;
  (void)mpcc;
  pthread_mutex_lock(&shop->mutex);
  shop_note(shop, CALL_COMPLETE, NULL, status, false);
  pthread_mutex_unlock(&shop->mutex);
}

/* Defaults of most tests: own loop, no interval, SHOP_SLOTS slots. */
static inline void shop_options(mpcc_options_t *options, uint32_t batch_size,
                                uint32_t worker_count)
{
  rig_options(options, batch_size);
  options->manual = false;
  options->slot_count = SHOP_SLOTS;
  options->pump_on = MPCC_PUMP_ON_WORKER;
  options->worker_count = worker_count;
  options->on_drop = shop_on_drop;
  options->on_cancel = shop_on_cancel;
}

static inline shop_t *shop_open(const mpcc_options_t *options)
{
  shop_t *shop = calloc(1, sizeof(*shop));
  assert_non_null(shop);
  pthread_mutex_init(&shop->mutex, NULL);
  pthread_cond_init(&shop->moved, NULL);
  shop_of_idle_drops = shop;
  assert_int_equal(mpcc_create(&shop->mpcc, options), 0);
  return shop;
}

static inline void shop_start(shop_t *shop)
{
  assert_int_equal(mpcc_start(shop->mpcc, shop_on_pump, shop), 0);
}

/* shop_open() of shop_options(), started. */
static inline shop_t *shop_run(uint32_t batch_size, uint32_t worker_count)
{
  mpcc_options_t options;
  shop_options(&options, batch_size, worker_count);
  shop_t *shop = shop_open(&options);
  shop_start(shop);
  return shop;
}

static inline void shop_push(shop_t *shop, uint32_t slot, uint64_t first, size_t count)
{
  for (uint64_t item = first; item < first + count; item++)
    assert_int_equal(mpcc_push(shop->mpcc, &item, slot), 0);
}

/* -- Inside ${work} ----------------------------------------------------------------------- */

static inline void shop_hold(shop_t *shop)
{
  pthread_mutex_lock(&shop->mutex);
  while (!shop->open)
    pthread_cond_wait(&shop->moved, &shop->mutex);
  pthread_mutex_unlock(&shop->mutex);
}

static inline void shop_keep(shop_t *shop, int result)
{
  pthread_mutex_lock(&shop->mutex);
  if (shop->got_count < sizeof(shop->got) / sizeof(shop->got[0]))
    shop->got[shop->got_count] = result;
  shop->got_count++;
  pthread_mutex_unlock(&shop->mutex);
}

/* The commonest ${work}. */
static inline int shop_hold_and_answer(shop_t *shop, mpcc_batch_t *batch)
{
  (void)batch;
  shop_hold(shop);
  return shop->answer;
}

/* -- The test's own thread ---------------------------------------------------------------- */

static inline void shop_door(shop_t *shop, bool open)
{
  pthread_mutex_lock(&shop->mutex);
  shop->open = open;
  pthread_cond_broadcast(&shop->moved);
  pthread_mutex_unlock(&shop->mutex);
}

static inline size_t shop_count(shop_t *shop, enum call_kind kind)
{
  pthread_mutex_lock(&shop->mutex);
  size_t count = shop->counts[kind];
  pthread_mutex_unlock(&shop->mutex);
  return count;
}

static inline unsigned shop_inside(shop_t *shop)
{
  pthread_mutex_lock(&shop->mutex);
  unsigned inside = shop->inside;
  pthread_mutex_unlock(&shop->mutex);
  return inside;
}

/* The ${nth} call of its kind, from 0. What is in the log stays as it is. */
static inline const shop_note_t *shop_nth(shop_t *shop, enum call_kind kind, size_t nth)
{
  const shop_note_t *found = NULL;
  pthread_mutex_lock(&shop->mutex);
  for (size_t i = 0; i < shop->note_count && found == NULL; i++)
    if (shop->notes[i].kind == kind && nth-- == 0)
      found = &shop->notes[i];
  pthread_mutex_unlock(&shop->mutex);
  assert_non_null(found);
  return found;
}

struct shop_wish {
  shop_t *shop;
  enum call_kind kind;
  size_t count;
};

static inline bool shop_calls_came(void *arg)
{
  struct shop_wish *wish = arg;
  return shop_count(wish->shop, wish->kind) >= wish->count;
}

static inline void shop_await(shop_t *shop, enum call_kind kind, size_t count)
{
  struct shop_wish wish = {shop, kind, count};
  assert_true(crew_await(shop_calls_came, &wish));
}

static inline bool shop_is_as_full(void *arg)
{
  struct shop_wish *wish = arg;
  return shop_inside(wish->shop) == wish->count;
}

static inline void shop_await_inside(shop_t *shop, unsigned count)
{
  struct shop_wish wish = {shop, CALL_PUMP, count};
  assert_true(crew_await(shop_is_as_full, &wish));
}

static inline mpcc_stats_t shop_stats(const shop_t *shop)
{
  mpcc_stats_t stats;
  assert_int_equal(mpcc_stats(shop->mpcc, &stats), 0);
  return stats;
}

static inline bool shop_has_delivered_as_much(void *arg)
{
  struct shop_wish *wish = arg;
  return shop_stats(wish->shop).delivered >= wish->count;
}

static inline void shop_await_delivered(shop_t *shop, size_t items)
{
  struct shop_wish wish = {shop, CALL_PUMP, items};
  assert_true(crew_await(shop_has_delivered_as_much, &wish));
}

static inline void shop_complete(shop_t *shop, int mode)
{
  assert_int_equal(mpcc_complete(shop->mpcc, mode, shop_on_complete, shop), 0);
}

static inline void shop_drain(shop_t *shop)
{
  shop_complete(shop, MPCC_DRAIN);
  assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
}

/* Once it has stopped: the log and the counters, kept apart, tell the same story. */
static inline void shop_check(shop_t *shop, uint64_t delivered, uint64_t dropped,
                              uint64_t orphaned)
{
  mpcc_stats_t stats = shop_stats(shop);
  uint64_t shown = 0;
  assert_int_equal(stats.delivered, delivered);
  assert_int_equal(stats.dropped, dropped);
  assert_int_equal(stats.orphaned, orphaned);
  assert_int_equal(stats.pushed, delivered + dropped + orphaned);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.in_flight, 0);
  for (size_t i = 0; i < SHOP_ITEMS; i++) {
    assert_in_range(shop->dropped[i], 0, 1);
    shown += shop->dropped[i];
  }
  assert_int_equal(shown, dropped);
}

static inline void shop_free(shop_t *shop)
{
  pthread_cond_destroy(&shop->moved);
  pthread_mutex_destroy(&shop->mutex);
  free(shop);
}

/* Let every pump go, stop, check, destroy. What was answered with MPCC_PENDING must be done. */
static inline void shop_close(shop_t *shop)
{
  shop_door(shop, true);
  if (shop->mpcc != NULL) {
    (void)mpcc_complete(shop->mpcc, MPCC_DISCARD, NULL, NULL);
    assert_int_equal(mpcc_wait(shop->mpcc, MPCC_NO_TIMEOUT), 0);
    mpcc_stats_t stats = shop_stats(shop);
    shop_check(shop, stats.delivered, stats.dropped, stats.orphaned);
    assert_int_equal(mpcc_destroy(shop->mpcc), 0);
  }
  shop_await_inside(shop, 0); /* an abandoned pump may still be on its way out */
  shop_free(shop);
}

#endif
