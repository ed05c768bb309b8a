/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "receiver.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "say.h"

enum { SETTLE_MS = 10, BACKOFF_MS = 100, BACKOFF_MAX_MS = 10000 };

/* See the head of receiver.h. When this returns no tag of the old channel is left anywhere. */
static void forget_channel(struct receiver *receiver)
{
  mpcc_t *mpcc = receiver->service->mpcc;
  int err;

  pthread_rwlock_wrlock(&receiver->gate);
  receiver->generation++;
  pthread_rwlock_unlock(&receiver->gate);
  do
    err = mpcc_discard(mpcc, receiver->slot);
  while (err == MPCC_ENOMEM);
  /* MPCC_ECLOSED: the service stops, and no channel will follow. */
  while (err == 0 && (err = mpcc_flush_wait(mpcc, receiver->slot, SETTLE_MS)) != 0 &&
         err != MPCC_ECLOSED) {
    receiver_serve_inbox(receiver);
    if (err == MPCC_ENOMEM) /* it could not wait */
      poll(NULL, 0, SETTLE_MS);
    err = 0;
  }
  work_forget(&receiver->service->work, receiver->slot);
  tags_clear(&receiver->tags);
}

/* Growing, and different for each receiver, so that they do not all come back at once. */
static uint64_t backoff_ms(struct receiver *receiver)
{
  const uint32_t doublings = receiver->failures_in_a_row < 10 ? receiver->failures_in_a_row : 10;
  uint64_t delay = (uint64_t)BACKOFF_MS << doublings;

  delay = delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
  receiver->chance = receiver->chance * 6364136223846793005u + 1442695040888963407u;
  return delay / 2 + (receiver->chance >> 33) % (delay / 2 + 1);
}

static void plan_next_try(struct receiver *receiver)
{
  const uint32_t tries = receiver->service->args->tries;
  const uint64_t delay_ms = backoff_ms(receiver);
  const char *error = receiver->channel.error;

  memcpy(receiver->last_error, error, sizeof receiver->last_error);
  receiver->next_try_ms = clock_ms() + delay_ms;
  if (receiver_phase(receiver) != SERVING) {
    say("receiver %" PRIu32 ": %s", receiver->slot, error);
  } else if (tries > 0 && receiver->failures_in_a_row >= tries) {
    say("receiver %" PRIu32 ": %s; giving up after %" PRIu32 " tries", receiver->slot, error,
        tries);
    receiver->next_try_ms = UINT64_MAX;
    service_fail(receiver->service);
  } else {
    say("receiver %" PRIu32 ": %s; again in %" PRIu64 " ms", receiver->slot, error, delay_ms);
  }
}

/* A broker that takes connections and then lets them fall is asked less and less often. */
static bool was_of_use(const struct receiver *receiver)
{
  return receiver->counts.acked > receiver->acked_before ||
         clock_ms() - receiver->opened_ms >= BACKOFF_MAX_MS;
}

void receiver_break_off(struct receiver *receiver)
{
  receiver->counts.breaks++;
  if (receiver_phase(receiver) != SERVING) /* who knows whether the last tags have arrived? */
    service_fail(receiver->service);
  if (receiver->channel.refused)
    receiver->counts.refusals++;
  if (was_of_use(receiver))
    receiver->failures_in_a_row = 0;
  else
    receiver->failures_in_a_row++;
  receiver->up = false;
  forget_channel(receiver);
  channel_close(&receiver->channel, false); /* leaves its error as it is */
  plan_next_try(receiver);
}

void receiver_connect(struct receiver *receiver)
{
  const struct service *service = receiver->service;

  if (channel_open(&receiver->channel, &service->broker, service->args->queue,
                   (uint16_t)service->args->prefetch) != 0) {
    receiver->counts.failures++;
    receiver->failures_in_a_row++;
    plan_next_try(receiver);
    return;
  }
  if (receiver->counts.breaks + receiver->counts.failures > 0)
    say("receiver %" PRIu32 ": connected", receiver->slot);
  receiver->counts.channels++;
  receiver->opened_ms = clock_ms();
  receiver->acked_before = receiver->counts.acked;
  receiver->direct_count = 0;
  receiver->up = true;
  receiver->cancelled = false;
}
