/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"

/* on_drop gets the state of the last start: NULL before the first. */
static rig_t *rig_of_idle_drops;

static void *grown(void *memory, size_t *room, size_t needed, size_t size)
{
  if (needed <= *room)
    return memory;
  size_t room_now = needed * 2 + 64;
  void *larger = realloc(memory, room_now * size);
  if (larger == NULL)
    abort();
  *room = room_now;
  return larger;
}

static call_t *log_call(rig_t *rig, enum call_kind kind, const mpcc_batch_t *batch, int reason)
{
  size_t index = atomic_load_explicit(&rig->call_count, memory_order_relaxed);
  rig->calls = grown(rig->calls, &rig->calls_room, index + 1, sizeof(call_t));
  call_t *call = &rig->calls[index];
  memset(call, 0, sizeof(*call));
  call->kind = kind;
  call->reason = reason;
  call->first = rig->item_count;
  if (batch == NULL)
    return call;
  call->slot = batch->slot;
  call->attempt = batch->attempt;
  call->count = batch->count;
  call->id = batch->id;
  call->due = batch->due;
  call->waited_ms = batch->waited_ms;
  call->data = batch->data;
  if (rig->item_size == sizeof(uint64_t)) {
    size_t end = rig->item_count + batch->count;
    rig->items = grown(rig->items, &rig->items_room, end, sizeof(uint64_t));
    memcpy(rig->items + rig->item_count, batch->items, batch->count * sizeof(uint64_t));
    rig->item_count = end;
  }
  return call;
}

/* The release lets rig_await_calls() look at a log that another thread writes; what a callback
   needs of the rig it reads before, since the test may go on from here. */
static void call_is_logged(rig_t *rig)
{
  atomic_fetch_add_explicit(&rig->call_count, 1, memory_order_release);
}

int rig_on_pump(mpcc_batch_t *batch, void *state)
{
  rig_t *rig = state;
  call_t *call = log_call(rig, CALL_PUMP, batch, 0);
  int (*hook)(rig_t *, mpcc_batch_t *) = rig->on_pump;
  int answer = rig->answer;
  call->batch = batch;
  call->state = state;
  call_is_logged(rig);
  return hook != NULL ? hook(rig, batch) : answer;
}

static void rig_on_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  rig_t *rig = state != NULL ? state : rig_of_idle_drops;
  void (*hook)(rig_t *, const mpcc_batch_t *, int) = rig->on_drop;
  log_call(rig, CALL_DROP, batch, reason)->state = state;
  call_is_logged(rig);
  if (hook != NULL)
    hook(rig, batch, reason);
}

static void rig_on_cancel(mpcc_batch_t *batch, void *state)
{
  rig_t *rig = state;
  call_t *call = log_call(rig, CALL_CANCEL, batch, 0);
  void (*hook)(rig_t *, mpcc_batch_t *) = rig->on_cancel;
  call->batch = batch;
  call->state = state;
  call_is_logged(rig);
  if (hook != NULL)
    hook(rig, batch);
}

void rig_on_complete(mpcc_t *mpcc, int status, void *arg)
{
  rig_t *rig = arg;
  void (*hook)(rig_t *, mpcc_t *) = rig->on_complete;
  log_call(rig, CALL_COMPLETE, NULL, status)->state = arg;
  call_is_logged(rig);
  if (hook != NULL)
    hook(rig, mpcc);
}

static void rig_on_wake(mpcc_t *mpcc, void *arg)
{
  rig_t *rig = arg;
  (void)mpcc;
  atomic_fetch_add_explicit(&rig->wakes, 1, memory_order_relaxed);
}

void rig_options(mpcc_options_t *options, uint32_t batch_size)
{
  mpcc_options_init(options);
  options->item_size = sizeof(uint64_t);
  options->batch_size = batch_size;
  options->push_interval_ms = MPCC_NO_INTERVAL;
  options->manual = true;
}

rig_t *rig_open(mpcc_options_t *options)
{
  rig_t *rig = calloc(1, sizeof(*rig));
  assert_non_null(rig);
  rig->manual = options->manual;
  rig->on_user_loop = options->loop != NULL;
  rig->item_size = options->item_size;
  options->on_drop = rig_on_drop;
  options->on_cancel = rig_on_cancel;
  options->on_wake = options->manual ? rig_on_wake : NULL;
  options->wake_arg = rig;
  rig_of_idle_drops = rig;

  assert_int_equal(mpcc_create(&rig->mpcc, options), 0);

  return rig;
}

rig_t *rig_run(uint32_t batch_size, uint64_t interval_ms)
{
  mpcc_options_t options;
  rig_options(&options, batch_size);
  options.push_interval_ms = interval_ms;
  rig_t *rig = rig_open(&options);
  rig_start(rig);
  return rig;
}

void rig_start(rig_t *rig)
{
  assert_int_equal(mpcc_start(rig->mpcc, rig_on_pump, rig), 0);
}

void rig_push(rig_t *rig, uint32_t slot, uint64_t first, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    uint64_t item = first + i;
    assert_int_equal(mpcc_push(rig->mpcc, &item, slot), 0);
  }
}

void rig_step(rig_t *rig, uint64_t now_ms)
{
  if (now_ms > rig->now_ms)
    rig->now_ms = now_ms;
  assert_int_equal(mpcc_step(rig->mpcc, now_ms, &rig->next_ms), 0);
}

int rig_complete(rig_t *rig, int mode)
{
  return mpcc_complete(rig->mpcc, mode, rig_on_complete, rig);
}

size_t rig_calls(const rig_t *rig)
{
  return atomic_load_explicit(&rig->call_count, memory_order_acquire);
}

size_t rig_count(const rig_t *rig, enum call_kind kind)
{
  size_t count = 0;
  for (size_t i = 0; i < rig_calls(rig); i++)
    count += rig->calls[i].kind == kind;
  return count;
}

void rig_keep(rig_t *rig, int result)
{
  if (rig->got_count < sizeof(rig->got) / sizeof(rig->got[0]))
    rig->got[rig->got_count] = result;
  rig->got_count++;
}

int rig_done(rig_t *rig, size_t call, int status)
{
  return mpcc_batch_done_id(rig->mpcc, rig->calls[call].id, status);
}

void rig_forget(rig_t *rig)
{
  atomic_store_explicit(&rig->call_count, 0, memory_order_relaxed);
  rig->item_count = 0;
  rig->forgot = true;
}

struct awaited {
  const rig_t *rig;
  size_t count;
};

static bool calls_are_there(void *arg)
{
  const struct awaited *awaited = arg;
  return rig_calls(awaited->rig) >= awaited->count;
}

bool rig_await_calls(const rig_t *rig, size_t count)
{
  struct awaited awaited = {rig, count};
  return crew_await(calls_are_there, &awaited);
}

/* The log and the counters, kept apart from each other, must tell the same story. */
static void check_ledger(const rig_t *rig)
{
  mpcc_stats_t stats;
  uint64_t pumped = 0, failed = 0, never_pumped = 0;

  for (size_t i = 0; i < rig_calls(rig); i++) {
    const call_t *call = &rig->calls[i];
    if (call->kind == CALL_PUMP)
      pumped += call->count;
    else if (call->kind == CALL_DROP && call->attempt > 0)
      failed += call->count;
    else if (call->kind == CALL_DROP)
      never_pumped += call->count;
  }

  assert_int_equal(mpcc_stats(rig->mpcc, &stats), 0);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.in_flight, 0);
  assert_int_equal(stats.pushed, stats.delivered + stats.dropped);
  if (rig->forgot)
    return;
  assert_int_equal(stats.dropped, failed + never_pumped);
  assert_int_equal(stats.delivered, pumped - failed);
}

/* Ids of batches that are not in flight any more are told apart by the library itself. */
static void finish_what_is_in_flight(rig_t *rig)
{
  for (size_t i = 0; i < rig_calls(rig); i++)
    if (rig->calls[i].kind == CALL_PUMP)
      rig_done(rig, i, 0);
}

static void come_to_the_end_by_hand(rig_t *rig)
{
  rig->answer = 0;
  rig->on_pump = NULL;
  rig->on_drop = NULL;
  rig->on_cancel = NULL;
  rig->on_complete = NULL;
  for (int i = 0; i < 3; i++) {
    finish_what_is_in_flight(rig);
    rig_step(rig, rig->now_ms);
  }
}

void rig_close(rig_t *rig)
{
  if (rig->mpcc != NULL) {
    (void)mpcc_complete(rig->mpcc, MPCC_DISCARD, NULL, NULL);
    if (rig->manual)
      come_to_the_end_by_hand(rig);
    if (!rig->on_user_loop)
      assert_int_equal(mpcc_wait(rig->mpcc, rig->manual ? 0 : MPCC_NO_TIMEOUT), 0);
    check_ledger(rig);
    assert_int_equal(mpcc_destroy(rig->mpcc), 0);
  }
  free(rig->calls);
  free(rig->items);
  free(rig);
}

static void print_call(const rig_t *rig, size_t index)
{
  static const char *const kinds[] = {"?", "pump", "drop", "cancel", "complete"};
  const call_t *call = &rig->calls[index];
  print_error("  %zu: %s slot %u count %zu due %d waited %llu attempt %u reason %d", index,
              kinds[call->kind], call->slot, call->count, call->due,
              (unsigned long long)call->waited_ms, call->attempt, call->reason);
  if (rig->item_size == sizeof(uint64_t) && call->count > 0)
    print_error(" first item %llu", (unsigned long long)rig->items[call->first]);
  print_error("\n");
}

static bool is_run(const rig_t *rig, const call_t *call, uint64_t first)
{
  for (size_t i = 0; i < call->count; i++)
    if (rig->items[call->first + i] != first + i)
      return false;
  return true;
}

static void fail_with_log(const rig_t *rig, const char *what, size_t index, const char *file,
                          int line)
{
  print_error("call %zu of %zu is not the expected %s; the log:\n", index, rig_calls(rig), what);
  for (size_t i = 0; i < rig_calls(rig) && i < 20; i++)
    print_call(rig, i);
  _fail(file, line);
}

void rig_check_batch(const rig_t *rig, size_t index, uint32_t slot, uint64_t first, size_t count,
                     int due, const char *file, int line)
{
  const call_t *call = index < rig_calls(rig) ? &rig->calls[index] : NULL;
  if (call == NULL || call->kind != CALL_PUMP || call->slot != slot || call->count != count ||
      call->due != due || call->attempt != 1 || call->id == 0 || call->data != NULL ||
      !is_run(rig, call, first))
    fail_with_log(rig, "batch", index, file, line);
}

void rig_check_drop(const rig_t *rig, size_t index, uint32_t slot, uint64_t first, size_t count,
                    int reason, const char *file, int line)
{
  const call_t *call = index < rig_calls(rig) ? &rig->calls[index] : NULL;
  if (call == NULL || call->kind != CALL_DROP || call->slot != slot || call->count != count ||
      call->reason != reason || !is_run(rig, call, first))
    fail_with_log(rig, "drop", index, file, line);
}

void rig_check_fates(const rig_t *rig, uint64_t delivered, uint64_t dropped, uint64_t in_flight,
                     const char *file, int line)
{
  mpcc_stats_t stats;
  _assert_int_equal((uintmax_t)(intmax_t)mpcc_stats(rig->mpcc, &stats), 0, file, line);
  _assert_int_equal(stats.delivered, delivered, file, line);
  _assert_int_equal(stats.dropped, dropped, file, line);
  _assert_int_equal(stats.in_flight, in_flight, file, line);
}
