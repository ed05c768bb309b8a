/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "push_crew.h"

#include <pthread.h>
#include <sched.h>

#include "schedule.h"

enum { PAUSE_NS = 10000 };

struct member {
  struct crew *crew;
  uint32_t slot;
  pthread_t thread;
  uint64_t begin_ns, end_ns;
};

static pthread_mutex_t gate_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_cond = PTHREAD_COND_INITIALIZER;
static uint32_t gate_missing; /* guard: gate_mutex */

static void wait_at_gate(void)
{
  pthread_mutex_lock(&gate_mutex);
  if (--gate_missing == 0)
    pthread_cond_broadcast(&gate_cond);
  while (gate_missing != 0)
    pthread_cond_wait(&gate_cond, &gate_mutex);
  pthread_mutex_unlock(&gate_mutex);
}

/* ${count} more were pushed. Who drains must not fall behind for ever. */
static void keep_to_window(struct crew *crew, uint64_t count)
{
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  /* relaxed: a number; the items are published by what they were pushed into. */
  const uint64_t pushed =
      count + atomic_fetch_add_explicit(&crew->pushed, count, memory_order_relaxed);

  while (pushed > sink_count(crew->sink) + CREW_WINDOW)
    nanosleep(&pause, NULL);
}

static void push_all(const struct member *member, const struct pushing *pushing)
{
  struct crew *crew = member->crew;
  uint64_t done = 0;

  while (done < crew->each) {
    const uint64_t rest = crew->each - done, look = rest < CREW_LOOK ? rest : CREW_LOOK;
    const uint64_t got =
        burst_push(pushing, member->slot, 1 + done, (size_t)look, crew->item_size);

    done += got;
    if (crew->sink != NULL)
      keep_to_window(crew, got);
    if (got < look) {
      if (crew->sink == NULL)
        suite_fail(crew->suite, "a push was refused");
      sched_yield();
    }
  }
}

static void *run(void *arg)
{
  struct member *member = arg;
  struct crew *crew = member->crew;
  struct pushing pushing;

  if (!crew->pusher->join(crew->opened, &pushing))
    suite_fail(crew->suite, "a thread can't join");
  wait_at_gate();
  member->begin_ns = now_ns();
  push_all(member, &pushing);
  member->end_ns = now_ns();
  if (crew->pusher->leave != NULL)
    crew->pusher->leave(&pushing);
  return NULL;
}

uint64_t crew_push(struct crew *crew)
{
  struct member members[CREW_MAX];
  uint64_t begin_ns = UINT64_MAX, end_ns = 0;

  gate_missing = crew->threads;
  for (uint32_t i = 0; i < crew->threads; i++) {
    members[i] = (struct member){.crew = crew, .slot = i % crew->slots};
    if (pthread_create(&members[i].thread, NULL, run, &members[i]) != 0)
      suite_fail(crew->suite, "no thread");
  }
  for (uint32_t i = 0; i < crew->threads; i++) {
    pthread_join(members[i].thread, NULL);
    begin_ns = members[i].begin_ns < begin_ns ? members[i].begin_ns : begin_ns;
    end_ns = members[i].end_ns > end_ns ? members[i].end_ns : end_ns;
  }
  return end_ns - begin_ns;
}
