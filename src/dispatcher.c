/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "dispatcher.h"

#include "batch.h"
#include "bypass.h"
#include "cut.h"
#include "entrance.h"
#include "gather.h"
#include "hand_over.h"
#include "lanes.h"
#include "memory.h"
#include "outcome.h"
#include "owner.h"
#include "room.h"
#include "serve.h"
#include "workers.h"

enum { QUANTUM = 8 }; /* batches of one slot in its turn */

/* -- Settling ------------------------------------------------------------------------------ */

/* Settle what was answered by other threads and callbacks; their slots may go on. */
static void settle_done(struct mpcc__world *world)
{
  while (mpcc__ready_any(&world->done)) {
    struct mpcc__ready_node *node = mpcc__ready_take(&world->done);

    while (node != NULL) {
      struct mpcc__batch *batch = MPCC__OWNER(node, struct mpcc__batch, done);
      struct mpcc__slot *slot = &world->slots[batch->shown.slot];

      node = node->next;
      mpcc__outcome_settle(world, batch);
      mpcc__gather(world, slot);
    }
  }
}

/* -- Stopping ------------------------------------------------------------------------------ */

/* Whether what producer handles hold needs no more of the loop. A drain pushes it into the queues
 * before it closes them; if there is no memory for that, what is queued goes first. */
static bool stop_lanes(struct mpcc__world *world, int asked)
{
  if (world->loop.stopping != MPCC__RUNNING || mpcc__lanes_stop(world, asked == MPCC_DRAIN))
    return true;
  for (uint32_t i = 0; asked == MPCC_DRAIN && i < world->options.slot_count; i++)
    if (mpcc__cut_mark(world, &world->slots[i]))
      mpcc__gather(world, &world->slots[i]);
  return false;
}

/* Items are to be dropped, but a push through a handle is still under way: nothing more is handed
 * over meanwhile. In IDLE there would be no pump. */
static bool must_hold(const struct mpcc__world *world)
{
  return world->loop.stopping == MPCC__RUNNING && mpcc__world_stop(world) > MPCC_DRAIN;
}

/* Act on what complete has asked for since the last look. */
static void obey_stop(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  int asked = mpcc__world_stop(world);
  int before = loop->stopping;

  if (asked == before || !stop_lanes(world, asked))
    return;
  loop->stopping = asked;
  for (uint32_t i = 0; i < world->options.slot_count; i++) {
    struct mpcc__slot *slot = &world->slots[i];

    if (before == MPCC__RUNNING) {
      mpcc__serve_close(world, slot);
      slot->cut_pass = loop->pass - 1; /* all that is queued is for this pass */
    }
    mpcc__gather(world, slot);
    if (asked != MPCC_DRAIN)
      mpcc__serve_condemn(world, slot, UINT64_MAX);
  }
}

/* Nothing is queued any more: do not wait for the pumps. */
static void abandon(struct mpcc__world *world)
{
  for (uint32_t i = 0; i < world->options.slot_count && world->loop.in_flight != 0; i++)
    mpcc__serve_abandon(world, &world->slots[i]);
  mpcc__workers_leave(world);
}

/* Whether anything waits for its turn. */
static bool has_work(const struct mpcc__world *world)
{
  return world->loop.work_first != NULL || !mpcc__bypass_is_empty(world);
}

static void try_finish(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;

  loop->recheck_ms = MPCC__NO_DEADLINE;
  if (loop->stopping == MPCC__RUNNING || loop->leftover != 0 || has_work(world))
    return;
  mpcc__lanes_drop(world);
  if (loop->stopping == MPCC_ABANDON)
    abandon(world);
  if (loop->in_flight != 0 || !mpcc__workers_quiet(world))
    return;
  if (mpcc__gate_try_close(&world->core->gate)) {
    mpcc__workers_stop(world);
    loop->finished = true;
  } else {
    loop->recheck_ms = mpcc__soon_ms(loop->now_ms);
  }
}

/* -- Passes -------------------------------------------------------------------------------- */

static void obey(struct mpcc__world *world)
{
  settle_done(world);
  obey_stop(world); /* a discard by the pump leaves nothing more to the pump */
}

/* A batch whose time has come: false if there is none. */
static bool serve_batch(struct mpcc__world *world, uint32_t *budget)
{
  struct mpcc__deadline *deadline =
      mpcc__deadlines_expire(&world->loop.batch_deadlines, world->loop.now_ms);
  struct mpcc__batch *batch;
  struct mpcc__slot *slot;

  if (deadline == NULL)
    return false;
  if (*budget != MPCC__NO_BUDGET)
    --*budget;
  batch = MPCC__OWNER(deadline, struct mpcc__batch, deadline);
  slot = &world->slots[batch->shown.slot];
  mpcc__hand_over_deadline(world, batch);
  mpcc__gather(world, slot); /* it may have a place again */
  return true;
}

/* Serve a slot for its turn; it comes again at the end of the line if it is not done then. */
static void visit(struct mpcc__world *world, struct mpcc__slot *slot, uint32_t *budget)
{
  for (int turn = 0; turn < QUANTUM && *budget > 0; turn++) {
    bool more;

    if (*budget != MPCC__NO_BUDGET)
      --*budget;
    more = mpcc__serve_step(world, slot);
    mpcc__room_tell(world, slot);
    if (!more) {
      /* Pushed behind the batch that was just taken: nobody tells. */
      mpcc__lanes_meet(world, mpcc__slot_number(world, slot));
      return;
    }
    obey(world);
    if (slot->on_work)
      return;
    if (must_hold(world))
      break;
  }
  if (!slot->on_work)
    mpcc__gather_again(world, slot);
}

/* Serve what comes first of what waits for its turn. */
static void serve_first(struct mpcc__world *world, uint32_t *budget)
{
  if (mpcc__bypass_is_empty(world)) {
    visit(world, mpcc__gather_next(world), budget);
    return;
  }
  if (*budget != MPCC__NO_BUDGET)
    --*budget;
  mpcc__bypass_serve(world);
}

/* Serve what was gathered, and what comes due meanwhile. */
static void serve(struct mpcc__world *world, uint32_t budget)
{
  bool more;

  do {
    obey(world);
    if (must_hold(world))
      return;
    more = serve_batch(world, &budget);
    obey(world);
    if (has_work(world) && budget > 0 && !must_hold(world)) {
      serve_first(world, &budget);
      more = true;
    }
  } while (more && budget > 0);
}

static void set_now(struct mpcc__world *world, uint64_t now_ms)
{
  world->loop.now_ms = now_ms;
  /* relaxed: a number for who looks in. */
  atomic_store_explicit(&world->seen_ms, now_ms, memory_order_relaxed);
}

/* Slots that are gathered from here on are served up to what is in them then. */
static void begin_cuts(struct mpcc__loop_side *loop)
{
  if (++loop->pass == 0)
    loop->pass = 1;
}

void mpcc__dispatcher_pass(struct mpcc__world *world, uint64_t now_ms, uint32_t budget)
{
  struct mpcc__loop_side *loop = &world->loop;
  bool signalled = mpcc__event_consume(&world->event);

  if (signalled && loop->slept)
    mpcc__tally_add(&world->wakeups, 1);
  loop->slept = false;
  begin_cuts(loop);
  if (now_ms > loop->now_ms)
    set_now(world, now_ms);
  mpcc__memory_share_spares(world);
  obey_stop(world);
  settle_done(world);
  if (loop->scattered && !mpcc__entrance_is_open(world))
    mpcc__entrance_open(world);
  mpcc__lanes_visit(world);
  begin_cuts(loop); /* what came out of lanes is for this pass, also of slots gathered before */
  mpcc__gather_ready(world);
  mpcc__gather_expired(world);
  serve(world, budget);
  if (mpcc__world_rationed(world))
    mpcc__room_tell_starving(world);
  try_finish(world);
}

uint64_t mpcc__dispatcher_next_ms(const struct mpcc__world *world)
{
  const struct mpcc__loop_side *loop = &world->loop;
  uint64_t next_ms = mpcc__deadlines_next_ms(&loop->deadlines);

  if (has_work(world) && !must_hold(world))
    return loop->now_ms;
  if (loop->recheck_ms < next_ms)
    next_ms = loop->recheck_ms;
  if (loop->lanes_ms < next_ms)
    next_ms = loop->lanes_ms;
  if (mpcc__deadlines_next_ms(&loop->batch_deadlines) < next_ms)
    next_ms = mpcc__deadlines_next_ms(&loop->batch_deadlines);
  return next_ms > loop->now_ms ? next_ms : loop->now_ms;
}

bool mpcc__dispatcher_sleep(struct mpcc__world *world)
{
  world->loop.slept = mpcc__event_sleep(&world->event);
  return world->loop.slept;
}

bool mpcc__dispatcher_finished(const struct mpcc__world *world)
{
  return world->loop.finished;
}

/* -- Starting, and ending without a loop ---------------------------------------------------- */

void mpcc__dispatcher_start(struct mpcc__world *world, mpcc_pump_cb pump, void *state,
                            uint64_t now_ms)
{
  struct mpcc__loop_side *loop = &world->loop;

  loop->pump = pump;
  loop->state = state;
  set_now(world, now_ms);
  loop->start_ms = now_ms;
  loop->recheck_ms = MPCC__NO_DEADLINE;
  loop->lanes_ms = now_ms; /* handles may have been pushed into */
  loop->stopping = MPCC__RUNNING;
  loop->scattered = MPCC__INGRESS_ALWAYS && world->may_store;
  loop->finished = false;
}

void mpcc__dispatcher_reopen(struct mpcc__world *world)
{
  for (uint32_t i = 0; i < world->options.slot_count; i++) {
    /* relaxed: who was refused in the life before is owed nothing now; pushes of the next one come
     * in by world.detour. */
    atomic_store_explicit(&world->slots[i].refused, false, memory_order_relaxed);
    mpcc__queue_open(&world->slots[i].queue);
  }
}

bool mpcc__dispatcher_empty(const struct mpcc__world *world)
{
  for (uint32_t i = 0; i < world->options.slot_count; i++) {
    const struct mpcc__slot *slot = &world->slots[i];

    if (mpcc__queue_ticket(&slot->queue, &world->pool.shelf) != mpcc__slot_taken(slot))
      return false;
  }
  return !mpcc__lanes_in_use(world);
}

bool mpcc__dispatcher_close_empty(struct mpcc__world *world)
{
  uint32_t closed = 0;

  while (closed < world->options.slot_count &&
         mpcc__queue_close_empty(&world->slots[closed].queue, &world->slots[closed].end))
    closed++;
  if (closed == world->options.slot_count)
    return true;
  while (closed-- > 0)
    mpcc__queue_open(&world->slots[closed].queue);
  return false;
}

void mpcc__dispatcher_finish_idle(struct mpcc__world *world)
{
  struct mpcc__loop_side *loop = &world->loop;
  uint64_t before_ms = loop->now_ms;

  for (;;) {
    uint64_t now_ms = mpcc__world_measured_ns(world) / 1000000;

    mpcc__dispatcher_pass(world, mpcc__soon_ms(now_ms), MPCC__NO_BUDGET);
    if (loop->finished)
      break;
    world->outside.yield(); /* to a producer that is in the middle of a push */
  }
  set_now(world, before_ms);
}
