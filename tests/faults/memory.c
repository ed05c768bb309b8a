/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * memory [script]
 *
 * Each request for memory that a script makes is refused in turn: that one alone, and that one and
 * all after it. On threads of the library's own, on the caller's loop and stepped; with workers,
 * handles, weights, limits, waiters, restarts, abandoned batches. A call that is told
 * MPCC_ENOMEM has changed nothing, and once memory is back it succeeds; every accepted item has
 * its fate, every stop ends, and all memory comes back. (What libuv asks for by itself does not go
 * through the allocator.)
 */
#include "scripts.h"

static const struct script scripts[] = {
  {"drain", 0, 0, 0, MPCC_DRAIN},
  {"discard, retries and halves", ISOLATES, 0, 0, MPCC_DISCARD},
  {"bounded, waiters", WAITERS, 12, 0, MPCC_DRAIN},
  {"handles", HANDLES, 0, 0, MPCC_DRAIN},
  {"handles, bounded, room, restarts", HANDLES | ROOM | RESTARTS, 12, 0, MPCC_DISCARD},
  {"weights", WEIGHTS | ISOLATES, 0, 0, MPCC_DRAIN},
  {"weights, handles, abandons", WEIGHTS | HANDLES | ABANDONS, 0, 0, MPCC_ABANDON},
  {"max_memory, waiters", WAITERS | ROOM, 0, 3 << 20, MPCC_DRAIN},
  {"workers", WORKERS, 0, 0, MPCC_DRAIN},
  {"workers, handles, halves, restarts", WORKERS | HANDLES | ISOLATES | RESTARTS, 0, 0,
   MPCC_DRAIN},
  {"a worker that hangs, restarts", WORKERS | HANGS | RESTARTS, 0, 0, MPCC_ABANDON},
  {"restarts", RESTARTS, 0, 0, MPCC_DRAIN},
  {"abandons, restarts", ABANDONS | RESTARTS, 0, 0, MPCC_DISCARD},
  {"bounded, abandons, restarts", ABANDONS | RESTARTS, 12, 0, MPCC_DRAIN},
  {"the caller's loop, handles", LOOP | HANDLES | RESTARTS, 0, 0, MPCC_DRAIN},
  {"the caller's loop, workers, abandons", LOOP | WORKERS | ABANDONS, 0, 0, MPCC_DRAIN},
  {"stepped, handles, halves, abandons", MANUAL | HANDLES | ISOLATES | ABANDONS, 0, 0,
   MPCC_DISCARD},
  {"stepped, max_memory, weights", MANUAL | WEIGHTS | RESTARTS, 12, 3 << 20, MPCC_ABANDON},
};

enum { SCRIPTS = sizeof scripts / sizeof scripts[0] };

/* Answers are late: they come in the next life, or in none. */
static void abandon(void)
{
  for (int i = 0; i < 12; i++)
    (void)account_push(&run.account, NULL, 0, 2);
  turn();
  stop(MPCC_ABANDON);
}

static void hang_a_worker(void)
{
  /* relaxed: see pump(). */
  atomic_store_explicit(&run.hangs, true, memory_order_relaxed);
  for (int i = 0; i < ACCOUNT_BATCH; i++)
    (void)account_push(&run.account, NULL, 0, 1);
  for (int i = 0; i < 20; i++)
    turn();
  stop(MPCC_ABANDON);
  release_hanging();
  /* relaxed: no pump runs that could take it. */
  atomic_store_explicit(&run.hangs, false, memory_order_relaxed);
  atomic_store_explicit(&run.let_go, false, memory_order_relaxed);
}

/* False if it could not start again: then it is STOPPED, and that is as good an end as any. */
static bool live(void)
{
  if (!start())
    return false;
  send_waiters();
  live_a_while();
  if (has(HANGS)) {
    hang_a_worker();
    if (!start())
      return false;
  }
  if (has(ABANDONS)) {
    abandon();
    if (!start())
      return false;
    account_finish(&run.account, false);
  }
  if (has(RESTARTS)) {
    stop(MPCC_DRAIN);
    if (!start())
      return false;
    live_a_while();
  }
  return true;
}

static bool was_stopped(void)
{
  /* relaxed: nothing runs. */
  return atomic_load_explicit(&run.stopped, memory_order_relaxed);
}

static void play(void)
{
  bool running;

  if (has(LOOP) && uv_loop_init(&run.loop) != 0)
    verdict_fail("no loop");
  if (create()) {
    verdict_watch(run.account.mpcc);
    account_push_many(&run.account, 0, ACCOUNT_BATCH);
    running = live();
    if (running)
      stop(run.script->mode);
    else if (!was_stopped())
      stop(MPCC_DISCARD); /* in IDLE */
    join_waiters();
    account_finish(&run.account, false);
    for (int i = 0; i < 2; i++)
      close_handle(i);
    account_settle(&run.account);
    verdict_watch(NULL);
    verdict_expect("mpcc_destroy", mpcc_destroy(run.account.mpcc), 0);
  }
  if (has(LOOP) && uv_loop_close(&run.loop) != 0)
    verdict_fail("%s: uv_loop_close: a handle was left behind", run.account.name);
}

/* Returns whether the script came as far as request ${k}. */
static bool play_refused(const struct script *script, uint64_t k, bool sticky, uint64_t *told)
{
  bool reached;

  memset(&run, 0, sizeof run);
  run.script = script;
  account_open(&run.account, script->name);
  purse_refuse(&run.account.purse, k, sticky);
  play();
  reached = run.account.purse.refused > 0;
  /* relaxed: nothing runs. */
  *told += atomic_load_explicit(&run.account.told, memory_order_relaxed);
  account_close(&run.account);
  return reached;
}

int main(int argc, char **argv)
{
  uint64_t only = verdict_argument(argc, argv, 1, SCRIPTS), all = 0, told = 0;

  verdict_begin(150);
  for (uint64_t i = only < SCRIPTS ? only : 0; i < (only < SCRIPTS ? only + 1 : SCRIPTS); i++) {
    uint64_t points = 0, stride = VERDICT_SLOWER > 4 ? 7 : VERDICT_SLOWER > 1 ? 2 : 1;

    for (int sticky = 0; sticky < 2; sticky++)
      for (uint64_t k = 1; play_refused(&scripts[i], k, sticky == 1, &told); k += stride)
        points++;
    printf("memory: %-38s %4" PRIu64 " points\n", scripts[i].name, points);
    fflush(stdout);
    if (points < 4)
      verdict_fail("%s: hardly any memory was asked for", scripts[i].name);
    all += points;
  }
  printf("memory: %" PRIu64 " points in all, %" PRIu64 " calls were told; nothing lost, nothing "
         "left\n", all, told);
  verdict_end();
  return 0;
}
