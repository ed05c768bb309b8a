/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What all threads of the program share, and its life: start, serve, stop, report.
 *
 * Orderings; each tag stands in a comment at both of its ends:
 *
 *   service.phase    service_run() stores it (release), receivers load it (acquire). Carries that
 *                    the instance has completed, so that no batch comes after ENDED.
 *   receiver.inbox   the pump stores a batch (release), the receiver takes it (acquire). Carries
 *                    the batch and its items.
 */
#ifndef RABBITMQ_SERVICE_H
#define RABBITMQ_SERVICE_H

#include <mpcc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "args.h"
#include "broker.h"
#include "job.h"
#include "work.h"

struct receiver;
struct handler;

enum { SERVING, STOPPING, ENDED };

struct service {
  const struct args *args;
  struct broker broker;
  struct job job;
  struct work work;
  mpcc_t *mpcc;
  struct receiver *receivers;
  struct handler *handlers;
  pthread_t main_thread;
  atomic_int phase;
  atomic_uint_fast64_t handled; /* messages; only to know when args->messages are reached */
  atomic_bool failed;           /* something that a person must look at: the exit status is 1 */
};

/* Serve until a signal or service_stop(). Returns the exit status. */
int service_run(const struct args *args);

/* Ask it to stop, from any of its threads; once or many times. */
void service_stop(struct service *service);

/* As service_stop(), because of something that has gone wrong. */
void service_fail(struct service *service);

/* A message was handled. Stops the service when it was the last one wanted. */
void service_handled(struct service *service);

#endif
