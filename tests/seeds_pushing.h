/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pushes of a seed's run, each with the answer that the model expects. They are also made from
 * inside callbacks, but for the one that would wait.
 */
#ifndef MPCC_TESTS_SEEDS_PUSHING_H
#define MPCC_TESTS_SEEDS_PUSHING_H

#include "seeds_checks.h"

#define SEEDS_MANY 40

/* -- Pushing ------------------------------------------------------------------------------ */

static inline uint32_t seeds_some_slot(struct seeds *seeds)
{
  return (uint32_t)seeds_draw(seeds, seeds->options.slot_count);
}

/* Fills in the next items; they are in the books only once they are accepted. */
static inline void seeds_write(struct seeds *seeds, unsigned char *bytes, uint32_t count,
                               uint32_t slot)
{
  size_t weight_cap = seeds->options.max_batch_weight;

  for (uint32_t i = 0; i < count; i++) {
    uint32_t index = seeds->item_count + i;
    uint32_t weight = weight_cap == 0 ? 1 : (uint32_t)seeds_draw(seeds, weight_cap / 2 + 1);
    struct seeds_item item;

    if (weight_cap != 0 && seeds_draw(seeds, 16) == 0)
      weight = (uint32_t)(weight_cap + seeds_draw(seeds, 2));
    item.index = index;
    item.slot = slot;
    item.weight = weight;
    item.seal = seeds_seal(index, slot, weight);
    memset(bytes + i * seeds->options.item_size, (int)(item.seal & 255), seeds->options.item_size);
    memcpy(bytes + i * seeds->options.item_size, &item, sizeof item);
    memset(&seeds->items[index], 0, sizeof seeds->items[index]);
    seeds->items[index].slot = slot;
    seeds->items[index].weight = weight;
  }
}

static inline void seeds_accept(struct seeds *seeds, uint32_t count, uint32_t index)
{
  struct seeds_slot *slot = &seeds->slots[index];

  for (uint32_t i = 0; i < count; i++) {
    struct seeds_record *record = &seeds->items[seeds->item_count];

    record->seen_ms = SEEDS_NEVER;
    record->step = seeds->step == 0 ? SEEDS_NEVER : seeds->step;
    seeds_move(seeds, seeds->item_count, FATE_NONE, FATE_QUEUED);
    slot->queue[slot->tail++] = seeds->item_count++;
  }
  slot->pushed += count;
  if (count > 0)
    seeds->acts++;
}

/* How many of the items that are written come before one that is too heavy. */
static inline uint32_t seeds_light(const struct seeds *seeds, uint32_t count)
{
  size_t weight_cap = seeds->options.max_batch_weight;
  uint32_t light = 0;

  while (light < count && (weight_cap == 0 ||
                           seeds->items[seeds->item_count + light].weight <= weight_cap))
    light++;
  return light;
}

/* What must become of a push of ${count} items that are written: how many, or which code. */
static inline int64_t seeds_foresee(const struct seeds *seeds, uint32_t count, uint32_t index)
{
  const struct seeds_slot *slot = &seeds->slots[index];
  const mpcc_options_t *options = &seeds->options;
  uint32_t light = seeds_light(seeds, count);
  size_t room = SIZE_MAX;

  if (seeds->state == STATE_COMPLETING || seeds->state == STATE_STOPPED)
    return MPCC_ECLOSED;
  if (light == 0)
    return MPCC_E2BIG;
  if (options->capacity != 0)
    room = options->capacity - seeds_queued(slot);
  return room == 0 ? MPCC_EFULL : room < light ? (int64_t)room : (int64_t)light;
}

/* Refused memory and max_memory may make it less; on_drop may hold room that is not back yet. */
static inline void seeds_check_pushed(struct seeds *seeds, uint32_t count, uint32_t index,
                                      int64_t taken)
{
  struct seeds_slot *slot = &seeds->slots[index];
  int64_t foreseen = seeds_foresee(seeds, count, index), light = seeds_light(seeds, count);
  bool bounded = seeds->options.capacity != 0 && seeds->options.max_memory == 0;
  bool refusable = seeds->options.max_memory != 0 || (seeds->depth > 0 && bounded);

  if (taken != foreseen) {
    if (!(foreseen > 0 && taken > 0 && taken < foreseen && (refusable || seeds->refused_memory)) &&
        !(foreseen > 0 && taken == MPCC_EFULL && refusable) &&
        !(foreseen > 0 && taken == MPCC_ENOMEM && seeds->refused_memory && !bounded))
      seeds_expect(seeds, "a push", taken, foreseen);
  }
  if (taken == MPCC_EFULL)
    slot->refused = 1;
  if (taken == MPCC_EFULL || taken == MPCC_ENOMEM)
    slot->rejected += (uint64_t)light;
  if (taken > 0 && taken < light) {
    slot->rejected += (uint64_t)(light - taken);
    slot->refused = slot->refused == 1 ? 1 : 2;
  }
  if (taken > 0)
    seeds_accept(seeds, (uint32_t)taken, index);
}

/* One item, waiting no time for room: refused, it is only not queued. */
static inline void seeds_push_wait(struct seeds *seeds)
{
  unsigned char bytes[64];
  uint32_t slot = seeds_some_slot(seeds);
  int64_t foreseen;
  int answer;

  if (seeds->item_count == SEEDS_ITEMS)
    return;
  seeds->refused_memory = false;
  seeds_write(seeds, bytes, 1, slot);
  foreseen = seeds_foresee(seeds, 1, slot);
  answer = mpcc_push_wait(seeds->mpcc, bytes, slot, 0);
  seeds_note(seeds, "push_wait slot", slot, 0, answer);
  if (answer == MPCC_ETIMEDOUT) {
    if (foreseen != MPCC_EFULL && (foreseen != 1 || seeds->options.max_memory == 0))
      seeds_expect(seeds, "mpcc_push_wait", answer, foreseen);
    seeds->slots[slot].refused = seeds->slots[slot].refused == 1 ? 1 : 2;
    return;
  }
  if (answer != MPCC_ENOMEM || !seeds->refused_memory || foreseen != 1)
    seeds_expect(seeds, "mpcc_push_wait", answer == 0 ? 1 : answer, foreseen);
  if (answer == MPCC_ENOMEM)
    seeds->slots[slot].rejected++;
  if (answer == 0)
    seeds_accept(seeds, 1, slot);
}

static inline void seeds_push(struct seeds *seeds)
{
  static unsigned char bytes[SEEDS_MANY * 64];
  uint32_t slot = seeds_some_slot(seeds), count = 1;
  int64_t taken;

  if (seeds->temper.many != 0 && seeds_draw(seeds, seeds->temper.many) == 0)
    count = (uint32_t)seeds_draw(seeds, SEEDS_MANY + 1);
  if (seeds->item_count + count > SEEDS_ITEMS)
    return;
  seeds->refused_memory = false;
  seeds_write(seeds, bytes, count, slot);
  if (count == 1 && seeds_draw(seeds, 2) == 0) {
    taken = mpcc_push(seeds->mpcc, bytes, slot);
    taken = taken == 0 ? 1 : taken;
  } else {
    taken = mpcc_push_many(seeds->mpcc, bytes, count, slot);
  }
  seeds_note(seeds, "push slot, items", slot, count, taken);
  if (count > 0)
    seeds_check_pushed(seeds, count, slot, taken);
  else if (taken != MPCC_ECLOSED || seeds->state < STATE_COMPLETING)
    seeds_expect(seeds, "mpcc_push_many of nothing", taken, 0);
}

#endif /* MPCC_TESTS_SEEDS_PUSHING_H */
