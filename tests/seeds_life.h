/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The calls that move the instance of a seed's run: start, complete, step; what is called inside
 * callbacks; and what every step must keep.
 */
#ifndef MPCC_TESTS_SEEDS_LIFE_H
#define MPCC_TESTS_SEEDS_LIFE_H

#include "seeds_ops.h"

/* -- Life --------------------------------------------------------------------------------- */

static inline int seeds_foresee_complete(const struct seeds *seeds, int mode)
{
  switch (seeds->state) {
  case STATE_IDLE:
    for (uint32_t i = 0; i < SEEDS_SLOTS && mode == MPCC_DRAIN; i++)
      if (seeds_queued(&seeds->slots[i]) != 0)
        return MPCC_ESTATE;
    return 0;
  case STATE_RUNNING:
    return 0;
  case STATE_COMPLETING:
    return mode > seeds->mode ? 0 : MPCC_EALREADY;
  default:
    return MPCC_EALREADY;
  }
}

/* In IDLE all of it happens inside the call. */
static inline void seeds_complete_idle(struct seeds *seeds, int mode)
{
  seeds->state = STATE_COMPLETING;
  seeds->mode = mode;
  seeds->dropping_idle = true;
  for (uint32_t i = 0; i < SEEDS_SLOTS; i++)
    seeds_condemn_slot(seeds, i);
  seeds->ending = ++seeds->endings;
  seeds_expect(seeds, "mpcc_complete in IDLE",
               mpcc_complete(seeds->mpcc, mode, seeds_on_complete,
                             (void *)(uintptr_t)seeds->ending), 0);
  seeds->dropping_idle = false;
  if (seeds->state != STATE_STOPPED)
    seeds_fail(seeds, "a completion in IDLE was not told");
}

static inline void seeds_complete(struct seeds *seeds, int mode)
{
  int foreseen = seeds_foresee_complete(seeds, mode), answer;
  bool tell = seeds_draw(seeds, 3) != 0;

  if (seeds->state == STATE_IDLE && foreseen == 0) {
    seeds_complete_idle(seeds, mode);
    return;
  }
  answer = mpcc_complete(seeds->mpcc, mode, tell ? seeds_on_complete : NULL,
                         (void *)(uintptr_t)(seeds->endings + 1));
  seeds_note(seeds, "complete mode, told", (uint64_t)mode, tell, answer);
  /* Its end may have begun with the last callback. */
  if (answer != foreseen && !(answer == MPCC_EALREADY && seeds->depth > 0 &&
                              seeds->state == STATE_COMPLETING))
    seeds_expect(seeds, "mpcc_complete", answer, foreseen);
  if (answer != 0)
    return;
  seeds->acts++;
  seeds->endings++;
  if (tell || seeds->state == STATE_RUNNING)
    seeds->ending = tell ? seeds->endings : 0;
  seeds->state = STATE_COMPLETING;
  seeds->mode = mode;
  for (uint32_t i = 0; i < SEEDS_SLOTS && mode != MPCC_DRAIN; i++)
    seeds_condemn_slot(seeds, i);
}

static inline void seeds_start(struct seeds *seeds)
{
  static char states[8];
  void *state = &states[seeds_draw(seeds, sizeof states)];
  int answer;

  seeds->refused_memory = false;
  if (seeds->depth == 0 && seeds->state != STATE_RUNNING && seeds->state != STATE_COMPLETING)
    seeds->wakes = 0;
  answer = mpcc_start(seeds->mpcc, seeds_pump, state);
  seeds_note(seeds, "start", 0, 0, answer);
  if (answer == MPCC_ENOMEM && seeds->refused_memory)
    return;
  seeds_expect(seeds, "mpcc_start", answer, seeds->state == STATE_RUNNING ? MPCC_EALREADY :
               seeds->state == STATE_COMPLETING ? MPCC_ECLOSED : 0);
  if (answer != 0)
    return;
  seeds->acts++;
  seeds->pump_state = state;
  seeds->state = STATE_RUNNING;
  if (seeds->step == 0)
    seeds->next_ms = seeds->now_ms; /* whoever started steps */
}

static inline void seeds_ask_wait(struct seeds *seeds)
{
  seeds_expect(seeds, "mpcc_wait", mpcc_wait(seeds->mpcc, 0),
               seeds->state == STATE_COMPLETING ? MPCC_ETIMEDOUT :
               seeds->state == STATE_STOPPED ? 0 : MPCC_ESTATE);
}

/* -- Inside callbacks --------------------------------------------------------------------- */

static inline void seeds_misuse(struct seeds *seeds)
{
  char item[64];

  memset(item, 0, sizeof item);
  seeds_expect(seeds, "mpcc_step in a callback", mpcc_step(seeds->mpcc, seeds->now_ms, NULL),
               MPCC_EDEADLK);
  seeds_expect(seeds, "mpcc_wait in a callback", mpcc_wait(seeds->mpcc, 1), MPCC_EDEADLK);
  seeds_expect(seeds, "mpcc_push_wait in a callback", mpcc_push_wait(seeds->mpcc, item, 0, 1),
               MPCC_EDEADLK);
  seeds_expect(seeds, "mpcc_flush_wait in a callback", mpcc_flush_wait(seeds->mpcc, 0, 1),
               MPCC_EDEADLK);
  if (seeds->state != STATE_STOPPED)
    seeds_expect(seeds, "mpcc_destroy in a callback", mpcc_destroy(seeds->mpcc), MPCC_EBUSY);
}

static inline void seeds_meddle(struct seeds *seeds)
{
  const struct seeds_temper *temper = &seeds->temper;

  if (temper->meddles == 0)
    return;
  while (seeds_draw(seeds, temper->meddles) == 0) {
    switch (seeds_draw(seeds, 8)) {
    case 0: seeds_flush(seeds); break;
    case 1: seeds_finish_some(seeds); break;
    case 2: seeds_finish_stale(seeds); break;
    case 3: seeds_misuse(seeds); break;
    case 4: seeds_start(seeds); break;
    default: seeds_push(seeds); break;
    }
    if (temper->discards != 0 && seeds_draw(seeds, temper->discards) == 0)
      seeds_discard(seeds);
    if (temper->completes != 0 && seeds_draw(seeds, temper->completes) == 0)
      seeds_complete(seeds, (int)seeds_draw(seeds, 3));
  }
}

/* Inside the complete callback: refused pushes, perhaps a new start, perhaps the end. */
static inline void seeds_meddle_ended(struct seeds *seeds)
{
  if (seeds_draw(seeds, 2) == 0)
    seeds_push(seeds);
  if (seeds_draw(seeds, 4) == 0)
    seeds_misuse(seeds);
  if (seeds_draw(seeds, 4) == 0) {
    seeds_start(seeds);
  } else if (seeds_draw(seeds, 16) == 0) {
    seeds_expect(seeds, "mpcc_destroy in the complete callback", mpcc_destroy(seeds->mpcc), 0);
    seeds_note(seeds, "destroy", 0, 0, 0);
    seeds->state = STATE_GONE;
  }
}

/* -- Steps -------------------------------------------------------------------------------- */

/* At the end of a step it has seen what its callbacks pushed, but for slots that have no place. */
static inline void seeds_see(struct seeds *seeds, bool at_end)
{
  for (uint32_t i = 0; i < seeds->options.slot_count; i++) {
    if (at_end && !seeds_has_place(seeds, i))
      continue;
    for (uint32_t at = seeds->slots[i].tail; at > seeds->slots[i].head; at--) {
      struct seeds_record *record = &seeds->items[seeds->slots[i].queue[at - 1]];

      if (record->seen_ms != SEEDS_NEVER)
        break;
      record->seen_ms = seeds->now_ms;
    }
  }
  for (uint32_t i = 0; i < SEEDS_LOTS; i++)
    if (seeds_active(&seeds->lots[i]) && seeds->lots[i].noticed_ms == SEEDS_NEVER)
      seeds->lots[i].noticed_ms = seeds->now_ms;
}

/* A step at the time that the last one asked for does something, or asks for a later one. */
static inline void seeds_check_not_idle(const struct seeds *seeds, uint64_t asked_ms,
                                        uint64_t calls, uint64_t acts, bool forced)
{
  if (seeds->calls == calls && seeds->acts == acts && !forced && seeds->now_ms == asked_ms &&
      seeds->next_ms <= asked_ms)
    seeds_fail(seeds, "two steps at %" PRIu64 ", which was asked for, do nothing and ask for it "
               "again", asked_ms);
}

static inline void seeds_step(struct seeds *seeds, uint64_t time_ms)
{
  uint64_t calls = seeds->calls, asked_ms = seeds->next_ms, next_ms = UINT64_MAX - 1;
  bool acted = seeds->acts != seeds->acts_before || seeds->now_ms != asked_ms;
  bool runs = seeds->state == STATE_RUNNING || seeds->state == STATE_COMPLETING;

  if (!runs)
    time_ms = seeds->now_ms;
  if (time_ms > seeds->now_ms)
    seeds->now_ms = time_ms;
  seeds->step = ++seeds->steps;
  seeds->wakes = 0;
  if (runs)
    seeds_see(seeds, false);
  seeds->acts_before = seeds->acts;
  seeds_expect(seeds, "mpcc_step", mpcc_step(seeds->mpcc, time_ms, &next_ms), 0);
  seeds->step = 0;
  if (seeds->state == STATE_GONE)
    return;
  seeds->next_ms = next_ms;
  seeds_note(seeds, "step at, next", time_ms, next_ms, (int64_t)(seeds->calls - calls));
  if (seeds->state == STATE_COMPLETING && seeds->ending == 0 && mpcc_wait(seeds->mpcc, 0) == 0)
    seeds_ended(seeds);
  if (!runs || seeds->state == STATE_STOPPED)
    return;
  if (next_ms < seeds->now_ms)
    seeds_fail(seeds, "a step at %" PRIu64 " asks for %" PRIu64, seeds->now_ms, next_ms);
  seeds_check_not_idle(seeds, asked_ms, calls, seeds->acts_before, acted);
  if (next_ms > seeds->now_ms) {
    seeds_see(seeds, true);
    seeds_check_rest(seeds);
    seeds->acts_at_rest = seeds->acts;
  }
}

#endif /* MPCC_TESTS_SEEDS_LIFE_H */
