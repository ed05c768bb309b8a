/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "entrance.h"

#include "memory.h"
#include "thread.h"

enum {
  CHUNKS = 256,  /* in one look: what is due must be handed over, too */
  BUSY = 64,     /* records that a look finds; if in so many ms ... */
  CALM_MS = 500, /* ... none has found so many, and on the stage there are ... */
  FEW_SLOTS = 64 /* ... no more slots than that, it is closed */
};

/* -- Pushing --------------------------------------------------------------------------------- */

/* Inside the gate: the loop is to look. */
static void call(struct mpcc__world *world)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint64_t none = 0;

  /* relaxed: a time, that of the first one that called. */
  if (atomic_load_explicit(&ingress->since_ms, memory_order_relaxed) == 0)
    /* relaxed: as above. */
    atomic_compare_exchange_strong_explicit(&ingress->since_ms, &none, mpcc__lanes_clock_ms(world),
                                            memory_order_relaxed, memory_order_relaxed);
  /* relaxed: the signal carries it; what is in the ring comes with its number. */
  atomic_store_explicit(&world->lanes->wanted, true, memory_order_relaxed);
  mpcc__world_signal(world);
}

/* Put ${count} items, for which there is room. False if it has closed. */
static inline bool put(struct mpcc__world *world, struct mpcc__ring *ring, uint32_t slot,
                       const unsigned char *items, uint32_t count)
{
  uint64_t batch = world->pool.shelf.cap, filled = mpcc__ring_filled(ring);
  uint64_t word = mpcc__ingress_claim(world->ingress, ring, slot, items, count);

  if ((word & (MPCC__INGRESS_CLOSED | MPCC__INGRESS_SLEEPS)) == 0 &&
      (filled >= batch || filled + count < batch)) {
    mpcc__ring_publish(ring, count);
    return true;
  }
  if ((word & MPCC__INGRESS_CLOSED) != 0)
    return false;
  mpcc__gate_enter(&world->core->gate); /* before it is published: see claim.h */
  mpcc__ring_publish(ring, count);
  call(world);
  mpcc__gate_leave(&world->core->gate);
  return true;
}

size_t mpcc__entrance_push(struct mpcc__world *world, uint32_t slot, const void *items,
                           size_t count, int *err)
{
  const unsigned char *item = (const unsigned char *)items;
  uintptr_t thread = mpcc__platform_thread();
  size_t done = 0;

  *err = 0;
  while (done < count) {
    struct mpcc__ring *ring = mpcc__ingress_ring(world->ingress, &world->source, thread);
    uint64_t room;

    if (ring == NULL) {
      *err = MPCC_ENOMEM;
      break;
    }
    if (count == 1) /* with this number the compiler makes another, shorter function */
      return put(world, ring, slot, item, 1) ? 1 : 0;
    room = ring->mask + 1 - mpcc__ring_filled(ring);
    if (room > count - done)
      room = count - done;
    if (!put(world, ring, slot, item + done * world->options.item_size, (uint32_t)room))
      break;
    done += (size_t)room;
  }
  return done;
}

/* -- Emptying: under the lock ---------------------------------------------------------------- */

/* The time from which what is in it counts. */
static uint64_t stamp_ms(struct mpcc__world *world, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;
  /* relaxed: when the first one came; nothing goes with it. */
  uint64_t since_ms = atomic_exchange_explicit(&ingress->since_ms, 0, memory_order_relaxed);

  if (world->outside.clock_ns == NULL)
    return world->lanes->stage->by_loop ? world->loop.now_ms : MPCC__NOW;
  if (!ingress->sleeps)
    return ingress->looked_ms;
  return since_ms != 0 ? since_ms : now_ms;
}

enum brought { ALL, SOME, REFUSED };

/* Bring what has numbers before the bound to the stage, as of ${since_ms}, in *chunks at most. */
static enum brought bring_before(struct mpcc__world *world, uint64_t bound, uint64_t since_ms,
                                 uint32_t *chunks)
{
  struct mpcc__ingress *ingress = world->ingress;

  for (; *chunks != 0; --*chunks) {
    size_t count = mpcc__ingress_look(ingress, &world->source, bound), put;

    if (count == 0)
      return ALL;
    put = mpcc__stage_put(world->lanes->stage, ingress->items, ingress->slots, count, since_ms);
    mpcc__ingress_took(ingress, 0, put);
    if (put < count)
      return REFUSED;
  }
  return SOME;
}

/* Bring what was pushed until now. What is left is as old as it is, and not as what comes then. */
static enum brought bring(struct mpcc__world *world, uint64_t now_ms, uint32_t chunks)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint64_t bound = mpcc__ingress_bound(ingress);
  enum brought brought = bring_before(world, ingress->left, ingress->left_ms, &chunks);

  if (brought != ALL)
    return brought;
  ingress->left = bound;
  ingress->left_ms = stamp_ms(world, now_ms);
  ingress->looked_ms = now_ms;
  return bring_before(world, ingress->left, ingress->left_ms, &chunks);
}

bool mpcc__entrance_empty(struct mpcc__world *world, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;

  return ingress == NULL || mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) == 0 ||
         bring(world, now_ms, UINT32_MAX) != REFUSED;
}

uint64_t mpcc__entrance_held(const struct mpcc__world *world, uint32_t slot)
{
  return world->ingress != NULL ? mpcc__ingress_count(world->ingress, slot) : 0;
}

/* -- The loop -------------------------------------------------------------------------------- */

static void make_and_open(struct mpcc__world *world)
{
  struct mpcc__lanes *lanes = world->lanes;

  if (lanes->stage == NULL)
    lanes->stage = mpcc__stage_new(world);
  if (lanes->stage == NULL)
    return;
  if (world->ingress == NULL)
    world->ingress = mpcc__ingress_new(&world->source, world->options.item_size);
  if (world->ingress == NULL)
    return;
  world->ingress->looked_ms = world->ingress->busy_ms = world->loop.now_ms;
  /* relaxed: a time. */
  atomic_store_explicit(&world->ingress->since_ms, 0, memory_order_relaxed);
  mpcc__ingress_open(world->ingress);
  lanes->look_ms = world->loop.lanes_ms = world->loop.now_ms;
  /* relaxed: who has pushed there has seen what follows. */
  atomic_store_explicit(&lanes->used, true, memory_order_relaxed);
  /* pairs world.detour: carries the ingress, and that. */
  atomic_fetch_or_explicit(&world->detour, MPCC__DETOUR_SCATTERED, memory_order_release);
}

void mpcc__entrance_open(struct mpcc__world *world)
{
  mpcc__lanes_enter(world->lanes);
  if (mpcc__world_stop(world) == MPCC__RUNNING)
    make_and_open(world);
  world->loop.scattered = mpcc__entrance_is_open(world) || MPCC__INGRESS_ALWAYS;
  mpcc__lanes_leave(world->lanes);
}

void mpcc__entrance_rest(struct mpcc__world *world)
{
  struct mpcc__ingress *ingress = world->ingress;
  struct mpcc__stage *stage = world->lanes->stage;

  if (!mpcc__entrance_is_open(world) || !ingress->sleeps || MPCC__INGRESS_ALWAYS ||
      world->loop.now_ms < ingress->busy_ms + CALM_MS || !mpcc__stage_is_short(stage, FEW_SLOTS))
    return;
  if (!mpcc__stage_clear(stage, MPCC_ALL_SLOTS) || !mpcc__ingress_close_empty(ingress))
    return;
  world->loop.scattered = false;
  /* relaxed: who comes there finds it closed. */
  atomic_fetch_and_explicit(&world->detour, ~(unsigned)MPCC__DETOUR_SCATTERED,
                            memory_order_relaxed);
}

bool mpcc__entrance_close(struct mpcc__world *world)
{
  return world->ingress == NULL || mpcc__ingress_close(world->ingress);
}

/* How many records there are. If none, a call that came when somebody else had already taken its
 * record is forgotten: it must not make the next one old. */
static uint64_t count_records(struct mpcc__ingress *ingress)
{
  /* relaxed: a time. That of a record which is not seen yet is forgotten, too; that one counts from
   * when it is seen, which is soon. */
  uint64_t since_ms = atomic_load_explicit(&ingress->since_ms, memory_order_relaxed);
  uint64_t count = mpcc__ingress_count(ingress, MPCC_ALL_SLOTS);

  if (count == 0 && since_ms != 0)
    /* relaxed: as above. A call that comes now stays. */
    atomic_compare_exchange_strong_explicit(&ingress->since_ms, &since_ms, 0, memory_order_relaxed,
                                            memory_order_relaxed);
  return count;
}

/* There are records. After how long to look again. */
static uint64_t take_in(struct mpcc__world *world, uint64_t now_ms)
{
  struct mpcc__ingress *ingress = world->ingress;
  enum brought brought = bring(world, now_ms, CHUNKS);

  if (brought == REFUSED) {
    (void)mpcc__ingress_sleep(ingress); /* there may be memory for what comes meanwhile */
    return MPCC__MEMORY_MS;
  }
  mpcc__ingress_wake(ingress);
  if (brought == SOME)
    return 0;
  return mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) >= world->pool.shelf.cap
             ? 0
             : MPCC__LANES_LOOK_MS;
}

uint64_t mpcc__entrance_look(struct mpcc__world *world, uint64_t now_ms, bool at_once)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint64_t delay_ms = 0;

  if (!mpcc__entrance_is_open(world))
    return MPCC__NO_DEADLINE;
  for (int i = at_once ? MPCC__LANES_LOOKS : 1; i > 0 && delay_ms != MPCC__MEMORY_MS; i--) {
    uint64_t count = count_records(ingress);

    if (count == 0) {
      if (!at_once && !ingress->sleeps && now_ms < ingress->looked_ms + MPCC__LANES_LOOK_MS)
        return MPCC__LANES_LOOK_MS; /* a lane has called: this may go on */
      if (mpcc__ingress_sleep(ingress))
        return MPCC__NO_DEADLINE;
      if (mpcc__ingress_count(ingress, MPCC_ALL_SLOTS) == 0)
        return 1; /* somebody is in the middle of a push */
    }
    if (count >= BUSY)
      ingress->busy_ms = world->loop.now_ms;
    delay_ms = take_in(world, now_ms);
  }
  return at_once && delay_ms == MPCC__LANES_LOOK_MS ? 0 : delay_ms;
}

uint32_t mpcc__entrance_drop(struct mpcc__world *world, uint32_t *slot,
                             const unsigned char **items)
{
  struct mpcc__ingress *ingress = world->ingress;
  uint32_t count = 1;
  size_t some;

  some = ingress != NULL ? mpcc__ingress_look(ingress, &world->source, UINT64_MAX) : 0;
  if (some == 0)
    return 0;
  *slot = ingress->slots[0];
  *items = ingress->items;
  while (count < some && count < world->options.batch_size && ingress->slots[count] == *slot)
    count++;
  mpcc__ingress_took(ingress, 0, count);
  return count;
}
