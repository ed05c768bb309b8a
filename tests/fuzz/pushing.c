/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Pushes, and producer handles: what was accepted goes into the books. */
#include "fuzz.h"

static unsigned char bytes[MANY * 64]; /* to push */

/* Fills in the items that would be the next ones; they are in no queue before they are accepted. */
static void write_items(uint32_t count, uint32_t slot, uint32_t channel)
{
  size_t size = fuzz.options.item_size, most = fuzz.options.max_batch_weight;

  for (uint32_t i = 0; i < count; i++) {
    struct item *item = &fuzz.items[fuzz.item_count + i];
    struct written written;

    memset(item, 0, sizeof *item);
    item->slot = slot;
    item->channel = channel;
    if (channel == 0)
      fuzz.slots[slot].by_push = true;
    else
      fuzz.slots[slot].by_handle = true;
    item->weight = most == 0 ? 1 : fuzz_of((uint32_t)most + 2); /* one in so many is too heavy */
    written.index = fuzz.item_count + i;
    written.seal = fuzz_seal(written.index);
    memset(bytes + i * size, (int)(written.seal & 255), size);
    memcpy(bytes + i * size, &written, sizeof written);
  }
}

static void accept(uint32_t count, uint32_t slot)
{
  for (uint32_t i = 0; i < count; i++) {
    struct item *item = &fuzz.items[fuzz.item_count];

    item->step = fuzz.step;
    item->pushed_ms = fuzz.now_ms;
    item->seen_ms = NEVER;
    fuzz_move(fuzz.item_count++, NO_FATE, QUEUED);
  }
  fuzz.slots[slot].pushed += count;
  fuzz.acts += count > 0;
}

static bool is_closed(void)
{
  return fuzz.life == COMPLETING || fuzz.life == STOPPED;
}

/* How many of the items that are written come before one that is too heavy. */
static uint32_t light_ones(uint32_t count)
{
  size_t most = fuzz.options.max_batch_weight;
  uint32_t light = 0;

  while (light < count && (most == 0 || fuzz.items[fuzz.item_count + light].weight <= most))
    light++;
  return light;
}

/* What must become of a push of so many items that are written: how many, or which code. */
static int64_t foresee(uint32_t count, uint32_t slot)
{
  uint32_t light = light_ones(count);
  uint64_t room = fuzz.options.capacity == 0 ? NEVER : fuzz.options.capacity - fuzz_queued(slot);

  if (is_closed())
    return MPCC_ECLOSED;
  if (light == 0)
    return MPCC_E2BIG;
  return room == 0 ? MPCC_EFULL : room < light ? (int64_t)room : (int64_t)light;
}

/* Whether room may be missing that the books do not know of: memory has its own limits, and an
 * on_drop that runs may hold room that is not back yet. */
static bool room_is_vague(void)
{
  return fuzz.options.max_memory != 0 || (fuzz.depth > 0 && fuzz.options.capacity != 0);
}

static bool memory_may_lack(void)
{
  return fuzz.refused && (fuzz.options.capacity == 0 || fuzz.options.max_memory != 0);
}

static void check_answer(const char *what, int64_t taken, int64_t foreseen)
{
  if (taken == foreseen)
    return;
  if (foreseen > 0 && taken > 0 && taken < foreseen && (room_is_vague() || memory_may_lack()))
    return;
  if (foreseen > 0 && ((taken == MPCC_EFULL && room_is_vague()) ||
                       (taken == MPCC_ENOMEM && memory_may_lack())))
    return;
  fuzz_expect(what, taken, foreseen);
}

static void book(int64_t taken, uint32_t count, uint32_t slot)
{
  struct slot *books = &fuzz.slots[slot];
  int64_t light = light_ones(count);

  if (taken == MPCC_EFULL)
    books->refused = 1;
  if (taken == MPCC_EFULL || taken == MPCC_ENOMEM)
    books->rejected += (uint64_t)light;
  if (taken > 0 && taken < light) {
    books->rejected += (uint64_t)(light - taken);
    books->refused = books->refused == 1 ? 1 : 2;
  }
  if (taken > 0)
    accept((uint32_t)taken, slot);
}

void fuzz_push(void)
{
  uint32_t slot = fuzz_of(fuzz.options.slot_count), way = fuzz_byte();
  uint32_t count = way < 96 ? 1 : way % (MANY + 1);
  int64_t taken;

  if (fuzz.item_count + count > ITEMS)
    return;
  write_items(count, slot, 0);
  fuzz.refused = false;
  if (way < 64) {
    taken = mpcc_push(fuzz.mpcc, bytes, slot);
    taken = taken == 0 ? 1 : taken;
  } else {
    taken = mpcc_push_many(fuzz.mpcc, bytes, count, slot);
  }
  fuzz_trace("push %u into slot %u: %" PRId64, count, slot, taken);
  if (count == 0) {
    if (taken != 0)
      fuzz_expect("mpcc_push_many of nothing", taken, is_closed() ? MPCC_ECLOSED : 0);
    return;
  }
  check_answer("a push", taken, foresee(count, slot));
  book(taken, count, slot);
}

/* One item, with no time to wait for room. */
void fuzz_push_wait(void)
{
  uint32_t slot = fuzz_of(fuzz.options.slot_count);
  int64_t foreseen, taken;

  if (fuzz.item_count == ITEMS)
    return;
  write_items(1, slot, 0);
  foreseen = foresee(1, slot);
  fuzz.refused = false;
  taken = mpcc_push_wait(fuzz.mpcc, bytes, slot, 0);
  fuzz_trace("push_wait into slot %u: %" PRId64, slot, taken);
  if (taken == MPCC_ETIMEDOUT) {
    if (foreseen != MPCC_EFULL && fuzz.options.max_memory == 0)
      fuzz_expect("mpcc_push_wait", taken, foreseen);
    fuzz.slots[slot].refused = fuzz.slots[slot].refused == 1 ? 1 : 2;
    return;
  }
  if (taken == MPCC_EFULL)
    fuzz_fail("mpcc_push_wait() answered MPCC_EFULL");
  if (!(taken == MPCC_ENOMEM && fuzz.refused && foreseen == MPCC_EFULL))
    check_answer("mpcc_push_wait", taken == 0 ? 1 : taken, foreseen);
  book(taken == 0 ? 1 : taken, 1, slot);
}

/* -- Handles ----------------------------------------------------------------------------------- */

/* Everything that handles held may have been taken out of them. */
void fuzz_handles_looked_into(void)
{
  for (uint32_t i = 0; i < HANDLES; i++)
    fuzz.handles[i].fresh = 0;
}

void fuzz_handle_open_or_close(void)
{
  struct handle *handle = &fuzz.handles[fuzz_of(HANDLES)];
  int answer;

  if (handle->producer != NULL) {
    fuzz_expect("mpcc_producer_close", mpcc_producer_close(handle->producer), 0);
    fuzz_trace("close handle %d", (int)(handle - fuzz.handles));
    fuzz.acts++;
    handle->producer = NULL;
    return;
  }
  fuzz.refused = false;
  answer = mpcc_producer_open(fuzz.mpcc, &handle->producer);
  fuzz_trace("open handle %d: %d", (int)(handle - fuzz.handles), answer);
  if (answer == MPCC_ENOMEM && fuzz.refused) {
    if (handle->producer != NULL)
      fuzz_fail("mpcc_producer_open() was refused memory and wrote a handle");
    return;
  }
  fuzz_expect("mpcc_producer_open", answer, 0);
  handle->channel = ++fuzz.channels;
  handle->fresh = 0;
}

static uint32_t held_by(uint32_t channel)
{
  uint32_t held = 0;

  for (uint32_t i = 0; i < fuzz.item_count; i++)
    held += fuzz.items[i].fate == QUEUED && fuzz.items[i].channel == channel;
  return held;
}

/* A lane that has had its fill refuses; when somebody has looked into it, it may. */
static void check_lane(const struct handle *handle, int64_t taken, int64_t foreseen)
{
  size_t most = fuzz.options.lane_capacity;

  if (foreseen == 1 && taken == 1 && fuzz.depth == 0 && handle->fresh >= most)
    fuzz_fail("a handle took item %u of %zu", handle->fresh + 1, most);
  if (foreseen == 1 && taken == MPCC_EFULL && held_by(handle->channel) >= most)
    return;
  if (taken == MPCC_ENOMEM)
    fuzz_fail("mpcc_producer_push() into a lane answered MPCC_ENOMEM");
  check_answer("mpcc_producer_push", taken, foreseen);
}

void fuzz_handle_push(void)
{
  uint32_t slot = fuzz_of(fuzz.options.slot_count);
  struct handle *handle = &fuzz.handles[fuzz_of(HANDLES)];
  int64_t taken, foreseen;

  if (handle->producer == NULL || fuzz.item_count == ITEMS)
    return;
  write_items(1, slot, fuzz_has_lanes() ? handle->channel : 0);
  foreseen = foresee(1, slot);
  fuzz.refused = false;
  taken = mpcc_producer_push(handle->producer, bytes, slot);
  fuzz_trace("handle %d: push into slot %u: %" PRId64, (int)(handle - fuzz.handles), slot, taken);
  taken = taken == 0 ? 1 : taken;
  if (fuzz_has_lanes())
    check_lane(handle, taken, foreseen);
  else
    check_answer("mpcc_producer_push", taken, foreseen);
  handle->fresh += taken == 1;
  book(taken, 1, slot);
}
