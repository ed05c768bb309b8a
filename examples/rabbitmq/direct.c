/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The way without libmpcc, to compare with: the receiver's thread handles what it reads, in order,
 * so that all tags up to the last one handled may go in one frame.
 */
#define _POSIX_C_SOURCE 200809L
#include "receiver.h"

#include <string.h>

#include "clock.h"

int receiver_direct_flush(struct receiver *receiver)
{
  const uint32_t count = receiver->direct_count;

  if (count == 0)
    return 0;
  receiver->direct_count = 0;
  tags_clear(&receiver->tags);
  if (channel_ack(&receiver->channel, receiver->direct_last, count > 1) != 0)
    return -1;
  receiver->counts.multiples += count > 1;
  receiver->counts.singles += count == 1;
  receiver->counts.acked += count;
  receiver->counts.last_ns = clock_ns();
  return 0;
}

/* What cannot be processed is not covered by a frame for its neighbours. */
static int reject(struct receiver *receiver, uint64_t tag)
{
  if (receiver_direct_flush(receiver) != 0)
    return -1;
  tags_clear(&receiver->tags);
  receiver->counts.rejected++;
  return channel_reject(&receiver->channel, tag);
}

int receiver_direct(struct receiver *receiver, uint64_t tag, const void *body, size_t length)
{
  struct service *service = receiver->service;
  char text[64] = "";
  int err = 0;

  if (length < sizeof text)
    memcpy(text, body, length);
  const int outcome = job_do(&service->job, text, &receiver->chance);
  receiver->counts.handled++;
  if (outcome == JOB_FAILED) {
    receiver->cancelled = true; /* nothing may be acknowledged past it */
    service_fail(service);
    return receiver_direct_flush(receiver);
  }
  if (outcome == JOB_BAD) {
    err = reject(receiver, tag);
  } else {
    receiver->direct_last = tag;
    if (++receiver->direct_count >= service->args->direct)
      err = receiver_direct_flush(receiver);
  }
  service_handled(service);
  return err;
}
