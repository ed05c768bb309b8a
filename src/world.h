/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What producers, the dispatcher and the drivers of one instance share.
 *
 * Orderings:
 *
 *   world.detour  complete sets its closed bit before any queue is closed, start clears it
 *                 (release) after all are open; pushes load it (acquire). A push that finds a queue
 *                 closed and the world open is early or late by a moment, and looks again. (Setting
 *                 the bit is sequentially consistent, for lane.begun.)
 *                 (The loop sets and clears SCATTERED (release): carries the ingress, and what came
 *                 out of it and stands in the queues.)
 *   world.hint    who looks a segment up stores it as a hint (release), pushes load it (acquire).
 *                 Carries the segment's first_cell.
 *   world.stop    complete stores the mode (release) before it signals, the loop loads it
 *                 (acquire).
 *   world.memory  who wants memory says so in ${hungry}, then looks into the pool (acquire); who
 *                 gives a segment back looks at ${hungry} after it (release). All are
 *                 read-modify-writes of it, so one of the two sees the other. Who wants to be told
 *                 of memory stands on a list, which goes the other way with it, to who tells.
 */
#ifndef MPCC__WORLD_H
#define MPCC__WORLD_H

#include <mpcc.h>

#include "core.h"
#include "event.h"
#include "histogram.h"
#include "probes.h"
#include "slot.h"
#include "stores.h"

struct mpcc__batch;
struct mpcc__ingress;
struct mpcc__lanes;
struct mpcc__waiters;
struct mpcc__workers;
struct mpcc__world;

/* What a driver gives to the rooms below it. */
struct mpcc__outside {
  void (*wake)(struct mpcc__world *world); /* send: the loop is asleep */
  uint64_t (*clock_ns)(void);              /* monotonic; NULL: time is only what the loop is told */
  void (*yield)(void);                     /* let other threads run */
};

/* Segments for small batches, which are used again at once, while they are in the cache: hardly
 * ever does anybody but the loop write to them. A ring, so that each rests as long as others. */
enum { MPCC__SPARES = 16 };

struct mpcc__spares {
  uint32_t numbers[MPCC__SPARES];
  uint32_t first;
  _Atomic uint32_t count; /* only the loop writes it */
  uint64_t not_before_ms; /* memory was refused: keep none until then */
};

/* The loop's own. */
struct mpcc__loop_side {
  mpcc_pump_cb pump;
  void *state;
  uint64_t now_ms;     /* told by the driver, never going back */
  uint64_t start_ms;
  uint64_t recheck_ms; /* when to see again whether the gate is empty, or MPCC__NO_DEADLINE */
  uint64_t lanes_ms;   /* when to look into producer handles, or MPCC__NO_DEADLINE */
  uint32_t pass;       /* counts them, and may come round; never 0 in a pass */
  struct mpcc__deadlines deadlines;         /* of slots */
  struct mpcc__deadlines batch_deadlines;   /* of batches: timeouts, and when to try again */
  uint64_t random;     /* for jitter */
  struct mpcc__slot *work_first, *work_last;
  struct mpcc__batch *passing_first, *passing_last; /* see bypass.h */
  uint32_t passing;    /* how many */
  struct mpcc__spares spares;
  struct mpcc__wish *room_first, *room_last; /* were refused for want of memory, in order */
  uint64_t leftover;   /* while stopping: items still queued */
  uint64_t in_flight;  /* batches */
  uint32_t phases;     /* slots with a phase: there pushes must look closer */
  int stopping;        /* the mode acted upon so far, or MPCC__RUNNING */
  bool slept;          /* since the event was last consumed */
  bool finished;
  bool scattered;      /* pushes should go, or go, by way of the ingress */
};

enum { MPCC__RUNNING = -1 };

/* Why a push may not take the usual way (quick.h), in world.detour. */
enum {
  MPCC__DETOUR_CLOSED = 1,
  MPCC__DETOUR_ROOM = 2,   /* options.capacity: room must be taken */
  MPCC__DETOUR_CARE = 4,   /* weights, or a limit of memory: there is more to look after */
  MPCC__DETOUR_FROZEN = 8, /* pushes through handles must wait a moment (lanes.h) */
  MPCC__DETOUR_SHARED = 16,   /* by way of a store buffer (stores.h), for who likes */
  MPCC__DETOUR_SCATTERED = 32, /* by way of the ingress (ingress.h), for all */
  MPCC__DETOUR_NOT_HANDLES = MPCC__DETOUR_SHARED | MPCC__DETOUR_SCATTERED /* only for others */
};

/* Hints: a segment that pushes go to, by slot; if it is the wrong one, its first_cell tells. Never
 * NULL. */
enum { MPCC__HINTS = 256 };
enum { MPCC__HUNGRY_SLOTS = 1, MPCC__HUNGRY_THREAD = 2 }; /* in world.hungry */

struct mpcc__world {
  /* What every push reads. Constant after create, but for hints and detour. */
  _Alignas(MPCC__LINE) _Atomic(struct mpcc__segment *) hints[MPCC__HINTS]; /* first: see quick.h */
  atomic_uint detour;
  _Atomic uint32_t usual_end; /* a segment's last cell; 0: pushes must look closer (quick.h) */
  struct mpcc__slot *slots;
  struct mpcc__pool pool;

  struct mpcc__stores stores; /* pushes read it, too */

  /* Constant after create. */
  bool usual;     /* items have a usual size */
  bool may_store; /* buffers may be turned on, or the ingress opened */
  mpcc_t *handle;
  struct mpcc_options options; /* a copy, without the allocator */
  struct mpcc__source source; /* the allocator, as the lower rooms take it */
  struct mpcc__outside outside;
  void *driver;               /* whose wake it is */
  struct mpcc__burden *burdens; /* of each slot, or NULL: no weights */
  struct mpcc__wish *wishes;  /* of each slot, or NULL: no on_room */
  struct mpcc__waiters *waiters;
  struct mpcc__lanes *lanes;
  struct mpcc__ingress *ingress; /* made when it is first used, by the loop; comes with detour */
  struct mpcc__core *core;
  unsigned number_bits; /* of a batch id */

  /* Written seldom, read by all. */
  struct mpcc__workers *workers; /* MPCC_PUMP_ON_WORKER: those of the last start */
  atomic_bool started; /* at least once */
  atomic_int stop;

  /* Written by all. */
  _Alignas(MPCC__LINE) struct mpcc__ready ready; /* slots that want service */
  _Alignas(MPCC__LINE) struct mpcc__ready done;  /* batches answered */
  _Alignas(MPCC__LINE) struct mpcc__event event;
  _Alignas(MPCC__LINE) struct mpcc__ready starving; /* slots that want on_room for memory */
  atomic_bool spares_wanted; /* somebody was refused memory while the loop had spare segments */
  _Atomic uint32_t hungry; /* 2 for each thread in push_wait for memory, 1 if slots want on_room */

  /* The loop's. */
  _Alignas(MPCC__LINE) struct mpcc__loop_side loop;
  _Atomic uint64_t wakeups;
  _Atomic uint64_t seen_ms; /* loop.now_ms, for who looks in */
  struct mpcc__histogram histograms[MPCC_HISTOGRAM_PUMP_NS + 1]; /* by MPCC_HISTOGRAM_... */
  _Atomic uintptr_t loop_thread; /* see loop_thread.h; 0: none. Not beside what each push reads */
  _Atomic uintptr_t starter;     /* who started on a loop of the user's, or 0 */
};

/* ${world} is zeroed memory. 0, MPCC_EINVAL (sizes overflow) or MPCC_ENOMEM. */
int mpcc__world_open(struct mpcc__world *world, const struct mpcc_options *options);
void mpcc__world_close(struct mpcc__world *world);

/* Before a start: replace what abandoned batches still hold, where all was reserved. False when
 * memory is refused. */
bool mpcc__world_refill(struct mpcc__world *world);

static inline uint32_t mpcc__slot_number(const struct mpcc__world *world,
                                         const struct mpcc__slot *slot)
{
  return (uint32_t)(slot - world->slots);
}

static inline bool mpcc__world_closed(const struct mpcc__world *world)
{
  /* pairs world.detour: see above. */
  return (atomic_load_explicit(&world->detour, memory_order_acquire) & MPCC__DETOUR_CLOSED) != 0;
}

/* With weights. */
static inline struct mpcc__burden *mpcc__burden_of(const struct mpcc__world *world,
                                                   const struct mpcc__slot *slot)
{
  return &world->burdens[mpcc__slot_number(world, slot)];
}

/* With on_room. */
static inline struct mpcc__wish *mpcc__wish_of(const struct mpcc__world *world,
                                               const struct mpcc__slot *slot)
{
  return &world->wishes[mpcc__slot_number(world, slot)];
}

/* The mode of stopping that was asked for, or MPCC__RUNNING. */
static inline int mpcc__world_stop(const struct mpcc__world *world)
{
  /* pairs world.stop: what was accepted before the call is seen. */
  return atomic_load_explicit(&world->stop, memory_order_acquire);
}

/* Whether segments come out of a limited pool that grows. */
static inline bool mpcc__world_rationed(const struct mpcc__world *world)
{
  return world->options.max_memory != 0;
}

/* Whether all segments were reserved by create: then a pool that is empty is so for a moment. */
static inline bool mpcc__world_reserved(const struct mpcc__world *world)
{
  return world->options.capacity != 0 && !mpcc__world_rationed(world);
}

/* Inside the gate, or the loop: whether an item with this ticket, in flight, was discarded; also
 * if the loop has not come to it yet. */
static inline bool mpcc__world_discarded(const struct mpcc__world *world, uint32_t slot,
                                         uint64_t ticket)
{
  int stop = mpcc__world_stop(world);

  if (stop == MPCC_DISCARD || stop == MPCC_ABANDON)
    return true;
  /* pairs slot.flush: a discard of the slot. */
  return ticket < atomic_load_explicit(&world->slots[slot].discard_to, memory_order_acquire);
}

/* The loop: items of the slot before this ticket are to be dropped. */
static inline uint64_t mpcc__world_discard_to(const struct mpcc__world *world,
                                              const struct mpcc__slot *slot)
{
  if (world->loop.stopping != MPCC__RUNNING && world->loop.stopping != MPCC_DRAIN)
    return UINT64_MAX;
  /* pairs slot.flush: see slot.h. */
  return atomic_load_explicit(&slot->discard_to, memory_order_acquire);
}

/* The time by which pumps are measured: never what a decision depends on. */
static inline uint64_t mpcc__world_measured_ns(const struct mpcc__world *world)
{
  if (world->outside.clock_ns != NULL)
    return world->outside.clock_ns();
  return world->loop.now_ms < UINT64_MAX / 1000000 ? world->loop.now_ms * 1000000 : UINT64_MAX;
}

/* Any thread that is inside the gate. */
static inline void mpcc__world_signal(struct mpcc__world *world)
{
  if (mpcc__event_signal(&world->event)) {
    mpcc__probe_wake(world->handle);
    world->outside.wake(world);
  }
}

#endif
