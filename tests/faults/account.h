/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * An account of every item while the system, or the allocator, refuses things: who pushes writes
 * down what was accepted, the callbacks what became of it, and at the end each accepted item must
 * have had exactly one fate, the library's numbers must say the same, and no memory may be left.
 *
 * The pump draws what it does from the number of its first item: it delivers, fails, marks, or
 * keeps the batch for account_finish().
 */
#ifndef MPCC_TESTS_ACCOUNT_H
#define MPCC_TESTS_ACCOUNT_H

#include "../purse.h"
#include "../verdict.h"

enum { ACCOUNT_ITEMS = 2048, ACCOUNT_HELD = 64, ACCOUNT_BATCH = 8, ACCOUNT_SLOTS = 3 };

/* Large, so that a few batches already need more memory. */
struct account_item {
  uint64_t number;
  unsigned char body[8192 - 2 * sizeof(uint64_t)];
  uint64_t seal;
};

struct account_held {
  mpcc_batch_t *batch;
  uint64_t id;
  size_t count;
  uint64_t numbers[ACCOUNT_BATCH];
};

struct account {
  const char *name; /* of the script */
  purse_t purse;
  mpcc_allocator_t allocator;
  mpcc_t *mpcc;
  _Atomic uint32_t next[4]; /* each of up to four threads has numbers of its own */
  _Atomic unsigned char accepted[ACCOUNT_ITEMS];
  _Atomic unsigned char delivered[ACCOUNT_ITEMS];
  _Atomic unsigned char dropped[ACCOUNT_ITEMS];
  _Atomic uint64_t told; /* calls that were told MPCC_ENOMEM */
  pthread_mutex_t mutex; /* guards what is held */
  struct account_held held[ACCOUNT_HELD];
  size_t held_count;
};

/* on_drop before the first start gets no state. */
static struct account *account_now;

/* relaxed throughout: what is counted is compared after the threads are joined, or after
 * mpcc_wait(). */
static inline void account_add(_Atomic unsigned char *count)
{
  atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static inline unsigned account_load(const _Atomic unsigned char *count)
{
  return atomic_load_explicit(count, memory_order_relaxed);
}

/* -- Callbacks --------------------------------------------------------------------------------- */

static inline uint64_t account_seal(uint64_t number, uint32_t slot)
{
  return (number * 4 + slot + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline void account_read(const mpcc_batch_t *batch, uint64_t *numbers)
{
  const struct account_item *items = batch->items;

  if (batch->count == 0 || batch->count > ACCOUNT_BATCH || batch->slot >= ACCOUNT_SLOTS)
    verdict_fail("%zu items of slot %u", batch->count, batch->slot);
  for (size_t i = 0; i < batch->count; i++) {
    if (items[i].number >= ACCOUNT_ITEMS ||
        items[i].seal != account_seal(items[i].number, batch->slot))
      verdict_fail("slot %u: item %zu is torn, or of another slot", batch->slot, i);
    numbers[i] = items[i].number;
  }
}

/* False if it may not hold any more. */
static inline bool account_hold(struct account *account, mpcc_batch_t *batch,
                                const uint64_t *numbers)
{
  struct account_held *held;
  bool room;

  pthread_mutex_lock(&account->mutex);
  room = account->held_count < ACCOUNT_HELD;
  if (room) {
    held = &account->held[account->held_count++];
    held->batch = batch;
    held->id = batch->id;
    held->count = batch->count;
    memcpy(held->numbers, numbers, sizeof held->numbers);
  }
  pthread_mutex_unlock(&account->mutex);
  return room;
}

static inline int account_pump(mpcc_batch_t *batch, void *state)
{
  struct account *account = state;
  uint64_t numbers[ACCOUNT_BATCH] = {0}, way;
  bool marks;

  account_read(batch, numbers);
  way = (numbers[0] * 31 + batch->attempt) * UINT64_C(6364136223846793005) >> 40;
  if (way % 8 < 2)
    return -5;
  if (way % 8 < 4 && account_hold(account, batch, numbers))
    return MPCC_PENDING;
  marks = way % 8 == 4;
  for (size_t i = 0; i < batch->count; i++) {
    if (marks && i % 3 == 0)
      verdict_expect("mpcc_batch_fail", mpcc_batch_fail(batch, i, -6), 0);
    else
      account_add(&account->delivered[numbers[i]]);
  }
  return 0;
}

static inline void account_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct account *account = state != NULL ? state : account_now;
  uint64_t numbers[ACCOUNT_BATCH];

  account_read(batch, numbers);
  if (reason != -5 && reason != -6 && reason != -7 && reason != MPCC_ECANCELED)
    verdict_fail("slot %u: dropped for %d, which nobody said", batch->slot, reason);
  for (size_t i = 0; i < batch->count; i++)
    account_add(&account->dropped[numbers[i]]);
}

/* From 0 to 4, by its number. */
static inline size_t account_weigh(const void *item, void *arg)
{
  (void)arg;
  return (size_t)(((const struct account_item *)item)->number % 5);
}

/* -- Calls ------------------------------------------------------------------------------------- */

/* Whether a call is to be made again: it was told MPCC_ENOMEM, and there is memory for it now. */
static inline bool account_again(struct account *account, int64_t answer)
{
  if (answer != MPCC_ENOMEM)
    return false;
  if (purse_refused(&account->purse) == 0)
    verdict_fail("%s: MPCC_ENOMEM, and no memory was refused", account->name);
  /* relaxed: a number, read at the end. */
  atomic_fetch_add_explicit(&account->told, 1, memory_order_relaxed);
  return !account->purse.sticky;
}

/* Makes ${call}, and a second time if one refusal was the reason why it failed. */
#define ACCOUNT_CALL(account, answer, call)                                                     \
  do {                                                                                          \
    (answer) = (call);                                                                          \
    if (account_again((account), (int64_t)(answer))) {                                          \
      (answer) = (call);                                                                        \
      if ((answer) == MPCC_ENOMEM)                                                              \
        verdict_fail("%s: refused memory once, told so twice: " #call, (account)->name);        \
    }                                                                                           \
  } while (0)

/* The next item of ${thread}. */
static inline uint64_t account_write(struct account *account, struct account_item *item,
                                     uint32_t thread, uint32_t slot)
{
  /* relaxed: only this thread counts here. */
  uint64_t count = atomic_fetch_add_explicit(&account->next[thread], 1, memory_order_relaxed);

  if (count >= ACCOUNT_ITEMS / 4)
    verdict_fail("%s: more items than the account has lines for", account->name);
  item->number = thread * (uint64_t)(ACCOUNT_ITEMS / 4) + count;
  item->seal = account_seal(item->number, slot);
  return item->number;
}

/* Push one item, through a handle if there is one. */
static inline int account_push(struct account *account, mpcc_producer_t *handle, uint32_t thread,
                               uint32_t slot)
{
  struct account_item item;
  uint64_t number;
  int answer;

  memset(&item, 0, sizeof item);
  number = account_write(account, &item, thread, slot);
  if (handle != NULL)
    ACCOUNT_CALL(account, answer, mpcc_producer_push(handle, &item, slot));
  else
    ACCOUNT_CALL(account, answer, mpcc_push(account->mpcc, &item, slot));
  if (answer == 0)
    account_add(&account->accepted[number]);
  else if (answer != MPCC_ENOMEM && answer != MPCC_EFULL && answer != MPCC_ECLOSED)
    verdict_fail("%s: a push was told %s", account->name, mpcc_err_name(answer));
  return answer;
}

static inline void account_push_many(struct account *account, uint32_t slot, size_t count)
{
  static struct account_item items[ACCOUNT_BATCH]; /* too large for a stack; one thread uses it */
  uint64_t numbers[ACCOUNT_BATCH];
  ptrdiff_t taken;

  for (size_t i = 0; i < count; i++)
    numbers[i] = account_write(account, &items[i], 0, slot);
  ACCOUNT_CALL(account, taken, mpcc_push_many(account->mpcc, items, count, slot));
  if (taken < 0 && taken != MPCC_ENOMEM && taken != MPCC_EFULL && taken != MPCC_ECLOSED)
    verdict_fail("%s: push_many was told %s", account->name, mpcc_err_name((int)taken));
  for (ptrdiff_t i = 0; i < taken; i++)
    account_add(&account->accepted[numbers[i]]);
}

/* Answer what was kept. Late, it may have been abandoned. */
static inline void account_finish(struct account *account, bool by_id)
{
  struct account_held held;

  for (;;) {
    int status, answer;
    bool any;

    pthread_mutex_lock(&account->mutex);
    any = account->held_count > 0;
    if (any)
      held = account->held[--account->held_count];
    pthread_mutex_unlock(&account->mutex);
    if (!any)
      return;
    status = held.numbers[0] % 4 == 3 ? -7 : 0;
    answer = by_id ? mpcc_batch_done_id(account->mpcc, held.id, status)
                   : mpcc_batch_done(held.batch, status);
    if (answer != MPCC_ECLOSED)
      verdict_expect("done", answer, 0);
    for (size_t i = 0; answer == 0 && status == 0 && i < held.count; i++)
      account_add(&account->delivered[held.numbers[i]]);
  }
}

/* -- Beginning and end ------------------------------------------------------------------------- */

static inline void account_open(struct account *account, const char *name)
{
  memset(account, 0, sizeof *account);
  account->name = name;
  purse_open(&account->purse, &account->allocator);
  pthread_mutex_init(&account->mutex, NULL);
  account_now = account;
}

static inline void account_options(struct account *account, mpcc_options_t *options)
{
  mpcc_options_init(options);
  options->item_size = sizeof(struct account_item);
  options->slot_count = ACCOUNT_SLOTS;
  options->batch_size = ACCOUNT_BATCH;
  options->max_concurrency = 2;
  options->push_interval_ms = 1;
  options->on_drop = account_drop;
  options->retry_delay_ms = 0;
  options->allocator = &account->allocator;
}

/* In STOPPED: each accepted item has had its one fate, and the library says the same. */
static inline void account_settle(struct account *account)
{
  uint64_t accepted = 0, delivered = 0, dropped = 0;
  mpcc_stats_t now;

  for (uint32_t i = 0; i < ACCOUNT_ITEMS; i++) {
    unsigned fates = account_load(&account->delivered[i]) + account_load(&account->dropped[i]);

    if (fates > account_load(&account->accepted[i]))
      verdict_fail("%s: item %u had %u fates, accepted %u times", account->name, i, fates,
                   account_load(&account->accepted[i]));
    accepted += account_load(&account->accepted[i]);
    delivered += account_load(&account->delivered[i]);
    dropped += account_load(&account->dropped[i]);
  }
  verdict_expect("mpcc_stats", mpcc_stats(account->mpcc, &now), 0);
  if (now.pushed != accepted || now.delivered != delivered || now.dropped != dropped ||
      accepted != delivered + dropped + now.orphaned || now.queued + now.in_flight != 0)
    verdict_fail("%s: %" PRIu64 " accepted, %" PRIu64 " delivered, %" PRIu64 " dropped; the "
                 "library says %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", orphaned %" PRIu64
                 ", queued %" PRIu64, account->name, accepted, delivered, dropped, now.pushed,
                 now.delivered, now.dropped, now.orphaned, now.queued);
}

/* After mpcc_destroy(), or a mpcc_create() that failed. */
static inline void account_close(struct account *account)
{
  if (!purse_close(&account->purse))
    verdict_fail("%s: memory was not given back, or is not ours", account->name);
  pthread_mutex_destroy(&account->mutex);
}

#endif /* MPCC_TESTS_ACCOUNT_H */
