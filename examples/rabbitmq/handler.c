/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "handler.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "receiver.h"
#include "say.h"

static void handle(struct handler *handler, const struct message *message)
{
  struct service *service = handler->service;
  const int outcome = job_do(&service->job, message->body, &handler->chance);
  int err;

  handler->handled++;
  if (outcome == JOB_FAILED) { /* never acknowledge what was not done */
    handler->failed++;
    service_fail(service);
    return;
  }
  err = receiver_processed(&service->receivers[message->receiver], message, outcome == JOB_BAD);
  if (err == 0) {
    handler->pushed++;
  } else if (err == RECEIVER_LATE) {
    handler->late++;
  } else {
    handler->failed++;
    say("a tag was not taken: %s", mpcc_strerror(err));
    service_fail(service);
  }
  service_handled(service);
}

static void *run(void *arg)
{
  struct handler *handler = arg;
  struct message *message;

  while ((message = work_take(&handler->service->work)) != NULL) {
    handle(handler, message);
    free(message);
  }
  return NULL;
}

int handler_start(struct handler *handler, struct service *service)
{
  memset(handler, 0, sizeof *handler);
  handler->service = service;
  handler->chance = clock_ns();
  return pthread_create(&handler->thread, NULL, run, handler);
}
