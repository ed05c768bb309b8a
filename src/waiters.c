/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "waiters.h"

#include "check.h"
#include "platform.h"

enum { LINES = 16 };

struct waiter { /* on the stack of the thread that waits */
  struct mpcc__slot *slot;
  struct waiter *next, *back;
  uv_cond_t woken;
  uint64_t ticket; /* for a fate: of the item behind the last one */
  bool for_fate;
  bool granted;
};

struct line {
  uv_mutex_t lock; /* guards the line, and every waiter in it */
  struct waiter *oldest, *newest;
};

struct mpcc__waiters {
  struct line lines[LINES]; /* for room and fates, by slot */
  struct line memory;
  uint64_t meals;           /* memory.lock: counts how often memory has come back; may come round */
};

/* -- Opening ------------------------------------------------------------------------------- */

static struct line *nth_line(struct mpcc__waiters *waiters, unsigned n)
{
  return n < LINES ? &waiters->lines[n] : &waiters->memory;
}

int mpcc__waiters_open(struct mpcc__waiters **waiters, const struct mpcc__source *source)
{
  struct mpcc__waiters *made = source->calloc(1, sizeof(*made), source->user);
  unsigned opened = 0;

  if (made == NULL)
    return MPCC_ENOMEM;
  made->meals = MPCC__FIRST_64;
  while (opened <= LINES && uv_mutex_init(&nth_line(made, opened)->lock) == 0)
    opened++;
  if (opened > LINES) {
    *waiters = made;
    return 0;
  }
  while (opened-- > 0)
    uv_mutex_destroy(&nth_line(made, opened)->lock);
  source->free(made, source->user);
  return MPCC_ENOMEM;
}

void mpcc__waiters_close(struct mpcc__waiters *waiters, const struct mpcc__source *source)
{
  for (unsigned i = 0; i <= LINES; i++)
    uv_mutex_destroy(&nth_line(waiters, i)->lock);
  source->free(waiters, source->user);
}

/* -- A line; under its lock ---------------------------------------------------------------- */

static struct line *line_of(struct mpcc__world *world, const struct mpcc__slot *slot)
{
  return &world->waiters->lines[mpcc__slot_number(world, slot) % LINES];
}

static _Atomic uint32_t *counter_of(const struct waiter *waiter)
{
  return waiter->for_fate ? &waiter->slot->watching : &waiter->slot->waiting;
}

static void join(struct line *line, struct waiter *waiter)
{
  waiter->next = NULL;
  waiter->back = line->newest;
  if (waiter->back != NULL)
    waiter->back->next = waiter;
  else
    line->oldest = waiter;
  line->newest = waiter;
  /* pairs slot.room, slot.fated: from here on the loop looks for us. */
  atomic_fetch_add_explicit(counter_of(waiter), 1, memory_order_seq_cst);
}

static void part(struct line *line, struct waiter *waiter)
{
  if (waiter->back != NULL)
    waiter->back->next = waiter->next;
  else
    line->oldest = waiter->next;
  if (waiter->next != NULL)
    waiter->next->back = waiter->back;
  else
    line->newest = waiter->back;
  /* relaxed: under the lock, so that it is never less than the line; too much costs a look. */
  atomic_fetch_sub_explicit(counter_of(waiter), 1, memory_order_relaxed);
}

static void grant(struct line *line, struct waiter *waiter)
{
  part(line, waiter);
  waiter->granted = true;
  uv_cond_signal(&waiter->woken);
}

/* -- Room ---------------------------------------------------------------------------------- */

/* Under the lock: hand up to ${count} places to the slot's oldest waiters: how many are left. */
static uint64_t grant_room(struct line *line, struct mpcc__slot *slot, uint64_t count)
{
  struct waiter *waiter = line->oldest;

  while (waiter != NULL && count > 0) {
    struct waiter *next = waiter->next;

    if (waiter->slot == slot && !waiter->for_fate) {
      grant(line, waiter);
      count--;
    }
    waiter = next;
  }
  return count;
}

/* Under the lock: hand free places to those who wait for them. */
static void settle_room(struct line *line, struct mpcc__slot *slot)
{
  /* relaxed: no less than those in the line, who came under the lock. */
  uint32_t waiting = atomic_load_explicit(&slot->waiting, memory_order_relaxed);
  uint64_t left = grant_room(line, slot, mpcc__slot_take_room(slot, waiting));

  if (left != 0)
    /* relaxed: nobody in the line waits any more, and who comes needs the lock. */
    atomic_fetch_add_explicit(&slot->credit, left, memory_order_relaxed);
}

bool mpcc__waiters_any(const struct mpcc__slot *slot)
{
  /* pairs slot.room: see waiters.h. */
  return atomic_load_explicit(&slot->waiting, memory_order_seq_cst) != 0;
}

bool mpcc__waiters_try_room(struct mpcc__slot *slot)
{
  return !mpcc__waiters_any(slot) && mpcc__slot_take_room(slot, 1) == 1;
}

static int wait_for_grant(struct mpcc__world *world, struct waiter *waiter, uint64_t deadline_ns)
{
  struct line *line = line_of(world, waiter->slot);
  int err = 0;

  uv_mutex_lock(&line->lock);
  join(line, waiter);
  settle_room(line, waiter->slot);
  while (!waiter->granted && err == 0) {
    if (mpcc__world_closed(world))
      err = MPCC_ECLOSED;
    else if (!mpcc__platform_wait(&waiter->woken, &line->lock, deadline_ns))
      err = MPCC_ETIMEDOUT;
  }
  if (!waiter->granted)
    part(line, waiter);
  uv_mutex_unlock(&line->lock);
  return waiter->granted ? 0 : err;
}

int mpcc__waiters_wait_for_room(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t deadline_ns)
{
  struct waiter waiter = {.slot = slot};
  int err;

  if (uv_cond_init(&waiter.woken) != 0)
    return MPCC_ENOMEM;
  err = wait_for_grant(world, &waiter, deadline_ns);
  uv_cond_destroy(&waiter.woken);
  return err;
}

void mpcc__waiters_give_room(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t count)
{
  struct line *line = line_of(world, slot);

  if (mpcc__waiters_any(slot)) {
    uv_mutex_lock(&line->lock);
    count = grant_room(line, slot, count);
    uv_mutex_unlock(&line->lock);
  }
  if (count == 0)
    return;
  /* pairs slot.room: give, then see who waits. */
  atomic_fetch_add_explicit(&slot->credit, count, memory_order_seq_cst);
  if (!mpcc__waiters_any(slot))
    return;
  uv_mutex_lock(&line->lock);
  settle_room(line, slot);
  uv_mutex_unlock(&line->lock);
}

/* -- Memory -------------------------------------------------------------------------------- */

/* Under the lock, which is released during the attempt: at the head of the line. */
static int try_at_head(struct mpcc__world *world, struct line *line, struct waiter *waiter,
                       int (*attempt)(void *arg), void *arg, uint64_t deadline_ns)
{
  for (;;) {
    uint64_t meals = world->waiters->meals;
    int answer;

    uv_mutex_unlock(&line->lock);
    answer = attempt(arg);
    uv_mutex_lock(&line->lock);
    if (answer != MPCC_EFULL)
      return answer;
    while (world->waiters->meals == meals) {
      if (mpcc__world_closed(world))
        return MPCC_ECLOSED;
      if (!mpcc__platform_wait(&waiter->woken, &line->lock, deadline_ns))
        return MPCC_ETIMEDOUT;
    }
  }
}

static int wait_in_line(struct mpcc__world *world, struct waiter *waiter,
                        int (*attempt)(void *arg), void *arg, uint64_t deadline_ns)
{
  struct line *line = &world->waiters->memory;
  int err = 0;

  uv_mutex_lock(&line->lock);
  join(line, waiter);
  /* pairs world.memory: from here on who gives memory back looks for us. */
  atomic_fetch_add_explicit(&world->hungry, MPCC__HUNGRY_THREAD, memory_order_acquire);
  while (line->oldest != waiter && err == 0) {
    if (mpcc__world_closed(world))
      err = MPCC_ECLOSED;
    else if (!mpcc__platform_wait(&waiter->woken, &line->lock, deadline_ns))
      err = MPCC_ETIMEDOUT;
  }
  if (err == 0)
    err = try_at_head(world, line, waiter, attempt, arg, deadline_ns);
  part(line, waiter);
  /* pairs world.memory: as above. Slots that want on_room are behind threads that wait. */
  if ((atomic_fetch_sub_explicit(&world->hungry, MPCC__HUNGRY_THREAD, memory_order_acq_rel) &
       MPCC__HUNGRY_SLOTS) != 0)
    mpcc__world_signal(world);
  if (line->oldest != NULL)
    uv_cond_signal(&line->oldest->woken);
  uv_mutex_unlock(&line->lock);
  return err;
}

int mpcc__waiters_wait_for_memory(struct mpcc__world *world, struct mpcc__slot *slot,
                                  int (*attempt)(void *arg), void *arg, uint64_t deadline_ns)
{
  struct waiter waiter = {.slot = slot};
  int err;

  if (uv_cond_init(&waiter.woken) != 0)
    return MPCC_ENOMEM;
  err = wait_in_line(world, &waiter, attempt, arg, deadline_ns);
  uv_cond_destroy(&waiter.woken);
  return err;
}

void mpcc__waiters_feed(struct mpcc__world *world)
{
  struct line *line = &world->waiters->memory;

  uv_mutex_lock(&line->lock);
  world->waiters->meals++;
  if (line->oldest != NULL)
    uv_cond_signal(&line->oldest->woken);
  uv_mutex_unlock(&line->lock);
}

/* -- Fates --------------------------------------------------------------------------------- */

static int watch(struct mpcc__world *world, struct waiter *waiter, uint64_t deadline_ns)
{
  struct line *line = line_of(world, waiter->slot);
  int err = 0;

  uv_mutex_lock(&line->lock);
  join(line, waiter);
  /* pairs slot.fated: counted in, then looked. */
  if (atomic_load_explicit(&waiter->slot->fated, memory_order_seq_cst) >= waiter->ticket)
    grant(line, waiter);
  while (!waiter->granted && err == 0)
    if (!mpcc__platform_wait(&waiter->woken, &line->lock, deadline_ns))
      err = MPCC_ETIMEDOUT;
  if (!waiter->granted)
    part(line, waiter);
  uv_mutex_unlock(&line->lock);
  return waiter->granted ? 0 : err;
}

int mpcc__waiters_wait_for_fate(struct mpcc__world *world, struct mpcc__slot *slot,
                                uint64_t ticket, uint64_t deadline_ns)
{
  struct waiter waiter = {.slot = slot, .ticket = ticket, .for_fate = true};
  int err;

  if (uv_cond_init(&waiter.woken) != 0)
    return MPCC_ENOMEM;
  err = watch(world, &waiter, deadline_ns);
  uv_cond_destroy(&waiter.woken);
  return err;
}

void mpcc__waiters_tell_fate(struct mpcc__world *world, struct mpcc__slot *slot, uint64_t ticket)
{
  struct line *line = line_of(world, slot);
  struct waiter *waiter, *next;

  /* pairs slot.fated: raised, then looked who waits. */
  atomic_store_explicit(&slot->fated, ticket, memory_order_seq_cst);
  /* pairs slot.fated: see slot.h. */
  if (atomic_load_explicit(&slot->watching, memory_order_seq_cst) == 0)
    return;
  uv_mutex_lock(&line->lock);
  for (waiter = line->oldest; waiter != NULL; waiter = next) {
    next = waiter->next;
    if (waiter->slot == slot && waiter->for_fate && waiter->ticket <= ticket)
      grant(line, waiter);
  }
  uv_mutex_unlock(&line->lock);
}

void mpcc__waiters_wake_all(struct mpcc__world *world)
{
  for (unsigned i = 0; i <= LINES; i++) {
    struct line *line = nth_line(world->waiters, i);

    uv_mutex_lock(&line->lock);
    for (struct waiter *waiter = line->oldest; waiter != NULL; waiter = waiter->next)
      uv_cond_signal(&waiter->woken);
    uv_mutex_unlock(&line->lock);
  }
}
