/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TICKS = 100 /* each second */, SINK_FAILED = 1 };

struct order {
  uint64_t number;
  uint32_t shop;
  uint32_t cents;
};

/* -- Pumps ------------------------------------------------------------------------------------- */

/* A database: 2 ms for a batch, and some for each row; one batch in 50 it does not take. */
static int pump_orders(mpcc_batch_t *batch, void *state)
{
  const struct timespec pause = {.tv_nsec = 2000000 + (long)batch->count * 5000};

  (void)state;
  nanosleep(&pause, NULL);
  return batch->attempt == 1 && batch->id % 50 == 0 ? SINK_FAILED : 0;
}

static int pump_mail(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

/* -- Producing --------------------------------------------------------------------------------- */

static uint64_t next_random(struct load *load)
{
  load->random = load->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return load->random >> 33;
}

/* The smaller its number, the busier a shop. */
static uint32_t choose_shop(struct load *load)
{
  const uint64_t slots = load->options.slots, one = next_random(load) % slots;

  return (uint32_t)(one * (next_random(load) % slots) / slots);
}

/* What is refused is counted by the library, and that is all that is wanted here. */
static bool push_one(struct load *load)
{
  const struct order order = {load->pushes, choose_shop(load), 100};
  int err = mpcc_push(load->orders, &order, order.shop);

  if (err != MPCC_ECLOSED && load->pushes++ % 10 == 0)
    (void)mpcc_push(load->mail, &order.number, 0);
  return err != MPCC_ECLOSED;
}

/* For those who compare it with a scrape. */
static void print_at_rest(mpcc_t *mpcc, const char *name, uint32_t slots)
{
  mpcc_stats_t stats;

  if (mpcc_flush_wait(mpcc, MPCC_ALL_SLOTS, MPCC_NO_TIMEOUT) != 0 ||
      mpcc_stats(mpcc, &stats) != 0)
    return;
  printf("at rest %s pushed %" PRIu64 " rejected %" PRIu64 " delivered %" PRIu64
         " dropped %" PRIu64 " batches %" PRIu64 " retries %" PRIu64 "\n",
         name, stats.pushed, stats.rejected, stats.delivered, stats.dropped, stats.batches,
         stats.retries);
  for (uint32_t slot = 0; slot < slots && slot < 100; slot++)
    if (mpcc_slot_stats(mpcc, slot, &stats) == 0)
      printf("at rest %s/%" PRIu32 " pushed %" PRIu64 " rejected %" PRIu64 " delivered %" PRIu64
             " dropped %" PRIu64 " batches %" PRIu64 "\n",
             name, slot, stats.pushed, stats.rejected, stats.delivered, stats.dropped,
             stats.batches);
}

static void produce(void *arg)
{
  const struct timespec pause = {.tv_nsec = 1000000000 / TICKS};
  struct load *load = arg;
  unsigned long owed = 0;

  for (;;) {
    owed += load->options.rate;
    for (; owed >= TICKS; owed -= TICKS) {
      if (load->options.items != 0 && load->pushes == load->options.items) {
        print_at_rest(load->orders, "orders", load->options.slots);
        print_at_rest(load->mail, "mail", 1);
        puts("at rest");
        fflush(stdout);
        return;
      }
      if (!push_one(load))
        return;
    }
    nanosleep(&pause, NULL);
  }
}

/* -- Life -------------------------------------------------------------------------------------- */

static int fail(const char *what, const char *why)
{
  fprintf(stderr, "metrics: %s: %s\n", what, why);
  return -1;
}

static int begin_orders(struct load *load)
{
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct order);
  options.slot_count = load->options.slots;
  options.batch_size = 200;
  options.capacity = load->options.slots <= 1000 ? 2000 : 0; /* it is reserved for each slot */
  options.pump_on = MPCC_PUMP_ON_WORKER;
  options.max_attempts = 3;
  options.retry_delay_ms = 20;
  err = mpcc_create(&load->orders, &options);
  if (err == 0)
    err = mpcc_start(load->orders, pump_orders, NULL);
  return err == 0 ? 0 : fail("orders", mpcc_strerror(err));
}

static int begin_mail(struct load *load, uv_loop_t *loop)
{
  mpcc_options_t options;
  int err;

  mpcc_options_init(&options);
  options.item_size = sizeof(uint64_t);
  options.batch_size = 50;
  options.push_interval_ms = 20;
  options.loop = loop;
  err = mpcc_create(&load->mail, &options);
  if (err == 0)
    err = mpcc_start(load->mail, pump_mail, NULL);
  return err == 0 ? 0 : fail("mail", mpcc_strerror(err));
}

int load_begin(struct load *load, uv_loop_t *loop, const struct load_options *options)
{
  memset(load, 0, sizeof *load);
  load->options = *options;
  load->random = 1;
  if (begin_orders(load) != 0 || begin_mail(load, loop) != 0)
    return -1;
  int err = uv_thread_create(&load->thread, produce, load);
  load->threaded = err == 0;
  return err == 0 ? 0 : fail("a thread", uv_strerror(err));
}

static void stop_one(mpcc_t *mpcc)
{
  /* A second stop, or one of what was never started, changes nothing. */
  if (mpcc != NULL)
    (void)mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL);
}

void load_stop(struct load *load)
{
  stop_one(load->orders);
  stop_one(load->mail);
}

static void end_one(mpcc_t *mpcc)
{
  int err;

  if (mpcc == NULL)
    return;
  (void)mpcc_wait(mpcc, MPCC_NO_TIMEOUT);
  err = mpcc_destroy(mpcc);
  if (err != 0)
    fail("mpcc_destroy", mpcc_strerror(err));
}

void load_end(struct load *load)
{
  if (load->threaded)
    (void)uv_thread_join(&load->thread); /* its pushes are refused by now */
  end_one(load->orders);
  end_one(load->mail);
}
