/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Emptying lanes, and when the loop does. */
#include "lanes.h"

#include "check.h"
#include "entrance.h"
#include "memory.h"
#include "room.h"
#include "rows.h"

enum {
  PATIENCE_MS = 50, /* what is due may keep a look into the ingress waiting for so long */
  LEAVING_MS = 4 * MPCC__LANES_LOOK_MS, /* with a shorter interval all is taken in each look */
  DUE_MOST = 128, /* slots whose items fall due in one pass: served while they are in the cache */
  DUE_FEW = 2     /* beside others that wait to be served: less than a pass serves */
};

/* -- Emptying: under the lock ---------------------------------------------------------------- */

/* The time from which what is in the lane counts. */
static uint64_t stamp_ms(struct mpcc_producer *producer, uint64_t now_ms)
{
  const struct mpcc__world *world = producer->world;
  /* relaxed: when the first one came; nothing goes with it. */
  uint64_t since_ms = atomic_exchange_explicit(&producer->since_ms, 0, memory_order_relaxed);

  if (world->outside.clock_ns == NULL)
    return world->lanes->stage->by_loop ? world->loop.now_ms : MPCC__NOW;
  if (!producer->sleeping)
    return producer->looked_ms;
  return since_ms != 0 ? since_ms : now_ms;
}

/* Take ${count} items that stand in one row at the front: how many. */
static size_t take(struct mpcc__world *world, struct mpcc_producer *producer, size_t count,
                   uint64_t since_ms)
{
  struct mpcc__lane *lane = &producer->lane;
  size_t put;

  if (lane->row_count != 1)
    return mpcc__rows_take(world, producer, count, since_ms);
  put = mpcc__stage_put(world->lanes->stage, mpcc__lane_front(lane), mpcc__lane_slots(lane), count,
                        since_ms);
  mpcc__lane_took(lane, put);
  return put;
}

/* Not all were taken, and they are as old as they were. */
static void keep_age(struct mpcc_producer *producer, uint64_t first_ms, uint64_t since_ms)
{
  producer->rest_ms = first_ms;
  producer->looked_ms = since_ms;
  if (producer->sleeping)
    /* relaxed: a time. */
    atomic_store_explicit(&producer->since_ms, since_ms, memory_order_relaxed);
}

/* Take the first ${count} items, of which there are more if ${rest}. */
static bool empty(struct mpcc__world *world, struct mpcc_producer *producer, size_t count,
                  uint64_t now_ms, bool rest)
{
  uint64_t since_ms, first_ms = producer->rest_ms;

  if (count == 0)
    return true;
  since_ms = stamp_ms(producer, now_ms);
  producer->rest_ms = rest ? since_ms : MPCC__NOW;
  while (count > 0) {
    size_t row = mpcc__lane_row(&producer->lane, count);
    uint64_t row_ms = first_ms != MPCC__NOW ? first_ms : since_ms;

    if (take(world, producer, row, row_ms) < row) {
      keep_age(producer, row_ms, since_ms);
      return false;
    }
    first_ms = MPCC__NOW;
    count -= row;
  }
  return true;
}

bool mpcc__lanes_empty_one(struct mpcc__world *world, struct mpcc_producer *producer,
                           uint64_t now_ms)
{
  return empty(world, producer, mpcc__lane_count(&producer->lane), now_ms, false);
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
    if (lanes->aligning == producer)
      lanes->aligning = NULL;
    producer->next = dead;
    dead = producer;
  }
  return dead;
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
  all = mpcc__entrance_empty(world, now_ms) && all;
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

/* A step sees all there is; and who wants items at once does not want to wait for a look. */
static bool looks_at_once(const struct mpcc__world *world)
{
  return world->outside.clock_ns == NULL || world->options.push_interval_ms < MPCC__LANES_LOOK_MS ||
         !MPCC__TICKS;
}

/* A lane that grows calls when it has so many items: when a batch may be full; but where it had
 * ${count}, many, the last time, so many are to be expected again, and are fetched together. */
static size_t enough(const struct mpcc__world *world, const struct mpcc__lane *lane, size_t count)
{
  size_t batch = world->pool.shelf.cap, half = lane->capacity / 2;

  if (half == 0)
    return 1;
  if (lane->slots == NULL)
    return lane->row - lane->from;
  return batch < half && count < half ? batch : half;
}

/* Of ${count} items, how many to leave until the next look: those that do not fill a row, if
 * others do, and if they would fill no batch either. At this pace they will be a batch as they are
 * then. */
static size_t leave(const struct mpcc__world *world, const struct mpcc__lane *lane, size_t count)
{
  size_t cap = world->pool.shelf.cap, rest, missing;
  bool known; /* where batches end */

  if (lane->slots != NULL || looks_at_once(world) || world->options.push_interval_ms < LEAVING_MS)
    return 0;
  missing = mpcc__stage_missing(world->lanes->stage, 0);
  known = missing != 0 || mpcc__stage_may_bring(world->lanes->stage, 0);
  rest = mpcc__lane_rest(lane, count);
  return known && (count - rest + cap - missing) % cap + rest < cap ? rest : 0;
}

/* Empty a lane that has ${count} items. After how long to look again. */
static uint64_t look_at_items(struct mpcc__world *world, struct mpcc_producer *producer,
                              size_t count, uint64_t now_ms)
{
  struct mpcc__lane *lane = &producer->lane;
  size_t rest = leave(world, lane, count), most;
  bool all = empty(world, producer, count - rest, now_ms, rest != 0);

  most = enough(world, lane, count);
  producer->sleeping = false;
  mpcc__lane_call_at(lane, most);
  if (!all)
    return MPCC__MEMORY_MS; /* and what is there is as old as it was */
  producer->looked_ms = now_ms;
  /* A push that finds call_at as it was calls; else it is seen here. */
  return mpcc__lane_count(lane) >= most ? 0 : MPCC__LANES_LOOK_MS;
}

/* How many items there are. If none, a call that came when somebody else had already taken its item
 * is forgotten: it must not make the next one old. */
static size_t count_items(struct mpcc_producer *producer)
{
  /* relaxed: a time. That of an item which is not seen yet is forgotten, too; that one counts from
   * when it is seen, which is soon. */
  uint64_t since_ms = atomic_load_explicit(&producer->since_ms, memory_order_relaxed);
  size_t count = mpcc__lane_count(&producer->lane);

  if (count == 0 && since_ms != 0)
    /* relaxed: as above. A call that comes now stays. */
    atomic_compare_exchange_strong_explicit(&producer->since_ms, &since_ms, 0,
                                            memory_order_relaxed, memory_order_relaxed);
  return count;
}

/* Look into one lane. After how long to look again; MPCC__NO_DEADLINE: when it calls. */
static uint64_t look(struct mpcc__world *world, struct mpcc_producer *producer, uint64_t now_ms)
{
  bool at_once = looks_at_once(world);
  uint64_t delay_ms = 0;

  for (int i = at_once ? MPCC__LANES_LOOKS : 1; i > 0 && delay_ms != MPCC__MEMORY_MS; i--) {
    size_t count = count_items(producer);

    if (count == 0) {
      if (!at_once && !producer->sleeping && now_ms < producer->looked_ms + MPCC__LANES_LOOK_MS)
        return MPCC__LANES_LOOK_MS; /* another lane has called: this one may go on */
      if (let_sleep(producer))
        return MPCC__NO_DEADLINE;
      count = mpcc__lane_count(&producer->lane);
    }
    delay_ms = look_at_items(world, producer, count, now_ms);
  }
  return at_once && delay_ms == MPCC__LANES_LOOK_MS ? 0 : delay_ms;
}

static void look_at_all(struct mpcc__world *world)
{
  uint64_t now_ms = mpcc__lanes_clock_ms(world), soonest_ms;

  soonest_ms = mpcc__entrance_look(world, now_ms, looks_at_once(world));
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

/* What was taken out before comes first, or the loop would take in more than it hands over; but
 * whoever waits for a look does not wait for ever. What comes in by the ingress is not limited, and
 * what stands on the stage is of all slots: there all that is due comes first. */
static bool may_look(const struct mpcc__world *world)
{
  const struct mpcc__lanes *lanes = world->lanes;
  bool open = mpcc__entrance_is_open(world);
  uint64_t patience_ms = open ? PATIENCE_MS : MPCC__LANES_LOOK_MS;

  return world->outside.clock_ns == NULL ||
         (world->loop.work_first == NULL && !(open && lanes->late)) ||
         world->loop.now_ms >= lanes->visited_ms + patience_ms;
}

static bool is_due(const struct mpcc__world *world)
{
  return world->loop.now_ms >= world->loop.lanes_ms || world->outside.clock_ns == NULL ||
         /* pairs lanes.wanted: looked at again, if so. */
         atomic_load_explicit(&world->lanes->wanted, memory_order_relaxed);
}

/* Slots whose items may fall due in this pass. A step serves all there is. */
static uint32_t due_most(const struct mpcc__world *world)
{
  if (world->outside.clock_ns == NULL)
    return UINT32_MAX;
  return world->loop.work_first == NULL ? DUE_MOST : DUE_FEW;
}

/* What has come onto the stage and may not stay, and what is due. When to come again. */
static uint64_t clear_stage(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  uint64_t due_ms;
  bool all = lanes->hurry ? mpcc__stage_clear(lanes->stage, MPCC_ALL_SLOTS)
                          : mpcc__stage_settle(lanes->stage);

  lanes->hurry = false;
  due_ms = mpcc__stage_expire(lanes->stage, world->loop.now_ms, due_most(world));
  lanes->late = due_ms <= world->loop.now_ms;
  return all ? due_ms : sooner(due_ms, mpcc__later_ms(world->loop.now_ms, MPCC__MEMORY_MS));
}

/* Under the lock. */
static void look_and_clear(struct mpcc__world *world, bool look)
{
  struct mpcc__lanes *lanes = world->lanes;

  lanes->stage->by_loop = true;
  if (look)
    look_at_all(world);
  world->loop.lanes_ms = sooner(clear_stage(world), lanes->look_ms);
  mpcc__entrance_rest(world);
  lanes->stage->by_loop = false;
}

/* It may look into the lanes. Whether it is to, and whether somebody has called for it. */
static bool begin_look(struct mpcc__world *world, bool *wanted)
{
  struct mpcc__lanes *lanes = world->lanes;

  lanes->visited_ms = world->loop.now_ms;
  /* pairs lanes.wanted: why it was set. */
  *wanted = atomic_exchange_explicit(&lanes->wanted, false, memory_order_acquire);
  return *wanted || world->loop.now_ms >= lanes->look_ms || world->outside.clock_ns == NULL;
}

static void visit(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *dead;
  bool may = may_look(world); /* once: the stage is cleared below, and then it may */
  bool wanted = false, look;

  if (!mpcc__lanes_try_lock(lanes)) {
    world->loop.lanes_ms = mpcc__soon_ms(world->loop.now_ms);
    return;
  }
  look = may && begin_look(world, &wanted);
  if (!lanes->dropping)
    look_and_clear(world, look);
  if (!may)
    world->loop.lanes_ms = world->loop.now_ms; /* the next pass, which comes at once, may */
  dead = mpcc__lanes_unlink_dead(lanes);
  mpcc__lanes_leave(lanes);
  mpcc__lanes_free(world, dead);
  if (wanted && !mpcc__world_rationed(world))
    mpcc__room_tell_refused(world);
}

void mpcc__lanes_visit(struct mpcc__world *world)
{
  if (!mpcc__lanes_used(world->lanes))
    world->loop.lanes_ms = MPCC__NO_DEADLINE;
  else if (is_due(world))
    visit(world);
}

void mpcc__lanes_meet(struct mpcc__world *world, uint32_t slot)
{
  struct mpcc__lanes *lanes = world->lanes;

  if (!mpcc__lanes_used(lanes) || !mpcc__stage_must_go(lanes->stage, slot))
    return;
  if (!mpcc__lanes_try_lock(lanes)) {
    lanes->hurry = true;
    world->loop.lanes_ms = mpcc__soon_ms(world->loop.now_ms);
    return;
  }
  if (!lanes->dropping)
    (void)mpcc__stage_clear(lanes->stage, slot);
  if (mpcc__ready_any(&world->ready))
    world->loop.lanes_ms = world->loop.now_ms; /* nobody signals that */
  mpcc__lanes_leave(lanes);
}
