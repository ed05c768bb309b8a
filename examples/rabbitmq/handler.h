/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A handler: one thread that processes messages, whichever receiver they came from, and pushes
 * each tag into that receiver's slot. These are libmpcc's producers.
 */
#ifndef RABBITMQ_HANDLER_H
#define RABBITMQ_HANDLER_H

#include <pthread.h>
#include <stdint.h>

#include "service.h"

struct handler {
  struct service *service;
  pthread_t thread;
  uint64_t chance;

  /* Its thread counts; others may read when it has ended. */
  uint64_t handled; /* messages taken */
  uint64_t pushed;  /* tags of theirs that libmpcc has taken */
  uint64_t late;    /* processed, but the channel was gone: they come again */
  uint64_t failed;  /* not processed, or the push was refused: they stay unacknowledged */
};

/* Returns 0 or an errno. Ends when the service's work is closed. */
int handler_start(struct handler *handler, struct service *service);

#endif
