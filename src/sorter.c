/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "sorter.h"

enum {
  MOST = 512,                     /* items sorted at once */
  HASH_BITS = 10,
  PLACES = 1 << HASH_BITS,        /* of the table: twice as many as slots that may be met */
  SCRATCH_BYTES = MOST * 64,
  AHEAD = 8,                      /* slots: so much earlier their cells are fetched */
  LONG_ROW = 16                   /* items of one slot in a row that need no sorting */
};

struct group {
  uint32_t slot;
  uint32_t count;
  uint32_t end;                   /* behind its last item in the scratch */
  uint32_t put;
};

struct mpcc__sorter {
  size_t item_size;
  size_t most;                    /* items that fit the scratch, at most MOST */
  uint32_t group_count;
  uint16_t table[PLACES];         /* by slot: the group's index + 1, or 0 */
  uint16_t group_of[MOST];
  struct group groups[MOST];
  unsigned char scratch[SCRATCH_BYTES];
};

struct mpcc__sorter *mpcc__sorter_new(const struct mpcc__source *source, size_t item_size)
{
  struct mpcc__sorter *sorter = source->calloc(1, sizeof(*sorter), source->user);

  if (sorter == NULL)
    return NULL;
  sorter->item_size = item_size;
  sorter->most = SCRATCH_BYTES / item_size < MOST ? SCRATCH_BYTES / item_size : MOST;
  return sorter;
}

static size_t put(struct mpcc__world *world, uint32_t slot, const unsigned char *items,
                  size_t count, uint64_t since_ms)
{
  struct mpcc__push push = {world, &world->slots[slot], true, false, true, since_ms};
  int err;

  return mpcc__claim_put(&push, items, count, &err);
}

/* How many items at the front are for one slot. */
static size_t row(const uint32_t *slots, size_t count)
{
  size_t length = 1;

  while (length < count && slots[length] == slots[0])
    length++;
  return length;
}

/* -- Sorting ------------------------------------------------------------------------------- */

static uint32_t find_group(struct mpcc__sorter *sorter, struct mpcc__world *world, uint32_t slot)
{
  uint32_t place = slot * UINT32_C(2654435769) >> (32 - HASH_BITS); /* Fibonacci hashing */
  struct group *group;

  while (sorter->table[place] != 0) {
    if (sorter->groups[sorter->table[place] - 1].slot == slot)
      return sorter->table[place] - 1u;
    place = (place + 1) % PLACES;
  }
  mpcc__prefetch_to_write(&world->slots[slot]);
  group = &sorter->groups[sorter->group_count++];
  group->slot = slot;
  group->count = 0;
  sorter->table[place] = (uint16_t)sorter->group_count;
  return sorter->group_count - 1;
}

static void find_groups(struct mpcc__sorter *sorter, struct mpcc__world *world,
                        const uint32_t *slots, size_t count)
{
  uint32_t end = 0;

  sorter->group_count = 0;
  memset(sorter->table, 0, sizeof(sorter->table));
  for (size_t i = 0; i < count; i++) {
    uint32_t group = find_group(sorter, world, slots[i]);

    sorter->group_of[i] = (uint16_t)group;
    sorter->groups[group].count++;
  }
  for (uint32_t i = 0; i < sorter->group_count; i++) {
    sorter->groups[i].end = end;
    end += sorter->groups[i].count;
  }
}

static void gather(struct mpcc__sorter *sorter, const unsigned char *items, size_t count)
{
  size_t size = sorter->item_size;

  for (size_t i = 0; i < count; i++)
    mpcc__item_copy(sorter->scratch + sorter->groups[sorter->group_of[i]].end++ * size,
                    items + i * size, size);
}

/* Push each group: how many items. */
static size_t put_groups(struct mpcc__sorter *sorter, struct mpcc__world *world,
                         uint64_t since_ms)
{
  size_t done = 0;

  for (uint32_t i = 0; i < sorter->group_count; i++) {
    struct group *group = &sorter->groups[i];

    if (i + AHEAD < sorter->group_count)
      mpcc__claim_prefetch(world, &world->slots[sorter->groups[i + AHEAD].slot]);
    group->put = (uint32_t)put(world, group->slot,
                               sorter->scratch +
                                   (size_t)(group->end - group->count) * sorter->item_size,
                               group->count, since_ms);
    done += group->put;
  }
  return done;
}

/* What could not be pushed is the end of each group: move it to the end of the arrays. */
static void keep_rest(struct mpcc__sorter *sorter, unsigned char *items, uint32_t *slots,
                      size_t count)
{
  size_t size = sorter->item_size, to = count;

  for (size_t i = count; i-- > 0;) {
    struct group *group = &sorter->groups[sorter->group_of[i]];

    if (group->count-- <= group->put)
      continue;
    to--;
    memmove(items + to * size, items + i * size, size);
    slots[to] = slots[i];
  }
}

static size_t deal_mixed(struct mpcc__sorter *sorter, struct mpcc__world *world,
                         unsigned char *items, uint32_t *slots, size_t count, uint64_t since_ms)
{
  size_t done;

  find_groups(sorter, world, slots, count);
  gather(sorter, items, count);
  done = put_groups(sorter, world, since_ms);
  if (done < count)
    keep_rest(sorter, items, slots, count);
  return done;
}

size_t mpcc__sorter_deal(struct mpcc__sorter *sorter, struct mpcc__world *world,
                         unsigned char *items, uint32_t *slots, size_t count, uint64_t since_ms)
{
  size_t done = 0, wanted = 0;

  while (done == wanted && done < count) {
    unsigned char *from = items + done * sorter->item_size;
    size_t left = count - done, length = row(slots + done, left);
    size_t mixed = left < sorter->most ? left : sorter->most;

    if (length >= LONG_ROW || length >= mixed) {
      wanted += length;
      done += put(world, slots[done], from, length, since_ms);
    } else {
      wanted += mixed;
      done += deal_mixed(sorter, world, from, slots + done, mixed, since_ms);
    }
  }
  return done;
}
