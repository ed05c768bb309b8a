/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "work.h"

#include <stdlib.h>
#include <string.h>

int work_open(struct work *work)
{
  int err = pthread_mutex_init(&work->lock, NULL);

  if (err != 0)
    return err;
  err = pthread_cond_init(&work->arrived, NULL);
  if (err != 0) {
    pthread_mutex_destroy(&work->lock);
    return err;
  }
  work->first = NULL;
  work->last = &work->first;
  work->closed = false;
  work->forgotten = 0;
  return 0;
}

void work_destroy(struct work *work)
{
  work_close(work);
  pthread_cond_destroy(&work->arrived);
  pthread_mutex_destroy(&work->lock);
}

int work_put(struct work *work, const struct message *head, const void *body)
{
  struct message *message = malloc(sizeof *message + head->length + 1);

  if (message == NULL)
    return -1;
  memcpy(message, head, sizeof *message);
  message->next = NULL;
  if (head->length > 0)
    memcpy(message->body, body, head->length);
  message->body[head->length] = '\0';

  pthread_mutex_lock(&work->lock);
  const bool closed = work->closed;
  if (closed) {
    work->forgotten++;
  } else {
    *work->last = message;
    work->last = &message->next;
    pthread_cond_signal(&work->arrived);
  }
  pthread_mutex_unlock(&work->lock);
  if (closed)
    free(message);
  return 0;
}

struct message *work_take(struct work *work)
{
  struct message *message = NULL;

  pthread_mutex_lock(&work->lock);
  while (work->first == NULL && !work->closed)
    pthread_cond_wait(&work->arrived, &work->lock);
  if (!work->closed) {
    message = work->first;
    work->first = message->next;
    if (work->first == NULL)
      work->last = &work->first;
  }
  pthread_mutex_unlock(&work->lock);
  return message;
}

/* UINT32_MAX: of every receiver. */
static void forget_locked(struct work *work, uint32_t receiver)
{
  struct message **at = &work->first;

  while (*at != NULL) {
    struct message *message = *at;
    if (receiver != UINT32_MAX && message->receiver != receiver) {
      at = &message->next;
      continue;
    }
    *at = message->next;
    work->forgotten++;
    free(message);
  }
  work->last = at;
}

void work_forget(struct work *work, uint32_t receiver)
{
  pthread_mutex_lock(&work->lock);
  forget_locked(work, receiver);
  pthread_mutex_unlock(&work->lock);
}

void work_close(struct work *work)
{
  pthread_mutex_lock(&work->lock);
  work->closed = true;
  forget_locked(work, UINT32_MAX);
  pthread_cond_broadcast(&work->arrived);
  pthread_mutex_unlock(&work->lock);
}
