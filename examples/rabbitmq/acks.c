/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "receiver.h"

#include "clock.h"

int receiver_reject(struct receiver *receiver, uint64_t tag)
{
  tags_take(&receiver->tags, &tag, 1);
  receiver->counts.rejected++;
  return channel_reject(&receiver->channel, tag);
}

/* The oldest tags without a gap go in one frame, the others one by one. Returns 0 or -1. */
static int acknowledge_tags(struct receiver *receiver, size_t count)
{
  const size_t run = tags_take(&receiver->tags, receiver->batch, count);
  size_t at = 0;

  if (run > 1) {
    if (channel_ack(&receiver->channel, receiver->batch[run - 1], true) != 0)
      return -1;
    receiver->counts.multiples++;
    at = run;
  }
  for (; at < count; at++) {
    if (channel_ack(&receiver->channel, receiver->batch[at], false) != 0)
      return -1;
    receiver->counts.singles++;
  }
  receiver->counts.acked += count;
  return 0;
}

static int acknowledge(struct receiver *receiver, const mpcc_batch_t *batch)
{
  const struct processed *items = batch->items;
  size_t good = 0;

  for (size_t i = 0; i < batch->count; i++) {
    if (items[i].bad == 0)
      receiver->batch[good++] = items[i].tag;
    else if (receiver_reject(receiver, items[i].tag) != 0)
      return -1;
  }
  const int err = acknowledge_tags(receiver, good);
  receiver->counts.last_ns = clock_ns();
  return err;
}

int receiver_serve_inbox(struct receiver *receiver)
{
  /* pairs receiver.inbox */
  mpcc_batch_t *batch = atomic_exchange_explicit(&receiver->inbox, NULL, memory_order_acquire);
  int err;

  if (batch == NULL)
    return 0;
  err = receiver->up ? acknowledge(receiver, batch) : -1;
  mpcc_batch_done(batch, err == 0 ? 0 : MPCC_ECANCELED);
  return receiver->up ? err : 0;
}

void receiver_give(struct receiver *receiver, mpcc_batch_t *batch)
{
  /* pairs receiver.inbox */
  atomic_store_explicit(&receiver->inbox, batch, memory_order_release);
  receiver_wake(receiver);
}

int receiver_processed(struct receiver *receiver, const struct message *message, bool bad)
{
  const struct processed item = {.tag = message->tag, .bad = bad};
  const struct args *args = receiver->service->args;
  uint32_t slot = receiver->slot;
  int err = RECEIVER_LATE;

  /* One way only: two that swapped the same tags might leave the broker nothing to refuse. */
  if (args->wrong_slot > 0 && slot == 0 && message->tag % args->wrong_slot == 0)
    slot = 1;
  pthread_rwlock_rdlock(&receiver->gate);
  if (message->generation == receiver->generation)
    err = mpcc_push(receiver->service->mpcc, &item, slot);
  pthread_rwlock_unlock(&receiver->gate);
  return err;
}
