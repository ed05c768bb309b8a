/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STAGE_NEW, STAGE_INSIDE, STAGE_UP };

static void nap_ms(long ms)
{
  struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&nap, NULL);
}

uint64_t crew_now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void gate_open(gate_t *gate, unsigned size)
{
  pthread_mutex_init(&gate->mutex, NULL);
  pthread_cond_init(&gate->cond, NULL);
  gate->size = gate->missing = size;
  gate->round = 0;
}

void gate_pass(gate_t *gate)
{
  pthread_mutex_lock(&gate->mutex);
  unsigned round = gate->round;
  if (--gate->missing == 0) {
    gate->missing = gate->size;
    gate->round++;
    pthread_cond_broadcast(&gate->cond);
  }
  while (round == gate->round)
    pthread_cond_wait(&gate->cond, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
}

void gate_close(gate_t *gate)
{
  pthread_cond_destroy(&gate->cond);
  pthread_mutex_destroy(&gate->mutex);
}

struct member {
  pthread_t thread;
  gate_t *gate;
  void (*work)(void *arg);
  void *arg;
};

static void *member_main(void *arg)
{
  struct member *member = arg;
  gate_pass(member->gate);
  member->work(member->arg);
  return NULL;
}

void crew_run(void (*work)(void *arg), void *args, size_t arg_size, unsigned count)
{
  gate_t gate;
  struct member *members = calloc(count, sizeof(*members));
  if (members == NULL)
    abort();

  gate_open(&gate, count);
  for (unsigned i = 0; i < count; i++) {
    members[i] = (struct member){.gate = &gate, .work = work, .arg = (char *)args + i * arg_size};
    if (pthread_create(&members[i].thread, NULL, member_main, &members[i]) != 0)
      abort();
  }
  for (unsigned i = 0; i < count; i++)
    pthread_join(members[i].thread, NULL);
  gate_close(&gate);
  free(members);
}

bool crew_await(bool (*holds)(void *arg), void *arg)
{
  uint64_t end_ms = crew_now_ms() + 120000;
  while (!holds(arg)) {
    if (crew_now_ms() >= end_ms)
      return false;
    nap_ms(1);
  }
  return true;
}

static void *sleeper_main(void *arg)
{
  sleeper_t *sleeper = arg;
  /* Linux only; elsewhere proc stays empty and sleeper_start() naps instead. */
  ssize_t length = readlink("/proc/thread-self", sleeper->proc, sizeof(sleeper->proc) - 1);
  sleeper->proc[length > 0 ? length : 0] = '\0';
  atomic_store_explicit(&sleeper->stage, STAGE_INSIDE, memory_order_release);
  sleeper->result = sleeper->act(sleeper->arg);
  atomic_store_explicit(&sleeper->stage, STAGE_UP, memory_order_release);
  return NULL;
}

/* The kernel's word for it: the field after the program's name in parentheses. */
static bool kernel_says_asleep(const sleeper_t *sleeper)
{
  char path[96], line[256] = "";
  snprintf(path, sizeof(path), "/proc/%s/stat", sleeper->proc);
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return false;
  const char *got = fgets(line, sizeof(line), file);
  fclose(file);
  const char *name_end = got != NULL ? strrchr(line, ')') : NULL;
  return name_end != NULL && name_end[1] == ' ' && name_end[2] == 'S';
}

/* Asleep at three looks in a row, so that a short wait for some lock is not taken for it. */
static bool sleeps(void *arg)
{
  sleeper_t *sleeper = arg;
  int stage = atomic_load_explicit(&sleeper->stage, memory_order_acquire);
  if (stage != STAGE_INSIDE)
    return stage == STAGE_UP;
  if (sleeper->proc[0] == '\0') {
    nap_ms(300);
    return true;
  }
  for (int look = 0; look < 3; look++) {
    if (!kernel_says_asleep(sleeper))
      return false;
    nap_ms(2);
  }
  return true;
}

void sleeper_start(sleeper_t *sleeper, int (*act)(void *arg), void *arg)
{
  sleeper->act = act;
  sleeper->arg = arg;
  atomic_init(&sleeper->stage, STAGE_NEW);
  if (pthread_create(&sleeper->thread, NULL, sleeper_main, sleeper) != 0)
    abort();
  if (!crew_await(sleeps, sleeper))
    abort();
}

bool sleeper_is_up(sleeper_t *sleeper)
{
  return atomic_load_explicit(&sleeper->stage, memory_order_acquire) == STAGE_UP;
}

int sleeper_join(sleeper_t *sleeper)
{
  pthread_join(sleeper->thread, NULL);
  return sleeper->result;
}
