/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/failures.md: receipts that mean nothing on the next connection. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"

struct receipt {
  unsigned connection; /* only to check this program; a real receipt is just a number */
  unsigned tag;
};

struct channel {
  unsigned connection; /* how often it was opened; changes while the slot is empty */
  unsigned acknowledged, forgotten;
};

static int acknowledge(mpcc_batch_t *batch, void *state)
{
  const struct receipt *receipts = batch->items;
  struct channel *channel = state;

  for (size_t i = 0; i < batch->count; i++)
    is_true(receipts[i].connection == channel->connection, "a receipt is of this connection");
  channel->acknowledged += (unsigned)batch->count;
  return 0;
}

static void forget(const mpcc_batch_t *batch, int reason, void *state)
{
  is_true(reason == MPCC_ECANCELED, "dropped by the discard");
  ((struct channel *)state)->forgotten += (unsigned)batch->count;
}

/* guide: reconnect */
/* The connection is gone. What was pushed before goes to on_drop; what comes after is untouched. */
static void reconnect(mpcc_t *mpcc, uint32_t slot, struct channel *channel)
{
  check(mpcc_discard(mpcc, slot), "discard");
  check(mpcc_flush_wait(mpcc, slot, MPCC_NO_TIMEOUT), "flush_wait"); /* each has its fate now */
  channel->connection++; /* open the new one; only then push receipts of it */
}
/* guide: end */

static void push(mpcc_t *mpcc, const struct channel *channel, unsigned count)
{
  for (unsigned tag = 1; tag <= count; tag++) { /* a broker counts from 1 on each channel */
    struct receipt receipt = {channel->connection, tag};
    check(mpcc_push(mpcc, &receipt, 0), "push");
  }
}

int main(void)
{
  static struct channel channel = {.connection = 1};
  mpcc_options_t options;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = sizeof(struct receipt);
  options.batch_size = 100;
  options.push_interval_ms = MPCC_NO_INTERVAL; /* so that some wait when the connection breaks */
  options.on_drop = forget;
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_start(mpcc, acknowledge, &channel), "start");
  push(mpcc, &channel, 250);
  reconnect(mpcc, 0, &channel);
  push(mpcc, &channel, 130);
  mpcc_stats_t stats = drain(mpcc);
  printf("%u acknowledged, %u forgotten with their connection\n", channel.acknowledged,
         channel.forgotten);
  is_true(stats.pushed == 380, "all were pushed");
  is_true(channel.acknowledged + channel.forgotten == 380, "all are counted");
  is_true(channel.acknowledged >= 130 && channel.forgotten >= 50, "no more than need be");
  return 0;
}
