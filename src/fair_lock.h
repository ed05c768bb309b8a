/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A lock that threads get in the order in which they came for it (a ticket lock whose waiters
 * sleep). Mutexes promise no order: a thread that lets one go and takes it again at once may keep
 * others out for ever. Here it gets a later ticket than they have.
 */
#ifndef MPCC__FAIR_LOCK_H
#define MPCC__FAIR_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "platform.h"

struct mpcc__fair_lock {
  uv_mutex_t lock; /* held for a moment at a time, by who comes and who goes */
  uv_cond_t next;  /* the turn has changed */
  uint64_t given;  /* tickets so far, which are numbers from 0 */
  uint64_t turn;   /* whose ticket has the lock; ${given}: nobody's */
};

/* False if the system has none to give. */
static inline bool mpcc__fair_lock_init(struct mpcc__fair_lock *fair)
{
  if (uv_mutex_init(&fair->lock) != 0)
    return false;
  if (uv_cond_init(&fair->next) != 0) {
    uv_mutex_destroy(&fair->lock);
    return false;
  }
  fair->given = fair->turn = 0;
  return true;
}

static inline void mpcc__fair_lock_destroy(struct mpcc__fair_lock *fair)
{
  uv_cond_destroy(&fair->next);
  uv_mutex_destroy(&fair->lock);
}

static inline void mpcc__fair_lock(struct mpcc__fair_lock *fair)
{
  uint64_t ticket;

  uv_mutex_lock(&fair->lock);
  ticket = fair->given++;
  while (fair->turn != ticket)
    (void)mpcc__platform_wait(&fair->next, &fair->lock, UINT64_MAX); /* no cancellation point */
  uv_mutex_unlock(&fair->lock);
}

static inline void mpcc__fair_unlock(struct mpcc__fair_lock *fair)
{
  uv_mutex_lock(&fair->lock);
  fair->turn++;
  if (fair->turn != fair->given)
    uv_cond_broadcast(&fair->next);
  uv_mutex_unlock(&fair->lock);
}

#endif
