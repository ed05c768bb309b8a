/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A team: threads that push through producer handles, each through its own, into one instance
 * anywhere an instance can live (host.h), with a ledger of what they were promised and what the
 * callbacks saw (ledger.h).
 *
 * Between two handles there is no order, so each handle is a producer of its own in the ledger:
 * member ${i} takes the numbers i, i + TEAM_MOST, ... for the handles it opens one after the other.
 *
 * What is wrong ends the process where it is seen, with a word: see verdict.h.
 */
#ifndef MPCC_TESTS_HANDLE_TEAM_H
#define MPCC_TESTS_HANDLE_TEAM_H

#include "host.h"
#include "ledger.h"

enum { TEAM_MOST = 4, TEAM_SLOTS = 16 };

struct team;

struct team_member {
  struct team *team;
  pthread_t thread;
  mpcc_producer_t *handle;
  uint32_t producer; /* the handle's number in the ledger */
  uint64_t random;
  uint64_t left;     /* items to push; UINT64_MAX: until it is over */
  uint64_t full;     /* answers of MPCC_EFULL */
  uint64_t closed;   /* of MPCC_ECLOSED */
  char apart[64];    /* from the next member's counters */
};

struct team {
  struct host host;
  struct ledger ledger;
  mpcc_t *mpcc;
  bool on_workers;
  pthread_mutex_t mutex; /* pumps on workers write the ledger one at a time */
  _Atomic uint64_t seen[TEAM_MOST][TEAM_SLOTS]; /* items of a member whose pump has looked at them */
  atomic_bool over;
  uint32_t handles; /* each member may open one after the other */
  struct team_member members[TEAM_MOST];
};

/* -- Callbacks ---------------------------------------------------------------------------- */

static inline void team_note(struct team *team, const mpcc_batch_t *batch)
{
  const struct ledger_item *items = batch->items;

  /* relaxed: a number; whoever reads it has waited for the batches it tells of. */
  for (size_t i = 0; i < batch->count; i++)
    atomic_fetch_add_explicit(&team->seen[items[i].producer % TEAM_MOST][batch->slot], 1,
                              memory_order_relaxed);
}

static inline int team_pump(mpcc_batch_t *batch, void *state)
{
  struct team *team = state;

  if (team->on_workers)
    pthread_mutex_lock(&team->mutex);
  (void)ledger_take(&team->ledger, batch);
  team->ledger.delivered += batch->count;
  if (team->on_workers)
    pthread_mutex_unlock(&team->mutex);
  team_note(team, batch);
  ledger_give(&team->ledger, batch->slot);
  return 0;
}

/* on_drop gets the state of the last start: NULL before the first. */
static struct team *team_of_idle_drops;

static inline void team_drop(const mpcc_batch_t *batch, int reason, void *state)
{
  struct team *team = state != NULL ? state : team_of_idle_drops;

  if (reason != MPCC_ECANCELED || batch->attempt != 0)
    verdict_fail("slot %u: dropped with reason %d after %u tries", batch->slot, reason,
                 batch->attempt);
  if (team->on_workers)
    pthread_mutex_lock(&team->mutex);
  (void)ledger_see(&team->ledger, batch);
  team->ledger.discarded += batch->count;
  if (team->on_workers)
    pthread_mutex_unlock(&team->mutex);
  team_note(team, batch);
}

/* -- Members ------------------------------------------------------------------------------ */

static inline bool team_is_over(struct team *team)
{
  /* relaxed: only an end. */
  return atomic_load_explicit(&team->over, memory_order_relaxed);
}

/* Opens the member's next handle. */
static inline void team_reopen(struct team_member *member)
{
  if (member->handle != NULL) {
    verdict_expect("mpcc_producer_close", mpcc_producer_close(member->handle), 0);
    member->producer += TEAM_MOST;
  }
  if (member->producer >= member->team->ledger.producer_count)
    verdict_fail("more handles than the ledger has lines for");
  verdict_expect("mpcc_producer_open", mpcc_producer_open(member->team->mpcc, &member->handle), 0);
}

static inline int team_push(struct team_member *member, uint32_t slot)
{
  struct ledger *ledger = &member->team->ledger;
  struct ledger_item item;
  int answer;

  ledger_write(ledger, &item, 1, member->producer, slot);
  answer = mpcc_producer_push(member->handle, &item, slot);
  if (answer == 0)
    ledger_accept(ledger, member->producer, slot, 1);
  else if (answer != MPCC_EFULL && answer != MPCC_ECLOSED)
    verdict_fail("mpcc_producer_push: %s", mpcc_err_name(answer));
  member->full += answer == MPCC_EFULL;
  member->closed += answer == MPCC_ECLOSED;
  return answer;
}

static inline uint32_t team_draw_slot(struct team_member *member)
{
  return (uint32_t)verdict_draw(&member->random, TEAM_SLOTS);
}

/* At full speed: whoever is refused lets another thread run, and tries again. */
static inline void team_push_on(struct team_member *member)
{
  uint64_t left = member->left;

  while (left > 0 && !team_is_over(member->team)) {
    if (team_push(member, team_draw_slot(member)) != 0)
      sched_yield();
    else if (left != UINT64_MAX)
      left--;
  }
  member->left = left;
}

/* -- One run ------------------------------------------------------------------------------ */

/* An instance in ${kind}; ${handles}: how many each member may open in all. */
static inline void team_prepare(struct team *team, mpcc_options_t *options,
                                enum host_kind kind, uint32_t handles)
{
  memset(team, 0, sizeof *team);
  pthread_mutex_init(&team->mutex, NULL);
  options->item_size = sizeof(struct ledger_item);
  options->slot_count = TEAM_SLOTS;
  options->on_drop = team_drop;
  team->on_workers = options->pump_on == MPCC_PUMP_ON_WORKER;
  team->handles = handles;
  ledger_open(&team->ledger, handles * TEAM_MOST, options);
  host_open(&team->host, kind);
  host_options(&team->host, options);
  verdict_expect("mpcc_create", mpcc_create(&team->mpcc, options), 0);
  host_attach(&team->host, team->mpcc);
  team_of_idle_drops = team;
  for (uint32_t i = 0; i < TEAM_MOST; i++) {
    team->members[i].team = team;
    team->members[i].producer = i;
    team->members[i].random = verdict_stream(handles, i);
    team->members[i].left = UINT64_MAX;
    team_reopen(&team->members[i]);
  }
}

/* team_prepare(), and started. */
static inline void team_open(struct team *team, mpcc_options_t *options, enum host_kind kind,
                             uint32_t handles)
{
  team_prepare(team, options, kind, handles);
  host_start(&team->host, team_pump, team);
}

static inline void team_hire(struct team *team, void *(*work)(void *member))
{
  for (uint32_t i = 0; i < TEAM_MOST; i++)
    if (pthread_create(&team->members[i].thread, NULL, work, &team->members[i]) != 0)
      verdict_fail("no thread for a member");
}

static inline void team_join(struct team *team)
{
  for (uint32_t i = 0; i < TEAM_MOST; i++)
    pthread_join(team->members[i].thread, NULL);
}

static inline void team_stop(struct team *team, int mode)
{
  verdict_expect("mpcc_complete", mpcc_complete(team->mpcc, mode, NULL, NULL), 0);
  verdict_expect("mpcc_wait", mpcc_wait(team->mpcc, MPCC_NO_TIMEOUT), 0);
}

/* Stops in ${mode}, unless it has stopped; compares; frees. Returns how many items there were. */
static inline uint64_t team_close(struct team *team, int mode)
{
  uint64_t accepted;

  if (mpcc_wait(team->mpcc, 0) != 0)
    team_stop(team, mode);
  ledger_settle(&team->ledger, team->mpcc);
  accepted = ledger_total_accepted(&team->ledger);
  for (uint32_t i = 0; i < TEAM_MOST; i++)
    verdict_expect("mpcc_producer_close", mpcc_producer_close(team->members[i].handle), 0);
  host_destroy(&team->host);
  ledger_close(&team->ledger);
  pthread_mutex_destroy(&team->mutex);
  return accepted;
}

#endif /* MPCC_TESTS_HANDLE_TEAM_H */
