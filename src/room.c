/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "room.h"

#include "check.h"
#include "owner.h"
#include "waiters.h"

static bool owed(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  /* pairs slot.room: room was given before. */
  return world->options.on_room != NULL && mpcc__world_stop(world) == MPCC__RUNNING &&
         atomic_load_explicit(&slot->refused, memory_order_seq_cst);
}

/* Room in the slot itself. */
static bool has_places(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  /* relaxed: who signals because there are places has seen them; and the loop's own are its own. */
  return world->options.capacity == 0 ||
         atomic_load_explicit(&slot->credit, memory_order_relaxed) != 0;
}

static void tell(struct mpcc__world *world, struct mpcc__slot *slot)
{
  /* pairs slot.room: who is refused from here on sets it again. */
  if (atomic_exchange_explicit(&slot->refused, false, memory_order_seq_cst))
    world->options.on_room(world->handle, mpcc__slot_number(world, slot), world->loop.state);
}

static void append_to_room_line(struct mpcc__loop_side *loop, struct mpcc__wish *wish)
{
  wish->next = NULL;
  if (loop->room_last != NULL)
    loop->room_last->next = wish;
  else
    loop->room_first = wish;
  loop->room_last = wish;
  wish->in_line = true;
}

static struct mpcc__slot *whose(const struct mpcc__world *world, const struct mpcc__wish *wish)
{
  return &world->slots[wish - world->wishes];
}

/* Who was refused since the last look goes to the end of the line. */
static void gather_starving(struct mpcc__world *world)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&world->starving);

  while (node != NULL) {
    struct mpcc__wish *wish = MPCC__OWNER(node, struct mpcc__wish, starving);

    node = node->next;
    mpcc__ready_clear(&wish->starving);
    if (!wish->in_line)
      append_to_room_line(&world->loop, wish);
  }
}

/* In the order in which they were refused, as long as there is memory; each once. True if there was
 * none for the next. */
static bool tell_line(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  struct mpcc__wish *wish = NULL, *last = loop->room_last;

  while (wish != last) {
    struct mpcc__slot *slot;

    if (mpcc__pool_spent(&world->pool))
      return true;
    wish = loop->room_first;
    MPCC__CHECK(wish != NULL); /* the last one is still in the line */
    slot = whose(world, wish);
    loop->room_first = wish->next;
    if (loop->room_first == NULL)
      loop->room_last = NULL;
    wish->in_line = false;
    if (!owed(world, slot) || !has_places(world, slot))
      continue; /* the slot comes again when it has places */
    if (mpcc__waiters_any(slot))
      append_to_room_line(loop, wish);
    else
      tell(world, slot);
  }
  return false;
}

void mpcc__room_tell_starving(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  bool spent;

  if (loop->room_first == NULL && !mpcc__ready_any(&world->starving))
    return;
  gather_starving(world);
  spent = tell_line(world);
  if (loop->room_first == NULL)
    /* pairs world.memory: who has said so before this is on the list that is looked at below. */
    atomic_fetch_and_explicit(&world->hungry, ~(uint32_t)MPCC__HUNGRY_SLOTS,
                              memory_order_acquire);
  else
    /* pairs world.memory: say so, then look again. */
    atomic_fetch_or_explicit(&world->hungry, MPCC__HUNGRY_SLOTS, memory_order_acquire);
  if (mpcc__ready_any(&world->starving) || (spent && !mpcc__pool_spent(&world->pool)))
    mpcc__world_signal(world);
}

void mpcc__room_tell_refused(struct mpcc__world *world)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&world->starving);

  while (node != NULL) {
    struct mpcc__wish *wish = MPCC__OWNER(node, struct mpcc__wish, starving);

    node = node->next;
    mpcc__ready_clear(&wish->starving);
    mpcc__room_tell(world, whose(world, wish)); /* if not now, when it has places */
  }
}

/* Cells that were claimed by nobody in the segment that is the tail. */
static bool has_cells(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  /* relaxed: a hint; who pushes finds out. */
  uint64_t tail = atomic_load_explicit(&slot->queue.tail, memory_order_relaxed);

  return mpcc__tail_segment(tail) != 0 && mpcc__tail_index(tail) < world->pool.shelf.cap;
}

void mpcc__room_tell(struct mpcc__world *world, struct mpcc__slot *slot)
{
  if (!owed(world, slot) || !has_places(world, slot))
    return;
  if (!mpcc__world_rationed(world) || (has_cells(world, slot) && !mpcc__waiters_any(slot)))
    tell(world, slot);
  else if (!mpcc__wish_of(world, slot)->in_line)
    append_to_room_line(&world->loop, mpcc__wish_of(world, slot));
}
