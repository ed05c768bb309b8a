/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Messages on their way from the receivers to the handlers, first come, first served. Bounded by
 * the prefetch of each receiver, since the broker sends no more. On any thread.
 */
#ifndef RABBITMQ_WORK_H
#define RABBITMQ_WORK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
  struct message *next;
  uint32_t receiver;   /* where it came from, and so the slot its tag belongs to */
  uint32_t generation; /* on which of that receiver's channels */
  uint64_t tag;
  size_t length;
  char body[]; /* with a NUL behind it */
};

struct work {
  pthread_mutex_t lock;
  pthread_cond_t arrived;

  /* lock guards: */
  struct message *first, **last;
  bool closed;
  uint64_t forgotten; /* messages that no handler saw: the broker has them still */
};

/* Returns 0 or an errno. */
int work_open(struct work *work);
void work_destroy(struct work *work);

/* Copies ${body}. Returns 0, or -1: out of memory. When it is closed the message is forgotten. */
int work_put(struct work *work, const struct message *head, const void *body);

/* Waits for the next one, which is then the caller's to free(). NULL: closed. */
struct message *work_take(struct work *work);

/* The channel of ${receiver} is gone: what came over it and has not begun will come again. */
void work_forget(struct work *work, uint32_t receiver);

/* Nothing more is to begin: forgets what is there, and every work_take() returns NULL. */
void work_close(struct work *work);

#endif
