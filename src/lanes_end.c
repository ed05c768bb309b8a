/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Emptying lanes, and when the loop does. */
#include "lanes.h"

#include "outcome.h"
#include "room.h"
#include "waiters.h"

enum {
  LOOK_MS = 2,    /* looking again at a lane that grows */
  MEMORY_MS = 10, /* for memory */
  LOOKS = 3       /* in a row, where lanes are to be left empty, but it must end */
};

/* -- Emptying: under the lock ---------------------------------------------------------------- */

/* The time from which what is in the lane counts. */
static uint64_t stamp_ms(struct mpcc_producer *producer, uint64_t now_ms)
{
  const struct mpcc__world *world = producer->world;
  /* pairs lanes.since: when the first one came. */
  uint64_t since_ms = atomic_exchange_explicit(&producer->since_ms, 0, memory_order_acquire);

  if (world->outside.clock_ns == NULL)
    return world->lanes->stage->by_loop ? world->loop.now_ms : MPCC__NOW;
  if (!producer->sleeping)
    return producer->looked_ms;
  return since_ms != 0 ? since_ms : now_ms;
}

bool mpcc__lanes_empty_one(struct mpcc__world *world, struct mpcc_producer *producer,
                           uint64_t now_ms)
{
  struct mpcc__lane *lane = &producer->lane;
  size_t count = mpcc__lane_count(lane);
  uint64_t since_ms;

  if (count == 0)
    return true;
  since_ms = stamp_ms(producer, now_ms);
  while (count > 0) {
    size_t row = mpcc__lane_row(lane, count);
    size_t put = mpcc__stage_put(world->lanes->stage, lane->items + lane->from * lane->item_size,
                                 lane->slots + lane->from, row, since_ms);

    mpcc__lane_took(lane, put);
    if (put < row)
      return false;
    count -= row;
  }
  return true;
}

struct mpcc_producer *mpcc__lanes_unlink_dead(struct mpcc__lanes *lanes)
{
  struct mpcc_producer **link = &lanes->first, *dead = NULL;

  while (!lanes->dropping && *link != NULL) {
    struct mpcc_producer *producer = *link;

    if (producer->open || mpcc__lane_count(&producer->lane) != 0) {
      link = &producer->next;
      continue;
    }
    *link = producer->next;
    producer->next = dead;
    dead = producer;
  }
  return dead;
}

void mpcc__lanes_free(struct mpcc__world *world, struct mpcc_producer *dead)
{
  while (dead != NULL) {
    struct mpcc_producer *next = dead->next;

    mpcc__aligned_free(&world->source, dead);
    dead = next;
  }
}

bool mpcc__lanes_empty(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  uint64_t now_ms = mpcc__lanes_clock_ms(world);
  bool all = true;

  if (lanes->dropping)
    return true;
  for (struct mpcc_producer *producer = lanes->first; producer != NULL; producer = producer->next)
    all = mpcc__lanes_empty_one(world, producer, now_ms) && all;
  return mpcc__stage_settle(lanes->stage) && all;
}

bool mpcc__lanes_quiet(const struct mpcc__lanes *lanes)
{
  for (struct mpcc_producer *producer = lanes->first; producer != NULL; producer = producer->next)
    if (!mpcc__lane_quiet(&producer->lane))
      return false;
  return true;
}

/* -- The loop ---------------------------------------------------------------------------------- */

/* Let a lane that was found empty call with its next item: false if one has come meanwhile. (One
 * that slept has called already if somebody else has emptied it since.) */
static bool let_sleep(struct mpcc_producer *producer)
{
  if (!producer->sleeping || !mpcc__lane_calls_next(&producer->lane)) {
    mpcc__lane_call_at(&producer->lane, 1);
    mpcc__platform_bar();
    producer->sleeping = mpcc__lane_count(&producer->lane) == 0;
  }
  return producer->sleeping;
}

/* A lane that grows calls when it has so many items. */
static size_t enough(const struct mpcc__world *world, const struct mpcc__lane *lane)
{
  size_t batch = world->pool.shelf.cap, half = lane->capacity / 2;

  if (half == 0)
    return 1;
  return batch < half ? batch : half;
}

/* Empty a lane that is not. After how long to look again. */
static uint64_t look_at_items(struct mpcc__world *world, struct mpcc_producer *producer,
                              uint64_t now_ms)
{
  struct mpcc__lane *lane = &producer->lane;
  size_t most = enough(world, lane);
  bool all = mpcc__lanes_empty_one(world, producer, now_ms);

  producer->sleeping = false;
  producer->looked_ms = now_ms;
  mpcc__lane_call_at(lane, most);
  if (!all)
    return MEMORY_MS;
  /* A push that finds call_at as it was calls; else it is seen here. */
  return mpcc__lane_count(lane) >= most ? 0 : LOOK_MS;
}

/* Look into one lane. After how long to look again; MPCC__NO_DEADLINE: when it calls. */
static uint64_t look(struct mpcc__world *world, struct mpcc_producer *producer, uint64_t now_ms)
{
  /* A step sees all there is; and who wants items at once does not want to wait for a look. */
  bool at_once = world->outside.clock_ns == NULL || world->options.push_interval_ms < LOOK_MS;
  uint64_t delay_ms = 0;

  for (int i = at_once ? LOOKS : 1; i > 0 && delay_ms != MEMORY_MS; i--) {
    if (mpcc__lane_count(&producer->lane) == 0) {
      if (!at_once && !producer->sleeping && now_ms < producer->looked_ms + LOOK_MS)
        return LOOK_MS; /* another lane has called: this one may go on */
      if (let_sleep(producer))
        return MPCC__NO_DEADLINE;
    }
    delay_ms = look_at_items(world, producer, now_ms);
  }
  return at_once && delay_ms == LOOK_MS ? 0 : delay_ms;
}

static void look_at_all(struct mpcc__world *world)
{
  uint64_t now_ms = mpcc__lanes_clock_ms(world), soonest_ms = MPCC__NO_DEADLINE;

  for (struct mpcc_producer *producer = world->lanes->first; producer != NULL;
       producer = producer->next) {
    uint64_t delay_ms = look(world, producer, now_ms);

    soonest_ms = delay_ms < soonest_ms ? delay_ms : soonest_ms;
  }
  world->lanes->look_ms = mpcc__later_ms(world->loop.now_ms, soonest_ms);
}

static uint64_t sooner(uint64_t one_ms, uint64_t other_ms)
{
  return one_ms < other_ms ? one_ms : other_ms;
}

/* What has come onto the stage and may not stay, and what is due. */
static void clear_stage(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  uint64_t due_ms;
  bool all = lanes->hurry ? mpcc__stage_clear(lanes->stage, MPCC_ALL_SLOTS)
                          : mpcc__stage_settle(lanes->stage);

  lanes->hurry = false;
  due_ms = mpcc__stage_expire(lanes->stage, world->loop.now_ms);
  if (!all)
    due_ms = sooner(due_ms, mpcc__later_ms(world->loop.now_ms, MEMORY_MS));
  world->loop.lanes_ms = sooner(lanes->look_ms, due_ms);
}

/* Under the lock. */
static void look_and_clear(struct mpcc__world *world, bool wanted)
{
  struct mpcc__lanes *lanes = world->lanes;

  lanes->stage->by_loop = true;
  if (wanted || world->loop.now_ms >= lanes->look_ms || world->outside.clock_ns == NULL)
    look_at_all(world);
  clear_stage(world);
  lanes->stage->by_loop = false;
}

/* What was taken out before comes first, or the loop would take in more than it hands over; but
 * whoever waits for a look does not wait for ever. */
static bool has_other_work(const struct mpcc__world *world)
{
  return world->loop.work_first != NULL && world->outside.clock_ns != NULL &&
         world->loop.now_ms < world->lanes->visited_ms + LOOK_MS;
}

static bool is_due(const struct mpcc__world *world)
{
  return world->loop.now_ms >= world->loop.lanes_ms || world->outside.clock_ns == NULL ||
         /* pairs lanes.wanted: looked at again, if so. */
         atomic_load_explicit(&world->lanes->wanted, memory_order_relaxed);
}

static void visit_now(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *dead;
  bool wanted;

  if (uv_mutex_trylock(&lanes->lock) != 0) {
    world->loop.lanes_ms = mpcc__soon_ms(world->loop.now_ms);
    return;
  }
  /* pairs lanes.wanted: why it was set. */
  wanted = atomic_exchange_explicit(&lanes->wanted, false, memory_order_acquire);
  lanes->visited_ms = world->loop.now_ms;
  if (!lanes->dropping)
    look_and_clear(world, wanted);
  dead = mpcc__lanes_unlink_dead(lanes);
  uv_mutex_unlock(&lanes->lock);
  mpcc__lanes_free(world, dead);
  if (wanted && !mpcc__world_rationed(world))
    mpcc__room_tell_refused(world);
}

void mpcc__lanes_visit(struct mpcc__world *world)
{
  if (!mpcc__lanes_used(world->lanes))
    world->loop.lanes_ms = MPCC__NO_DEADLINE;
  else if (is_due(world) && has_other_work(world))
    world->loop.lanes_ms = world->loop.now_ms; /* the next pass comes at once */
  else if (is_due(world))
    visit_now(world);
}

void mpcc__lanes_meet(struct mpcc__world *world, uint32_t slot)
{
  struct mpcc__lanes *lanes = world->lanes;

  if (!mpcc__lanes_used(lanes) || mpcc__staged_count(&lanes->stage->table[slot]) == 0)
    return;
  if (uv_mutex_trylock(&lanes->lock) != 0) {
    lanes->hurry = true;
    world->loop.lanes_ms = world->loop.now_ms;
    return;
  }
  lanes->stage->by_loop = true;
  if (!lanes->dropping)
    mpcc__stage_meet(lanes->stage, slot);
  if (mpcc__ready_any(&world->ready))
    world->loop.lanes_ms = world->loop.now_ms; /* nobody signals that */
  lanes->stage->by_loop = false;
  uv_mutex_unlock(&lanes->lock);
}

bool mpcc__lanes_stop(struct mpcc__world *world, bool dry)
{
  struct mpcc__lanes *lanes = world->lanes;
  bool stopped = false;

  if (!mpcc__lanes_used(lanes))
    return true;
  if (uv_mutex_trylock(&lanes->lock) == 0) {
    mpcc__platform_bar();
    stopped = mpcc__lanes_quiet(lanes);
    if (stopped && dry)
      stopped = mpcc__lanes_empty(world) && mpcc__stage_clear(lanes->stage, MPCC_ALL_SLOTS);
    lanes->dropping = stopped && !dry;
    uv_mutex_unlock(&lanes->lock);
  }
  if (!stopped)
    world->loop.lanes_ms = mpcc__soon_ms(world->loop.now_ms);
  return stopped;
}

/* Items in a row for one slot, as many as one batch may have. */
static uint32_t drop_count(const struct mpcc__world *world, const struct mpcc__lane *lane)
{
  size_t row = mpcc__lane_row(lane, mpcc__lane_count(lane));
  uint32_t count = 1;

  while (count < row && count < world->options.batch_size &&
         lane->slots[lane->from + count] == lane->slots[lane->from])
    count++;
  return count;
}

/* Under the lock, which is released meanwhile: nobody else empties, nothing is pushed, and no
 * handle is freed. The items were in no queue; they count as if they had been. */
static void drop(struct mpcc__world *world, struct mpcc__slot *slot, const unsigned char *items,
                 uint32_t count, uint64_t since_ms)
{
  uint64_t now_ms = world->loop.now_ms;

  uv_mutex_unlock(&world->lanes->lock);
  if (world->options.capacity != 0)
    mpcc__waiters_give_room(world, slot, count);
  mpcc__outcome_drop_items(world, slot, items, count, now_ms > since_ms ? now_ms - since_ms : 0);
  mpcc__outcome_tell(world, slot);
  uv_mutex_lock(&world->lanes->lock);
}

static void drop_some(struct mpcc__world *world, struct mpcc__lane *lane)
{
  struct mpcc__slot *slot = &world->slots[lane->slots[lane->from]];
  const unsigned char *items = lane->items + lane->from * lane->item_size;
  uint32_t count = drop_count(world, lane);

  mpcc__queue_pass(&slot->queue, &slot->end, count);
  mpcc__lane_took(lane, count);
  drop(world, slot, items, count, MPCC__NOW);
}

static void drop_staged(struct mpcc__world *world, uint32_t number)
{
  struct mpcc__stage *stage = world->lanes->stage;
  struct mpcc__slot *slot = &world->slots[number];
  struct mpcc__staged taken = mpcc__stage_take(stage, number);
  uint32_t count = mpcc__staged_count(&taken);

  mpcc__queue_pass(&slot->queue, &slot->end, count);
  drop(world, slot, taken.items, count, taken.since_ms);
  mpcc__stage_give(stage, &taken);
}

void mpcc__lanes_drop(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *dead;

  if (!mpcc__lanes_used(lanes))
    return;
  uv_mutex_lock(&lanes->lock);
  while (lanes->dropping && mpcc__stage_any(lanes->stage) != MPCC_ALL_SLOTS)
    drop_staged(world, mpcc__stage_any(lanes->stage));
  for (struct mpcc_producer *producer = lanes->first; lanes->dropping && producer != NULL;
       producer = producer->next)
    while (mpcc__lane_count(&producer->lane) != 0)
      drop_some(world, &producer->lane);
  lanes->dropping = false;
  dead = mpcc__lanes_unlink_dead(lanes);
  uv_mutex_unlock(&lanes->lock);
  mpcc__lanes_free(world, dead);
}
