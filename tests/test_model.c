/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Random pushes, flushes, discards, answers and steps on a manual instance, beside a model of what
 * the header says. A failing seed is printed; MPCC_MODEL_SEED=<seed> in the environment runs it
 * alone.
 */

#include <stdlib.h>

#include "model.h"
#include "picks.h"
#include "verdict.h"

enum { SLOTS = 3, ACTS = 120 };

/* One thread has nothing for the thread sanitizer. */
enum { SEEDS = VERDICT_SLOWER > 4 ? 200 : 4000 };

struct play {
  rig_t *rig;
  mpcc_options_t options;
  struct model models[SLOTS];
  uint64_t random;
  size_t read; /* calls that the models have seen */
};

static size_t any_weight(const void *item, void *arg)
{
  (void)arg;
  return model_weight(*(const uint64_t *)item);
}

static uint32_t chance(struct play *play, uint32_t below)
{
  play->random = play->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(play->random >> 33) % below;
}

/* The pump of the model's world. */
static int pump_by_the_book(rig_t *rig, mpcc_batch_t *batch)
{
  uint64_t first = *(const uint64_t *)batch->items;
  if (model_discards(first, batch->attempt) && mpcc_discard(rig->mpcc, batch->slot) != 0)
    rig_keep(rig, -1);
  return model_answer(first, batch->attempt);
}

static void open_play(struct play *play, uint64_t seed, bool weights)
{
  play->random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
  chance(play, 2);
  mpcc_options_t *options = &play->options;
  rig_options(options, 1 + chance(play, 9));
  options->slot_count = SLOTS;
  options->max_concurrency = 1 + chance(play, 3);
  options->capacity = chance(play, 2) == 0 ? 0 : 1 + chance(play, 30);
  options->max_attempts = 1 + chance(play, 3);
  options->retry_delay_ms = 0;
  if (chance(play, 4) == 0)
    options->push_interval_ms = 0;
  if (weights) {
    options->max_batch_weight = 1 + chance(play, 60);
    options->weigh = any_weight;
  }
  play->rig = rig_open(options);
  play->rig->forgot = true; /* rig_close() can't add up tries */
  play->rig->on_pump = pump_by_the_book;
  play->read = 0;
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    play->models[slot] = (struct model){.options = options, .slot = slot};
  rig_start(play->rig);
}

/* Weights from 0 to a little over the maximum, small ones more often. */
static size_t some_weight(struct play *play)
{
  uint32_t cap = (uint32_t)play->options.max_batch_weight;
  uint32_t below = chance(play, 3) == 0 ? cap + 2 : cap / 4 + 2;
  return cap == 0 ? 0 : chance(play, 20) == 0 ? cap : chance(play, below);
}

static const char *push_one(struct play *play, struct model *model)
{
  uint64_t item = model_item(model, 0, some_weight(play));
  size_t cap = play->options.max_batch_weight;
  int result = mpcc_push(play->rig->mpcc, &item, model->slot);
  if (cap != 0 && model_weight(item) > cap)
    return result == MPCC_E2BIG || (result == MPCC_EFULL && model_room(model) == 0)
             ? NULL : "a push of an item that is too heavy";
  if (model_room(model) == 0)
    return result == MPCC_EFULL ? NULL : "a push without room";
  if (result != 0)
    return "a push with room";
  model_push(model, item);
  return NULL;
}

static const char *push_many(struct play *play, struct model *model)
{
  uint64_t items[32];
  size_t count = 1 + chance(play, 31), taken = 0, cap = play->options.max_batch_weight;
  for (size_t i = 0; i < count; i++)
    items[i] = model_item(model, i, some_weight(play));
  while (taken < count && taken < model_room(model) &&
         (cap == 0 || model_weight(items[taken]) <= cap))
    taken++;

  ptrdiff_t result = mpcc_push_many(play->rig->mpcc, items, count, model->slot);
  for (size_t i = 0; i < taken; i++)
    model_push(model, items[i]);
  if (taken > 0)
    return result == (ptrdiff_t)taken ? NULL : "a push_many of another number";
  bool heavy = cap != 0 && model_weight(items[0]) > cap;
  return (result == MPCC_E2BIG && heavy) || (result == MPCC_EFULL && model_room(model) == 0)
           ? NULL : "a push_many that takes nothing";
}

static const char *answer_one(struct play *play, struct model *model)
{
  struct flight *flight = &model->flights[chance(play, MODEL_FLIGHT)];
  if (flight->state != FLIGHT_OUT)
    return NULL;
  int status = chance(play, 3) == 0 ? -(int)chance(play, 9) - 1 : 0;
  if (mpcc_batch_done_id(play->rig->mpcc, flight->id, status) != 0)
    return "a batch in flight could not be finished";
  flight->cancel = false;
  model_finish(model, flight, status);
  return NULL;
}

static const char *step(struct play *play)
{
  rig_t *rig = play->rig;
  rig_step(rig, rig->now_ms + 1);
  for (int i = 0; i < 5 && rig->next_ms == rig->now_ms; i++)
    rig_step(rig, rig->now_ms); /* for discards in the pump */
  for (; play->read < rig_calls(rig); play->read++) {
    const call_t *call = &rig->calls[play->read];
    if (call->kind == CALL_COMPLETE)
      continue;
    if (call->slot >= SLOTS)
      return "a call for a slot that does not exist";
    const char *complaint = model_sees(&play->models[call->slot], call, rig->items);
    if (complaint != NULL)
      return complaint;
  }
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    const struct model *model = &play->models[slot];
    const char *complaint = model_at_rest(model);
    mpcc_stats_t stats = stats_of(rig, slot);
    if (complaint != NULL)
      return complaint;
    if (stats.pushed != model->tail || stats.queued != model_queued(model) ||
        stats.in_flight != model_in_flight(model) || stats.delivered != model->delivered ||
        stats.dropped != model->dropped)
      return "the numbers differ";
  }
  return rig->next_ms == UINT64_MAX ? NULL : "a step that asks for another";
}

static const char *act(struct play *play)
{
  struct model *model = &play->models[chance(play, SLOTS)];
  mpcc_t *mpcc = play->rig->mpcc;
  switch (chance(play, 16)) {
  case 0:
  case 1:
  case 2:
    return push_many(play, model);
  case 3:
    model->flushed = model->tail;
    return mpcc_flush(mpcc, model->slot) == 0 ? NULL : "a flush";
  case 4:
    if (chance(play, 2) != 0)
      return NULL;
    model_discard(model);
    return mpcc_discard(mpcc, model->slot) == 0 ? NULL : "a discard";
  case 5:
    if (chance(play, 6) != 0)
      return NULL;
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      model_discard(&play->models[slot]);
    return mpcc_discard(mpcc, MPCC_ALL_SLOTS) == 0 ? NULL : "a discard of all";
  case 6:
  case 7:
  case 8:
    return answer_one(play, model);
  case 9:
  case 10:
  case 11:
    return step(play);
  default:
    return push_one(play, model);
  }
}

/* Drain, answering with 0 what is in flight. */
static const char *drain(struct play *play)
{
  const char *complaint = step(play);
  for (uint32_t slot = 0; slot < SLOTS; slot++)
    play->models[slot].drains = true;
  if (complaint == NULL && rig_complete(play->rig, MPCC_DRAIN) != 0)
    return "a drain";
  for (int round = 0; round < 10000 && complaint == NULL; round++) {
    complaint = step(play);
    if (mpcc_wait(play->rig->mpcc, 0) == 0)
      return complaint;
    for (uint32_t slot = 0; slot < SLOTS; slot++)
      for (size_t i = 0; i < MODEL_FLIGHT; i++) {
        struct flight *flight = &play->models[slot].flights[i];
        if (flight->state != FLIGHT_OUT)
          continue;
        if (mpcc_batch_done_id(play->rig->mpcc, flight->id, 0) != 0)
          return "a batch in flight could not be finished";
        flight->cancel = false;
        model_finish(&play->models[slot], flight, 0);
      }
  }
  return complaint != NULL ? complaint : "a drain that does not end";
}

static void run_seed(uint64_t seed, bool weights)
{
  static struct play play;
  open_play(&play, seed, weights);
  const char *complaint = NULL;
  for (int i = 0; i < ACTS && complaint == NULL; i++)
    complaint = act(&play);
  if (complaint == NULL)
    complaint = drain(&play);
  if (complaint == NULL && play.rig->got_count > 0)
    complaint = "a discard in the pump";
  if (complaint != NULL)
    fail_msg("seed %llu (%s weights), after %zu calls: %s", (unsigned long long)seed,
             weights ? "with" : "without", play.read, complaint);
  rig_close(play.rig);
}

static void run_seeds(bool weights)
{
  const char *wanted = getenv("MPCC_MODEL_SEED");
  if (wanted != NULL) {
    run_seed(strtoull(wanted, NULL, 10), weights);
    return;
  }
  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    run_seed(seed, weights);
}

static void discards_and_flushes_do_what_the_model_says(void **state)
{
  (void)state;
  run_seeds(false);
}

static void weights_do_what_the_model_says(void **state)
{
  (void)state;
  run_seeds(true);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(discards_and_flushes_do_what_the_model_says),
    cmocka_unit_test(weights_do_what_the_model_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
