/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "source.h"

#include <string.h>

#include "console.h"
#include "row.h"

static int push(struct source *source, const struct row *row)
{
  const struct sources *all = source->all;
  const uint32_t slot = (uint32_t)((uint64_t)row->key % all->args->connections);
  int err = mpcc_push(all->mpcc, row, slot);

  if (err == MPCC_EFULL) {
    source->waited++;
    err = mpcc_push_wait(all->mpcc, row, slot, MPCC_NO_TIMEOUT);
  }
  source->pushed += err == 0;
  return err;
}

/* Returns 0 or why it ended early. Producers take turns in the keys. */
static int make_rows(struct source *source)
{
  struct sources *all = source->all;
  const struct args *args = all->args;
  struct row row;
  int err = 0;

  for (uint64_t i = source->number; i < args->rows && err == 0; i += args->producers) {
    /* relaxed: it carries nothing but itself, and a row more or less does not matter. */
    if (atomic_load_explicit(&all->stopping, memory_order_relaxed))
      return 0;
    row_make(&row, (int64_t)(args->first_key + i), source->number, args->poison);
    err = push(source, &row);
  }
  return err;
}

static void *run_source(void *arg)
{
  struct source *source = arg;
  struct sources *all = source->all;
  const int err = make_rows(source);

  /* MPCC_ECLOSED: the user has stopped the instance. */
  if (err != 0 && err != MPCC_ECLOSED)
    say("producer %u ended early: %s", (unsigned)source->number, mpcc_strerror(err));
  /* acquire and release, pairs with the same of the others: all their pushes come before it. */
  if (atomic_fetch_sub_explicit(&all->running, 1, memory_order_acq_rel) == 1)
    mpcc_complete(all->mpcc, MPCC_DRAIN, all->on_complete, all->arg);
  return NULL;
}

int sources_start(struct sources *sources)
{
  const uint32_t wanted = sources->args->producers;
  int err = 0;

  sources->count = 0;
  /* relaxed: the threads that read it are made after it. */
  atomic_store_explicit(&sources->stopping, false, memory_order_relaxed);
  /* relaxed: as above. */
  atomic_store_explicit(&sources->running, wanted, memory_order_relaxed);
  while (sources->count < wanted && err == 0) {
    struct source *source = &sources->list[sources->count];
    *source = (struct source){.all = sources, .number = sources->count};
    err = pthread_create(&source->thread, NULL, run_source, source);
    if (err == 0)
      sources->count++;
  }
  if (err == 0)
    return 0;
  say("the system refused a thread: %s", strerror(err));
  sources_stop(sources);
  mpcc_complete(sources->mpcc, MPCC_DISCARD, sources->on_complete, sources->arg);
  return -1;
}

void sources_stop(struct sources *sources)
{
  /* relaxed: as in make_rows(). */
  atomic_store_explicit(&sources->stopping, true, memory_order_relaxed);
}

void sources_join(struct sources *sources)
{
  sources->pushed = sources->waited = 0;
  for (uint32_t i = 0; i < sources->count; i++) {
    pthread_join(sources->list[i].thread, NULL);
    sources->pushed += sources->list[i].pushed;
    sources->waited += sources->list[i].waited;
  }
}
