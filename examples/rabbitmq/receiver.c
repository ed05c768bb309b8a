/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "say.h"

enum { TURN = 64, TICK_MS = 1000 };

static int hand_on(struct receiver *receiver, const struct channel_message *incoming)
{
  const struct message head = {
      .receiver = receiver->slot,
      .generation = receiver->generation, /* this thread is the one that writes it */
      .tag = incoming->tag,
      .length = incoming->length,
  };
  const char *why = "the broker sends more than the prefetch";

  if (tags_add(&receiver->tags, incoming->tag) == 0) {
    if (receiver->service->args->direct > 0)
      return receiver_direct(receiver, incoming->tag, incoming->body, incoming->length);
    if (work_put(&receiver->service->work, &head, incoming->body) == 0)
      return 0;
    why = "out of memory";
  }
  receiver->counts.received--; /* nobody will see it */
  snprintf(receiver->channel.error, sizeof receiver->channel.error, "%s", why);
  return -1;
}

static int take_message(struct receiver *receiver, const struct channel_message *incoming)
{
  if (receiver->cancelled)
    return 0; /* it came after we said stop, and goes back when the channel closes */
  if (receiver->counts.received++ == 0)
    receiver->counts.first_ns = clock_ns();
  receiver->counts.redelivered += incoming->redelivered;
  return hand_on(receiver, incoming);
}

/* Returns 1 if there may be more, 0 if not, -1 when the channel is dead. */
static int take_messages(struct receiver *receiver)
{
  struct channel_message incoming;
  int err = 1;

  for (int i = 0; i < TURN && err == 1; i++) {
    err = channel_receive(&receiver->channel, &incoming);
    if (err == 1) {
      const int taken = take_message(receiver, &incoming);
      channel_release(&incoming);
      if (taken != 0)
        return -1;
    }
  }
  return err;
}

/* One turn of an open channel. Returns as take_messages(). */
static int serve_channel(struct receiver *receiver)
{
  if (receiver_phase(receiver) != SERVING && !receiver->cancelled) {
    receiver->cancelled = true;
    if (channel_cancel(&receiver->channel) != 0)
      return -1;
  }
  if (receiver_serve_inbox(receiver) != 0)
    return -1;
  const int more = take_messages(receiver);
  /* Nothing else is there to fill it. */
  return more == 0 && receiver_direct_flush(receiver) != 0 ? -1 : more;
}

static int time_to_wait(const struct receiver *receiver)
{
  uint64_t now_ms;

  if (receiver->up || receiver_phase(receiver) != SERVING)
    return TICK_MS;
  now_ms = clock_ms();
  if (receiver->next_try_ms <= now_ms)
    return 0;
  return receiver->next_try_ms - now_ms < TICK_MS ? (int)(receiver->next_try_ms - now_ms) : TICK_MS;
}

/* Until something arrives, or it is woken, or time has come for another try or a heartbeat. */
static void rest(struct receiver *receiver)
{
  struct pollfd ready[2] = {{.fd = receiver->wake[0], .events = POLLIN}};
  nfds_t count = 1;
  char bytes[64];

  if (receiver->up) {
    ready[1] = (struct pollfd){.fd = channel_fd(&receiver->channel), .events = POLLIN};
    count = 2;
  }
  poll(ready, count, time_to_wait(receiver));
  while (read(receiver->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
    ;
}

static void say_goodbye(struct receiver *receiver)
{
  if (!receiver->up)
    return;
  receiver_direct_flush(receiver); /* if it fails, so does what follows */
  receiver->up = false;
  if (channel_close(&receiver->channel, true) == 0)
    return;
  /* Without that answer nobody knows whether the last acknowledgements have arrived. */
  if (receiver->channel.refused)
    receiver->counts.refusals++;
  receiver->counts.breaks++;
  service_fail(receiver->service);
  memcpy(receiver->last_error, receiver->channel.error, sizeof receiver->last_error);
  say("receiver %" PRIu32 ": %s", receiver->slot, receiver->channel.error);
}

static void *receive(void *arg)
{
  struct receiver *receiver = arg;

  while (receiver_phase(receiver) != ENDED) {
    int more = 0;
    if (!receiver->up && receiver_phase(receiver) == SERVING && clock_ms() >= receiver->next_try_ms)
      receiver_connect(receiver);
    if (receiver->up)
      more = serve_channel(receiver);
    else
      receiver_serve_inbox(receiver);
    if (more < 0)
      receiver_break_off(receiver);
    else if (more == 0)
      rest(receiver);
  }
  say_goodbye(receiver);
  return NULL;
}

int receiver_phase(const struct receiver *receiver)
{
  /* pairs service.phase */
  return atomic_load_explicit(&receiver->service->phase, memory_order_acquire);
}

void receiver_wake(struct receiver *receiver)
{
  /* A full pipe wakes as well. */
  while (write(receiver->wake[1], "", 1) < 0 && errno == EINTR)
    ;
}

static int make_wake(int wake[2])
{
  if (pipe(wake) != 0)
    return errno;
  for (int i = 0; i < 2; i++)
    if (fcntl(wake[i], F_SETFL, O_NONBLOCK) != 0 || fcntl(wake[i], F_SETFD, FD_CLOEXEC) != 0) {
      const int err = errno;
      close(wake[0]);
      close(wake[1]);
      return err;
    }
  return 0;
}

int receiver_open(struct receiver *receiver, struct service *service, uint32_t slot)
{
  int err;

  memset(receiver, 0, sizeof *receiver);
  receiver->service = service;
  receiver->slot = slot;
  receiver->chance = clock_ns() ^ ((uint64_t)getpid() << 32) ^ slot;
  atomic_init(&receiver->inbox, NULL);
  err = make_wake(receiver->wake);
  if (err != 0)
    return err;
  err = pthread_rwlock_init(&receiver->gate, NULL);
  if (err != 0)
    goto close_wake;
  err = ENOMEM;
  if (tags_open(&receiver->tags, service->args->prefetch) != 0)
    goto destroy_gate;
  receiver->batch = malloc(service->args->batch * sizeof *receiver->batch);
  if (receiver->batch != NULL)
    return 0;

  tags_close(&receiver->tags);
destroy_gate:
  pthread_rwlock_destroy(&receiver->gate);
close_wake:
  close(receiver->wake[0]);
  close(receiver->wake[1]);
  return err;
}

int receiver_start(struct receiver *receiver)
{
  return pthread_create(&receiver->thread, NULL, receive, receiver);
}

void receiver_close(struct receiver *receiver)
{
  free(receiver->batch);
  tags_close(&receiver->tags);
  pthread_rwlock_destroy(&receiver->gate);
  close(receiver->wake[0]);
  close(receiver->wake[1]);
}
