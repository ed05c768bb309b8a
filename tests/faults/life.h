/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One life of an instance, from mpcc_create() to mpcc_destroy(), whose start may be refused: then
 * nothing is lost, and it may be tried again. If it is not, the items are discarded, which needs
 * nothing from the system. Either way each item has its fate.
 */
#ifndef MPCC_TESTS_LIFE_H
#define MPCC_TESTS_LIFE_H

#include "account.h"

struct life {
  struct account account;
  bool workers;
  bool handles;
  bool manual;
  bool (*again)(void); /* a start was refused: whether to try it again */
};

static inline void life_create(struct life *life)
{
  mpcc_options_t options;

  account_open(&life->account, life->workers ? "workers" : life->manual ? "stepped" : "own loop");
  account_options(&life->account, &options);
  options.push_interval_ms = life->handles ? 1 : 5;
  options.pump_on = life->workers ? MPCC_PUMP_ON_WORKER : MPCC_PUMP_ON_LOOP;
  options.worker_count = 2;
  options.max_attempts = 2;
  options.manual = life->manual;
  verdict_expect("mpcc_create", mpcc_create(&life->account.mpcc, &options), 0);
}

static inline bool life_start(struct life *life)
{
  struct account *account = &life->account;
  int answer;

  while ((answer = mpcc_start(account->mpcc, account_pump, account)) != 0) {
    /* Threads need memory, too. */
    if (answer != MPCC_ESYSTEM && answer != MPCC_ENOMEM)
      verdict_expect("mpcc_start", answer, MPCC_ESYSTEM);
    verdict_expect("mpcc_wait after that", mpcc_wait(account->mpcc, 0), MPCC_ESTATE);
    (void)account_push(account, NULL, 0, 2);
    if (!life->again())
      return false;
  }
  return true;
}

static inline void life_turn(struct life *life, uint64_t now_ms)
{
  if (life->manual)
    verdict_expect("mpcc_step", mpcc_step(life->account.mpcc, now_ms, NULL), 0);
  else
    verdict_sleep_us(1000);
}

static inline void life_work(struct life *life, mpcc_producer_t *handle)
{
  struct account *account = &life->account;

  for (int i = 0; i < 60; i++)
    (void)account_push(account, i % 2 == 0 ? handle : NULL, 0, (uint32_t)i % 3);
  verdict_expect("mpcc_flush", mpcc_flush(account->mpcc, MPCC_ALL_SLOTS), 0);
  life_turn(life, 1);
  account_finish(account, false);
  life_turn(life, 2);
  for (int i = 0; i < 20; i++)
    (void)account_push(account, handle, 0, 1);
}

static inline void life_live(struct life *life)
{
  struct account *account = &life->account;
  mpcc_producer_t *handle = NULL;
  uint64_t now_ms = 3;
  bool running;

  life_create(life);
  if (life->handles)
    verdict_expect("mpcc_producer_open", mpcc_producer_open(account->mpcc, &handle), 0);
  for (int i = 0; i < 10; i++)
    (void)account_push(account, handle, 0, 0);
  running = life_start(life);
  if (running)
    life_work(life, handle);
  verdict_expect("mpcc_complete",
                 mpcc_complete(account->mpcc, running ? MPCC_DRAIN : MPCC_DISCARD, NULL, NULL), 0);
  while (mpcc_wait(account->mpcc, 0) != 0) {
    life_turn(life, now_ms++);
    account_finish(account, true);
  }
  account_settle(account);
  verdict_expect("mpcc_producer_close", mpcc_producer_close(handle), 0);
  verdict_expect("mpcc_destroy", mpcc_destroy(account->mpcc), 0);
  account_close(account);
}

#endif /* MPCC_TESTS_LIFE_H */
