/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Handles, and what is known of their lanes from outside. */
#include "lanes.h"

#include "check.h"
#include "entrance.h"
#include "rows.h"

/* -- Opening and closing --------------------------------------------------------------------- */

int mpcc__lanes_open(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->source.calloc(1, sizeof(*lanes), world->source.user);

  if (lanes == NULL)
    return MPCC_ENOMEM;
  if (uv_mutex_init(&lanes->lock) != 0)
    goto free_lanes;
  if (uv_mutex_init(&lanes->next) != 0)
    goto destroy_lock;
  if (!mpcc__fair_lock_init(&lanes->others))
    goto destroy_next;
  atomic_init(&lanes->used, false);
  atomic_init(&lanes->wanted, false);
  world->lanes = lanes;
  return 0;

destroy_next:
  uv_mutex_destroy(&lanes->next);
destroy_lock:
  uv_mutex_destroy(&lanes->lock);
free_lanes:
  world->source.free(lanes, world->source.user);
  return MPCC_ENOMEM;
}

void mpcc__lanes_close(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;

  mpcc__lanes_free(world, mpcc__lanes_unlink_dead(lanes));
  MPCC__CHECK(lanes->first == NULL);
  mpcc__fair_lock_destroy(&lanes->others);
  uv_mutex_destroy(&lanes->next);
  uv_mutex_destroy(&lanes->lock);
  mpcc__stage_free(lanes->stage);
  world->source.free(lanes, world->source.user);
}

/* -- Handles --------------------------------------------------------------------------------- */

/* Of how many items in a row it is to be kept which slot they are for. */
static size_t row_slots(const struct mpcc__world *world)
{
  return world->options.slot_count == 1 ? 0 : world->pool.shelf.cap;
}

static bool make_lane(struct mpcc__world *world, struct mpcc__lane *lane, void *memory, size_t rows)
{
  const struct mpcc_options *options = &world->options;
  struct mpcc__row *row = (struct mpcc__row *)memory;

  if (rows == 0) {
    mpcc__lane_init(lane, memory, options->item_size, options->lane_capacity,
                    !mpcc__platform_can_bar());
    return true;
  }
  if (!mpcc__rows_open(world, row, rows))
    return false;
  mpcc__lane_init_rows(lane, row, rows, world->pool.shelf.cap, row_slots(world) != 0,
                       options->item_size, options->lane_capacity);
  return true;
}

static struct mpcc_producer *make(struct mpcc__world *world)
{
  const struct mpcc_options *options = &world->options;
  size_t head = sizeof(struct mpcc_producer), rows = mpcc__rows_count(world), bytes;
  struct mpcc_producer *producer;

  head = (head + MPCC__LINE - 1) / MPCC__LINE * MPCC__LINE;
  bytes = rows != 0 ? mpcc__lane_rows_bytes(rows, row_slots(world))
                    : mpcc__lane_bytes(options->item_size, options->lane_capacity);
  MPCC__CHECK(bytes != 0); /* create has refused such options */
  producer = mpcc__aligned_calloc(&world->source, head + bytes);
  if (producer == NULL)
    return NULL;
  if (!make_lane(world, &producer->lane, (unsigned char *)producer + head, rows)) {
    mpcc__aligned_free(&world->source, producer);
    return NULL;
  }
  producer->world = world;
  producer->open = true;
  producer->sleeping = true;
  producer->rest_ms = MPCC__NOW;
  atomic_init(&producer->since_ms, 0);
  return producer;
}

void mpcc__lanes_free(struct mpcc__world *world, struct mpcc_producer *dead)
{
  while (dead != NULL) {
    struct mpcc_producer *next = dead->next;

    if (dead->lane.row_count != 1)
      mpcc__rows_close(world, dead->lane.rows, dead->lane.row_count);
    mpcc__aligned_free(&world->source, dead);
    dead = next;
  }
}

/* The first handle brings what is needed to empty it. */
static bool put_stage(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc__stage *stage = NULL;
  bool there;

  if (!mpcc__lanes_used(lanes))
    stage = mpcc__stage_new(world);
  mpcc__lanes_lock(lanes);
  if (lanes->stage == NULL) {
    lanes->stage = stage;
    stage = NULL;
  }
  there = lanes->stage != NULL;
  mpcc__lanes_unlock(lanes);
  mpcc__stage_free(stage);
  return there;
}

int mpcc__lanes_add(struct mpcc__world *world, struct mpcc_producer **made)
{
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *producer = put_stage(world) ? make(world) : NULL;

  if (producer == NULL)
    return MPCC_ENOMEM;
  mpcc__lanes_lock(lanes);
  producer->next = lanes->first;
  lanes->first = producer;
  lanes->open_count++;
  mpcc__lanes_unlock(lanes);
  /* pairs lanes.wanted: what is pushed into it comes after this. */
  atomic_store_explicit(&lanes->used, true, memory_order_release);
  *made = producer;
  return 0;
}

int mpcc__lanes_call(struct mpcc_producer *producer)
{
  struct mpcc__world *world = producer->world;

  /* The instance is there as long as the handle is; but its loop may be gone, and then everything
   * was taken. */
  if (!mpcc__gate_try_enter(&world->core->gate))
    return 0;
  /* relaxed: a time, and nothing with it. */
  atomic_store_explicit(&producer->since_ms, mpcc__lanes_clock_ms(world), memory_order_relaxed);
  /* pairs lanes.wanted: set, then signalled. */
  atomic_store_explicit(&world->lanes->wanted, true, memory_order_release);
  mpcc__world_signal(world);
  mpcc__gate_leave(&world->core->gate);
  return 0;
}

void mpcc__lanes_owe_room(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* relaxed: the signal carries it. If it was set, who set it looks, or has looked. */
  if (atomic_exchange_explicit(&slot->refused, true, memory_order_relaxed))
    return;
  if (!mpcc__gate_try_enter(&world->core->gate))
    return;
  (void)mpcc__ready_put(&world->starving, &mpcc__wish_of(world, slot)->starving);
  /* pairs lanes.wanted: on the list, then signalled. */
  atomic_store_explicit(&world->lanes->wanted, true, memory_order_release);
  mpcc__world_signal(world);
  mpcc__gate_leave(&world->core->gate);
}

/* What was pushed into the queues has told nobody yet. Inside the gate. */
static void tell_loop(struct mpcc__world *world)
{
  if (mpcc__ready_any(&world->ready))
    mpcc__world_signal(world);
}

bool mpcc__lanes_sweep(struct mpcc__world *world, uint32_t slot)
{
  struct mpcc__lanes *lanes = world->lanes;
  bool all;

  if (!mpcc__lanes_used(lanes))
    return true;
  mpcc__lanes_lock(lanes);
  all = mpcc__lanes_empty(world) && (lanes->dropping || mpcc__stage_clear(lanes->stage, slot));
  mpcc__lanes_unlock(lanes);
  tell_loop(world);
  return all;
}

void mpcc__lanes_remove(struct mpcc_producer *producer)
{
  struct mpcc__world *world = producer->world;
  struct mpcc__lanes *lanes = world->lanes;
  struct mpcc_producer *dead;
  bool inside = mpcc__gate_try_enter(&world->core->gate);

  mpcc__lanes_lock(lanes);
  producer->open = false;
  lanes->open_count--;
  if (inside && !lanes->dropping) {
    (void)mpcc__lanes_empty_one(world, producer, mpcc__lanes_clock_ms(world));
    (void)mpcc__stage_settle(lanes->stage);
  }
  dead = mpcc__lanes_unlink_dead(lanes);
  mpcc__lanes_unlock(lanes);
  if (inside) {
    tell_loop(world);
    mpcc__gate_leave(&world->core->gate);
  }
  mpcc__lanes_free(world, dead);
}

/* -- Looking from outside ---------------------------------------------------------------------- */

bool mpcc__lanes_hold(const struct mpcc__world *world)
{
  if (!mpcc__lanes_used(world->lanes))
    return false;
  mpcc__lanes_lock(world->lanes);
  return true;
}

void mpcc__lanes_let_go(const struct mpcc__world *world)
{
  mpcc__lanes_unlock(world->lanes);
}

static uint64_t held_for(const struct mpcc__lane *lane, uint32_t slot)
{
  size_t count = mpcc__lane_count(lane), at = lane->from_row * lane->row + lane->from;
  size_t cells = lane->row_count * lane->row;
  uint64_t held = 0;

  if (lane->slots == NULL)
    return slot == 0 ? count : 0;
  for (size_t i = 0; i < count; i++) {
    held += lane->slots[at] == slot;
    at = at + 1 < cells ? at + 1 : 0;
  }
  return held;
}

uint64_t mpcc__lanes_held(const struct mpcc__world *world, uint32_t slot)
{
  uint64_t held = world->lanes->stage != NULL ? mpcc__stage_count(world->lanes->stage, slot) : 0;

  for (struct mpcc_producer *producer = world->lanes->first; producer != NULL;
       producer = producer->next)
    held += slot == MPCC_ALL_SLOTS ? mpcc__lane_count(&producer->lane)
                                   : held_for(&producer->lane, slot);
  return held + mpcc__entrance_held(world, slot);
}

uint64_t mpcc__lanes_ticket(const struct mpcc__world *world, uint32_t slot)
{
  const struct mpcc__queue *queue = &world->slots[slot].queue;
  bool hold = mpcc__lanes_hold(world);
  uint64_t ticket = mpcc__queue_ticket(queue, &world->pool.shelf);

  if (hold && world->lanes->dropping)
    ticket += mpcc__lanes_held(world, slot);
  if (hold)
    mpcc__lanes_let_go(world);
  return ticket;
}

void mpcc__lanes_reopen(struct mpcc__world *world)
{
  if (!mpcc__lanes_hold(world))
    return;
  for (struct mpcc_producer *producer = world->lanes->first; producer != NULL;
       producer = producer->next) {
    mpcc__lane_call_at(&producer->lane, 1);
    producer->sleeping = true;
    producer->rest_ms = MPCC__NOW;
    /* relaxed: a time. Pushes come in after this. */
    atomic_store_explicit(&producer->since_ms, 0, memory_order_relaxed);
  }
  mpcc__lanes_let_go(world);
}

bool mpcc__lanes_hold_items(const struct mpcc__world *world)
{
  bool items;

  if (!mpcc__lanes_hold(world))
    return false;
  items = mpcc__lanes_held(world, MPCC_ALL_SLOTS) != 0;
  mpcc__lanes_let_go(world);
  return items;
}

bool mpcc__lanes_in_use(const struct mpcc__world *world)
{
  bool in_use;

  if (!mpcc__lanes_hold(world))
    return false;
  in_use = world->lanes->open_count != 0 || mpcc__lanes_held(world, MPCC_ALL_SLOTS) != 0;
  mpcc__lanes_let_go(world);
  return in_use;
}

/* -- Freezing ---------------------------------------------------------------------------------- */

bool mpcc__lanes_freeze(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;

  mpcc__lanes_lock(lanes);
  if (lanes->first == NULL)
    return true;
  /* pairs world.detour: see lane.begun. */
  atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_FROZEN, memory_order_seq_cst);
  mpcc__platform_bar();
  while (!mpcc__lanes_quiet(lanes))
    world->outside.yield();
  return mpcc__lanes_held(world, MPCC_ALL_SLOTS) == 0;
}

void mpcc__lanes_thaw(struct mpcc__world *world)
{
  /* relaxed: what was frozen is as it was. */
  atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_FROZEN, memory_order_relaxed);
  mpcc__lanes_unlock(world->lanes);
}

