/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "room.h"

#include "waiters.h"

static bool owed(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  /* pairs slot.room: room was given before. */
  return world->options.on_room != NULL && mpcc__world_stop(world) == MPCC__RUNNING &&
         atomic_load_explicit(&slot->refused, memory_order_seq_cst);
}

static bool has_room(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  if (mpcc__world_rationed(world))
    if (mpcc__waiters_any(slot) || mpcc__pool_spent(&world->pool))
      return false;
  /* pairs slot.room: as above. */
  return world->options.capacity == 0 ||
         atomic_load_explicit(&slot->credit, memory_order_seq_cst) != 0;
}

void mpcc__room_tell(struct mpcc__world *world, struct mpcc__slot *slot)
{
  if (!owed(world, slot) || !has_room(world, slot))
    return;
  /* pairs slot.room: who is refused from here on sets it again. */
  if (atomic_exchange_explicit(&slot->refused, false, memory_order_seq_cst))
    world->options.on_room(world->handle, mpcc__slot_number(world, slot), world->loop.state);
}

static void append_to_room_line(struct mpcc__loop_side *loop, struct mpcc__slot *slot)
{
  slot->room_next = NULL;
  if (loop->room_last != NULL)
    loop->room_last->room_next = slot;
  else
    loop->room_first = slot;
  loop->room_last = slot;
  slot->in_room_line = true;
}

/* Who was refused since the last look goes to the end of the line. */
static void gather_starving(struct mpcc__world *world)
{
  struct mpcc__ready_node *node = mpcc__ready_take(&world->starving);

  while (node != NULL) {
    const void *place = (unsigned char *)node - offsetof(struct mpcc__slot, starving);
    struct mpcc__slot *slot = (struct mpcc__slot *)(uintptr_t)place;

    node = node->next;
    mpcc__ready_clear(&slot->starving);
    if (!slot->in_room_line)
      append_to_room_line(&world->loop, slot);
  }
}

void mpcc__room_tell_starving(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  struct mpcc__slot *last;

  gather_starving(world);
  last = loop->room_last;
  while (loop->room_first != NULL && !mpcc__pool_spent(&world->pool)) {
    struct mpcc__slot *slot = loop->room_first;

    loop->room_first = slot->room_next;
    if (loop->room_first == NULL)
      loop->room_last = NULL;
    slot->in_room_line = false;
    mpcc__room_tell(world, slot);
    if (owed(world, slot) && !slot->in_room_line)
      append_to_room_line(loop, slot); /* no room in the slot itself, or others have it */
    if (slot == last)
      break;
  }
}
