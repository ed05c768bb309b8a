/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include "claim.h"
#include "memory.h"
#include "probes.h"
#include "waiters.h"
#include "weight.h"

static bool bounded(const struct mpcc__world *world)
{
  return world->options.capacity != 0;
}

/* -- Refusals ------------------------------------------------------------------------------ */

void mpcc__intake_count_rejected(struct mpcc__slot *slot, uint64_t count)
{
  /* relaxed: a number for statistics. */
  atomic_fetch_add_explicit(&slot->rejected, count, memory_order_relaxed);
}

/* Whether a push that was refused might be taken now: there are places; or, where memory is what is
 * missing, another push has installed a segment, and cells of it are free. */
static bool has_room(const struct mpcc__world *world, const struct mpcc__slot *slot)
{
  uint64_t tail;

  if (!mpcc__world_rationed(world))
    /* pairs slot.room: refused, then looked again. */
    return atomic_load_explicit(&slot->credit, memory_order_seq_cst) != 0;
  /* pairs slot.room: as above. */
  tail = atomic_load_explicit(&slot->queue.tail, memory_order_seq_cst);
  return mpcc__tail_index(tail) < world->pool.shelf.cap;
}

/* Somebody was told MPCC_EFULL: on_room is owed. The loop looks when it gives room; if that was
 * just now, tell it. */
static void owe_room(struct mpcc__push *push)
{
  struct mpcc__world *world = push->world;
  struct mpcc__slot *slot = push->slot;

  if (world->options.on_room == NULL)
    return;
  /* pairs slot.room: the loop that gives room from here on sees it. */
  if (atomic_exchange_explicit(&slot->refused, true, memory_order_seq_cst))
    return; /* who set it looks, or has looked; and it is set until on_room is called */
  if (!mpcc__push_try_enter(push))
    return;
  if (mpcc__world_rationed(world))
    mpcc__memory_starve(world, slot);
  if (has_room(world, slot))
    mpcc__claim_signal(world, slot);
}

/* ${count} items of a push were refused for this. */
static void refuse(struct mpcc__push *push, int err, uint64_t count)
{
  if (err == MPCC_EFULL || err == MPCC_ENOMEM)
    mpcc__intake_count_rejected(push->slot, count);
  if (err == MPCC_EFULL) {
    mpcc__probe_push_full(push->world->handle, mpcc__slot_number(push->world, push->slot));
    owe_room(push);
  }
}

/* -- Pushing ------------------------------------------------------------------------------- */

/* Room for up to ${count} items. In a rationed instance those who wait for memory in this slot
 * come first; in a bounded one they have been given their room. */
static uint64_t take_room(const struct mpcc__world *world, struct mpcc__slot *slot,
                          uint64_t count)
{
  if (mpcc__world_rationed(world) && mpcc__waiters_any(slot))
    return 0;
  return bounded(world) ? mpcc__slot_take_room(slot, count) : count;
}

static void give_room(struct mpcc__push *push, uint64_t count)
{
  if (!bounded(push->world))
    return;
  mpcc__waiters_give_room(push->world, push->slot, count);
  /* pairs slot.room: given, then looked whether on_room is owed. */
  if (atomic_load_explicit(&push->slot->refused, memory_order_seq_cst))
    if (mpcc__push_try_enter(push))
      mpcc__claim_signal(push->world, push->slot);
}

/* What was pushed has a weight: the loop may have to know. Inside the gate. */
static void add_weight(struct mpcc__push *push, const void *items, size_t count)
{
  if (push->world->options.weigh != NULL && count != 0)
    if (mpcc__weight_add(push->world, push->slot, items, count))
      mpcc__claim_signal(push->world, push->slot);
}

static ptrdiff_t push_items(struct mpcc__push *push, const void *items, size_t count)
{
  size_t room = (size_t)take_room(push->world, push->slot, count), done;
  int err = room < count ? MPCC_EFULL : 0;

  done = mpcc__claim_put(push, (const unsigned char *)items, room, &err);
  if (done < room)
    give_room(push, room - done);
  if (done < count)
    refuse(push, err, count - done);
  add_weight(push, items, done);
  return done > 0 ? (ptrdiff_t)done : err;
}

/* With weights: all of it inside the gate, as there is something to do after each publication. */
static ptrdiff_t push_weighed(struct mpcc__push *push, const void *items, size_t count)
{
  size_t carried = mpcc__weight_carried(push->world, items, count);

  if (carried == 0 && count != 0)
    return MPCC_E2BIG;
  return mpcc__push_try_enter(push) ? push_items(push, items, carried) : MPCC_ECLOSED;
}

ptrdiff_t mpcc__intake_push(struct mpcc__world *world, struct mpcc__slot *slot, const void *items,
                            size_t count)
{
  struct mpcc__push push = {world, slot, false, false, false, MPCC__NOW};
  ptrdiff_t done;

  if (mpcc__world_closed(world))
    return MPCC_ECLOSED;
  if (world->options.weigh != NULL)
    done = push_weighed(&push, items, count);
  else
    done = push_items(&push, items, count);
  mpcc__push_leave(&push);
  return done;
}

void mpcc__intake_refuse(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__push push = {world, slot, false, false, false, MPCC__NOW};

  refuse(&push, MPCC_EFULL, 1);
  mpcc__push_leave(&push);
}

void mpcc__intake_give_back(struct mpcc__world *world, struct mpcc__slot *slot)
{
  struct mpcc__push push = {world, slot, false, false, false, MPCC__NOW};

  give_room(&push, 1);
  mpcc__push_leave(&push);
}

int mpcc__intake_push_one(struct mpcc__world *world, struct mpcc__slot *slot, const void *item)
{
  ptrdiff_t done = mpcc__intake_push(world, slot, item, 1);

  return done > 0 ? 0 : (int)done;
}

/* Push one item for which there is room; a claim for it has found ${tail}. */
static int put_one(struct mpcc__push *push, uint64_t tail, const void *item)
{
  ptrdiff_t got = mpcc__claim_use(push, tail, item, 1, true);

  while (got == 0)
    got = mpcc__claim_use(push, mpcc__queue_claim(&push->slot->queue, 1), item, 1, true);
  return got > 0 ? 0 : (int)got;
}

int mpcc__intake_push_claimed(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t tail,
                              const void *item)
{
  struct mpcc__push push = {world, slot, false, false, false, MPCC__NOW};
  int err = put_one(&push, tail, item);

  if (err != 0) {
    give_room(&push, 1);
    refuse(&push, err, 1);
  }
  mpcc__push_leave(&push);
  return err;
}

/* -- Waiting pushes ------------------------------------------------------------------------ */

struct attempt {
  struct mpcc__push *push;
  const void *item;
};

static int attempt(void *arg)
{
  struct attempt *attempt = (struct attempt *)arg;

  return put_one(attempt->push, mpcc__queue_claim(&attempt->push->slot->queue, 1), attempt->item);
}

/* There is room in the slot: push as soon as there is memory, too. */
static int put_when_fed(struct mpcc__push *push, const void *item, uint64_t deadline_ns)
{
  struct attempt try = {push, item};
  int err = MPCC_EFULL;

  if (!mpcc__world_rationed(push->world) || !mpcc__waiters_any(push->slot))
    err = attempt(&try);
  if (err != MPCC_EFULL)
    return err;
  if (!mpcc__push_try_enter(push))
    return MPCC_ECLOSED;
  push->waited = true;
  return mpcc__waiters_wait_for_memory(push->world, push->slot, attempt, &try, deadline_ns);
}

/* Inside the gate while it waits, so that a completion lets who waits go before it ends. */
static int push_waiting(struct mpcc__push *push, const void *item, uint64_t deadline_ns)
{
  struct mpcc__world *world = push->world;
  int err;

  if (bounded(world) && !mpcc__waiters_try_room(push->slot)) {
    if (!mpcc__push_try_enter(push))
      return MPCC_ECLOSED;
    err = mpcc__waiters_wait_for_room(world, push->slot, deadline_ns);
    if (err != 0)
      return err;
  }
  err = put_when_fed(push, item, deadline_ns);
  if (err != 0)
    give_room(push, 1);
  else
    add_weight(push, item, 1);
  return err;
}

int mpcc__intake_push_wait(struct mpcc__world *world, struct mpcc__slot *slot, const void *item,
                           uint64_t deadline_ns)
{
  struct mpcc__push push = {world, slot, false, false, false, MPCC__NOW};
  int err;

  if (mpcc__world_closed(world))
    return MPCC_ECLOSED;
  if (world->options.weigh != NULL && mpcc__weight_carried(world, item, 1) == 0)
    return MPCC_E2BIG;
  if (world->options.weigh != NULL && !mpcc__push_try_enter(&push))
    return MPCC_ECLOSED;
  err = push_waiting(&push, item, deadline_ns);
  if (err == MPCC_ENOMEM)
    mpcc__intake_count_rejected(slot, 1);
  mpcc__push_leave(&push);
  return err;
}
