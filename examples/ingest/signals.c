/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static sigset_t awaited; /* SIGUSR1 among them: how signals_close() ends the thread */

/* lock guards: */
static int count;
static bool closing;
static signals_cb listener;
static void *listener_arg;

static void *take_signals(void *arg)
{
  int number;

  (void)arg;
  for (bool go_on = true; go_on;) {
    if (sigwait(&awaited, &number) != 0)
      continue;
    pthread_mutex_lock(&lock);
    go_on = !closing;
    if (number != SIGUSR1) {
      count++;
      if (count > 3 || (count > 2 && listener == NULL))
        _exit(128 + number); /* the user has waited enough; SQLite's files survive this */
      if (listener != NULL)
        listener(count, listener_arg);
    }
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

int signals_open(void)
{
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction action;

  sigemptyset(&awaited);
  sigaddset(&awaited, SIGUSR1);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
      sigaddset(&awaited, numbers[i]);

  /* Every thread made from here on inherits this: the signals find only the one that waits. */
  int err = pthread_sigmask(SIG_BLOCK, &awaited, NULL);
  return err != 0 ? err : pthread_create(&thread, NULL, take_signals, NULL);
}

void signals_close(void)
{
  pthread_mutex_lock(&lock);
  closing = true;
  pthread_mutex_unlock(&lock);
  pthread_kill(thread, SIGUSR1);
  pthread_join(thread, NULL);
}

void signals_listen(signals_cb cb, void *arg)
{
  pthread_mutex_lock(&lock);
  listener = cb;
  listener_arg = arg;
  if (cb != NULL && count > 0)
    cb(count, arg);
  pthread_mutex_unlock(&lock);
}

int signals_count(void)
{
  pthread_mutex_lock(&lock);
  int now = count;
  pthread_mutex_unlock(&lock);
  return now;
}
