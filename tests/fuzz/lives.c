/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The calls that move the instance: create, start, step, complete, destroy. */
#include "fuzz.h"

void fuzz_create(void)
{
  mpcc_t *mpcc = NULL;
  int answer;

  do {
    fuzz.refused = false;
    answer = mpcc_create(&mpcc, &fuzz.options);
    if (answer != 0 && mpcc != NULL)
      fuzz_fail("mpcc_create() has failed and has written an instance");
    fuzz.refuse_on = false; /* the next try has memory */
  } while (answer == MPCC_ENOMEM && fuzz.refused);
  fuzz_expect("mpcc_create", answer, 0);
  fuzz.mpcc = mpcc;
  fuzz.life = IDLE;
  fuzz.next_ms = NEVER;
  fuzz.step = NEVER;
}

void fuzz_start(void)
{
  static char states[4];
  void *state = &states[fuzz_of(4)];
  int answer, foreseen = fuzz.life == RUNNING ? MPCC_EALREADY :
                         fuzz.life == COMPLETING ? MPCC_ECLOSED : 0;

  fuzz.refused = false;
  if (fuzz.depth == 0 && foreseen == 0)
    fuzz.wakes = 0;
  answer = mpcc_start(fuzz.mpcc, fuzz_pump, state);
  fuzz_trace("start: %d", answer);
  if (answer == MPCC_ENOMEM && fuzz.refused && foreseen == 0)
    return;
  fuzz_expect("mpcc_start", answer, foreseen);
  if (answer != 0)
    return;
  fuzz.acts++;
  fuzz.state = state;
  fuzz.life = RUNNING;
  fuzz_handles_looked_into();
  if (fuzz.step == NEVER)
    fuzz.next_ms = fuzz.now_ms; /* whoever starts it steps */
}

/* -- Completing -------------------------------------------------------------------------------- */

static int foresee_complete(int mode)
{
  if (fuzz.life == STOPPED || (fuzz.life == COMPLETING && mode <= fuzz.mode))
    return MPCC_EALREADY;
  for (uint32_t i = 0; fuzz.life == IDLE && mode == MPCC_DRAIN && i < SLOTS; i++)
    if (fuzz_queued(i) != 0)
      return MPCC_ESTATE;
  return 0;
}

static void condemn_all(void)
{
  for (uint32_t i = 0; i < SLOTS; i++)
    fuzz_condemn(i);
}

/* In IDLE all of it happens inside the call. */
static void complete_idle(int mode)
{
  fuzz.life = COMPLETING;
  fuzz.mode = mode;
  fuzz.idle_end = true;
  condemn_all();
  fuzz.ending = ++fuzz.endings;
  fuzz_trace("complete %d in IDLE", mode);
  fuzz_expect("mpcc_complete in IDLE",
              mpcc_complete(fuzz.mpcc, mode, fuzz_on_complete, (void *)(uintptr_t)fuzz.ending), 0);
  fuzz.idle_end = false;
  if (fuzz.life != STOPPED)
    fuzz_fail("a completion in IDLE was not told");
}

void fuzz_complete(int mode, bool told)
{
  int foreseen = foresee_complete(mode), answer;

  if (fuzz.life == IDLE && foreseen == 0) {
    if (fuzz.depth == 0)
      complete_idle(mode);
    return;
  }
  answer = mpcc_complete(fuzz.mpcc, mode, told ? fuzz_on_complete : NULL,
                         (void *)(uintptr_t)(fuzz.endings + 1));
  fuzz_trace("complete %d: %d", mode, answer);
  /* Its end may have begun with the last callback. */
  if (!(answer == MPCC_EALREADY && fuzz.depth > 0 && fuzz.life == COMPLETING))
    fuzz_expect("mpcc_complete", answer, foreseen);
  if (answer != 0)
    return;
  fuzz.acts++;
  fuzz.endings++;
  if (told || fuzz.life == RUNNING)
    fuzz.ending = told ? fuzz.endings : 0;
  fuzz.life = COMPLETING;
  fuzz.mode = mode;
  if (mode != MPCC_DRAIN)
    condemn_all();
}

void fuzz_ask_wait(void)
{
  fuzz_expect("mpcc_wait", mpcc_wait(fuzz.mpcc, 0), fuzz.life == COMPLETING ? MPCC_ETIMEDOUT :
              fuzz.life == STOPPED ? 0 : MPCC_ESTATE);
}

/* A destroy that must be refused: it changes nothing. */
void fuzz_ask_destroy(void)
{
  bool busy = fuzz.life == RUNNING || fuzz.life == COMPLETING;

  for (uint32_t i = 0; i < HANDLES; i++)
    busy = busy || fuzz.handles[i].producer != NULL;
  for (uint32_t i = 0; i < SLOTS; i++)
    busy = busy || fuzz_queued(i) != 0;
  if (busy)
    fuzz_expect("mpcc_destroy", mpcc_destroy(fuzz.mpcc), MPCC_EBUSY);
}

/* Calls that a callback may not make, and arguments that nobody may. */
void fuzz_misuse(void)
{
  static const unsigned char item[64];

  fuzz_expect("mpcc_push into no slot", mpcc_push(fuzz.mpcc, item, fuzz.options.slot_count),
              MPCC_EINVAL);
  fuzz_expect("mpcc_push of nothing", mpcc_push(fuzz.mpcc, NULL, 0), MPCC_EINVAL);
  fuzz_expect("an unknown mode", mpcc_complete(fuzz.mpcc, 3, NULL, NULL), MPCC_EINVAL);
  fuzz_expect("mpcc_start without a pump", mpcc_start(fuzz.mpcc, NULL, NULL), MPCC_EINVAL);
  fuzz_expect("mpcc_flush of no slot", mpcc_flush(fuzz.mpcc, MPCC_ALL_SLOTS - 1), MPCC_EINVAL);
  fuzz_expect("mpcc_batch_done_id with MPCC_PENDING",
              mpcc_batch_done_id(fuzz.mpcc, 1, MPCC_PENDING), MPCC_EINVAL);
  if (fuzz.depth == 0)
    return;
  fuzz_expect("mpcc_step in a callback", mpcc_step(fuzz.mpcc, 0, NULL), MPCC_EDEADLK);
  fuzz_expect("mpcc_wait in a callback", mpcc_wait(fuzz.mpcc, 1), MPCC_EDEADLK);
  fuzz_expect("mpcc_push_wait in a callback", mpcc_push_wait(fuzz.mpcc, item, 0, 1), MPCC_EDEADLK);
  fuzz_expect("mpcc_flush_wait in a callback", mpcc_flush_wait(fuzz.mpcc, 0, 1), MPCC_EDEADLK);
  if (fuzz.life != STOPPED)
    fuzz_expect("mpcc_destroy in a callback", mpcc_destroy(fuzz.mpcc), MPCC_EBUSY);
}

/* -- Steps ------------------------------------------------------------------------------------- */

/* A step sees what was pushed before it; at its end, for slots that have a place, all there is. */
static void see(bool at_end)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++) {
    struct item *item = &fuzz.items[i];

    if (item->fate == QUEUED && item->seen_ms == NEVER &&
        !(at_end && !fuzz_has_place(item->slot)) &&
        !(item->channel != 0 && fuzz.now_ms < fuzz.short_until))
      item->seen_ms = fuzz.now_ms;
  }
  for (uint32_t i = 0; i < LOTS; i++)
    if (fuzz_active(&fuzz.lots[i]) && fuzz.lots[i].noticed_ms == NEVER)
      fuzz.lots[i].noticed_ms = fuzz.now_ms;
}

/* Without memory a step could not take what handles hold: that is seen by a later one. */
static void unsee_handles(void)
{
  for (uint32_t i = 0; i < fuzz.item_count; i++)
    if (fuzz.items[i].fate == QUEUED && fuzz.items[i].channel != 0)
      fuzz.items[i].seen_ms = NEVER;
}

/* A step at the time that was asked for does something, or asks for a later one. */
static void check_not_idle(uint64_t asked_ms, uint64_t calls, bool forced)
{
  if (fuzz.calls == calls && fuzz.acts == fuzz.acts_seen && !forced && fuzz.now_ms == asked_ms &&
      fuzz.next_ms <= asked_ms)
    fuzz_fail("two steps at %" PRIu64 ", which was asked for, do nothing and ask for it again",
              asked_ms);
}

static void check_after(uint64_t asked_ms, uint64_t calls, bool forced)
{
  if (fuzz.next_ms < fuzz.now_ms)
    fuzz_fail("a step at %" PRIu64 " asks for %" PRIu64, fuzz.now_ms, fuzz.next_ms);
  check_not_idle(asked_ms, calls, forced);
  if (fuzz.next_ms == fuzz.now_ms)
    return;
  see(true);
  fuzz_check_rest();
  fuzz.settled_acts = fuzz.acts;
}

void fuzz_step(uint64_t time_ms)
{
  uint64_t calls = fuzz.calls, asked_ms = fuzz.next_ms, next_ms = 0;
  bool forced = fuzz.acts != fuzz.acts_seen || fuzz.now_ms != asked_ms;
  bool runs = fuzz.life == RUNNING || fuzz.life == COMPLETING;

  fuzz.now_ms = runs && time_ms > fuzz.now_ms ? time_ms : fuzz.now_ms;
  fuzz.step = ++fuzz.steps;
  fuzz.wakes = 0;
  if (runs)
    see(false);
  fuzz.acts_seen = fuzz.acts;
  fuzz.refused = false;
  fuzz_trace("step %" PRIu64, time_ms);
  fuzz_expect("mpcc_step", mpcc_step(fuzz.mpcc, runs ? time_ms : fuzz.now_ms, &next_ms), 0);
  fuzz.step = NEVER;
  fuzz.next_ms = next_ms;
  fuzz_trace("next %" PRIu64, next_ms);
  fuzz_handles_looked_into();
  if (fuzz.now_ms < fuzz.short_until)
    unsee_handles();
  if (fuzz.life == COMPLETING && fuzz.ending == 0 && mpcc_wait(fuzz.mpcc, 0) == 0)
    fuzz_ended();
  if (fuzz.life == STOPPED && next_ms != NEVER)
    fuzz_fail("an instance that has stopped asks for %" PRIu64, next_ms);
  if (runs && fuzz.life != STOPPED)
    check_after(asked_ms, calls, forced);
}
