/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Mutexes, conditions, threads and uv_once(). */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <string.h>
#include <uv.h>

#include "sched.h"
#include "search.h"
#include "shadow.h"
#include "stand_ins.h"
#include "trace.h"
#include "verdict.h"

enum { LOCKS = 512, WAITERS = 64, ONCES = 8, NOBODY = -1 };

static const uint32_t lock_mark = 0x4c4f434b, condition_mark = 0x434f4e44;

/* What stands in the program's object: whether it was initialised, and its number. */
struct label {
  uint32_t mark;
  uint32_t number;
};

struct lock {
  int owner;
  struct sim_view view; /* of who held it last */
};

struct waiter {
  uint32_t condition;
  bool waits, signalled;
};

static struct lock locks[LOCKS];
static struct waiter waiters[WAITERS];
static struct {
  const void *at;
  bool done, running;
  struct sim_view view;
} onces[ONCES];
static uint32_t lock_count, condition_count;
static int once_count;

void sim_locks_begin(void)
{
  lock_count = condition_count = 0;
  once_count = 0;
  memset(waiters, 0, sizeof(waiters));
}

static void put_label(void *at, uint32_t mark, uint32_t number)
{
  struct label label = {mark, number};

  sim_shadow_write(at, sizeof(label));
  memcpy(at, &label, sizeof(label));
}

static uint32_t number_of(const void *at, uint32_t mark)
{
  struct label label;

  sim_shadow_read(at, sizeof(label));
  memcpy(&label, at, sizeof(label));
  if (label.mark != mark)
    sim_fail("a lock or condition that is not initialised");
  return label.number;
}

static void note(const char *what, const void *at, const void *caller)
{
  sim_note((struct sim_event){.what = what, .at = at, .caller = caller});
}

/* -- Mutexes --------------------------------------------------------------------------------- */

int uv_mutex_init(uv_mutex_t *mutex)
{
  if (lock_count == LOCKS)
    sim_fail("more than %d locks", LOCKS);
  locks[lock_count] = (struct lock){.owner = NOBODY};
  put_label(mutex, lock_mark, lock_count++);
  return 0;
}

void uv_mutex_destroy(uv_mutex_t *mutex)
{
  if (locks[number_of(mutex, lock_mark)].owner != NOBODY)
    sim_fail("a mutex is destroyed while it is locked");
  put_label(mutex, 0, 0);
}

static bool is_free(void *arg)
{
  return ((struct lock *)arg)->owner == NOBODY;
}

static void acquire(struct lock *lock)
{
  if (lock->owner == (int)sim_self())
    sim_fail("a mutex is locked twice by one thread");
  (void)sim_wait(is_free, lock, SIM_NO_DEADLINE, "a mutex");
  lock->owner = (int)sim_self();
  sim_view_join(&sim_me()->now, &lock->view);
}

static void release(struct lock *lock)
{
  if (lock->owner != (int)sim_self())
    sim_fail("a mutex is unlocked by a thread that does not hold it");
  (void)sim_tick();
  lock->view = sim_me()->now;
  lock->owner = NOBODY;
}

void uv_mutex_lock(uv_mutex_t *mutex)
{
  sim_point();
  acquire(&locks[number_of(mutex, lock_mark)]);
  note("lock", mutex, __builtin_return_address(0));
}

int uv_mutex_trylock(uv_mutex_t *mutex)
{
  struct lock *lock;

  sim_point();
  lock = &locks[number_of(mutex, lock_mark)];
  if (!is_free(lock)) {
    note("not locked", mutex, __builtin_return_address(0));
    return UV_EBUSY;
  }
  acquire(lock);
  note("lock", mutex, __builtin_return_address(0));
  return 0;
}

void uv_mutex_unlock(uv_mutex_t *mutex)
{
  sim_point();
  release(&locks[number_of(mutex, lock_mark)]);
  note("unlock", mutex, __builtin_return_address(0));
}

/* -- Conditions ------------------------------------------------------------------------------ */

int uv_cond_init(uv_cond_t *condition)
{
  put_label(condition, condition_mark, ++condition_count);
  return 0;
}

static struct waiter *nth_waiter(uint32_t condition, int n)
{
  for (int i = 0; i < WAITERS; i++)
    if (waiters[i].waits && !waiters[i].signalled && waiters[i].condition == condition && n-- == 0)
      return &waiters[i];
  return NULL;
}

static int count_waiters(uint32_t condition)
{
  int count = 0;

  while (nth_waiter(condition, count) != NULL)
    count++;
  return count;
}

void uv_cond_destroy(uv_cond_t *condition)
{
  if (count_waiters(number_of(condition, condition_mark)) != 0)
    sim_fail("a condition is destroyed while a thread waits on it");
  put_label(condition, 0, 0);
}

void uv_cond_signal(uv_cond_t *condition)
{
  uint32_t number;
  int count;

  sim_point();
  number = number_of(condition, condition_mark);
  count = count_waiters(number);
  if (count != 0)
    nth_waiter(number, sim_choose(count))->signalled = true;
  note("signal", condition, __builtin_return_address(0));
}

void uv_cond_broadcast(uv_cond_t *condition)
{
  uint32_t number;

  sim_point();
  number = number_of(condition, condition_mark);
  while (count_waiters(number) != 0)
    nth_waiter(number, 0)->signalled = true;
  note("broadcast", condition, __builtin_return_address(0));
}

static bool was_signalled(void *arg)
{
  return ((struct waiter *)arg)->signalled;
}

/* False if the deadline came first. A wake-up may also be spurious. */
static bool wait(uv_cond_t *condition, uv_mutex_t *mutex, uint64_t deadline_ns)
{
  uint32_t number = number_of(condition, condition_mark);
  struct lock *lock = &locks[number_of(mutex, lock_mark)];
  struct waiter *waiter = waiters;
  bool in_time = true;

  while (waiter->waits)
    if (++waiter == waiters + WAITERS)
      sim_fail("more than %d threads wait", WAITERS);
  *waiter = (struct waiter){number, true, false};
  release(lock);
  if (sim_fails_spuriously())
    sim_point();
  else
    in_time = sim_wait(was_signalled, waiter, deadline_ns, "a condition");
  waiter->waits = false;
  acquire(lock);
  return in_time;
}

void uv_cond_wait(uv_cond_t *condition, uv_mutex_t *mutex)
{
  sim_point();
  note("wait", condition, __builtin_return_address(0));
  (void)wait(condition, mutex, SIM_NO_DEADLINE);
  note("waited", condition, __builtin_return_address(0));
}

int uv_cond_timedwait(uv_cond_t *condition, uv_mutex_t *mutex, uint64_t timeout_ns)
{
  bool in_time;

  sim_point();
  note("wait", condition, __builtin_return_address(0));
  in_time = wait(condition, mutex, sim_now_ns() + timeout_ns);
  note(in_time ? "waited" : "timed out", condition, __builtin_return_address(0));
  return in_time ? 0 : UV_ETIMEDOUT;
}

/* -- Threads --------------------------------------------------------------------------------- */

int uv_thread_create(uv_thread_t *thread, uv_thread_cb run, void *arg)
{
  unsigned number = sim_spawn(run, arg);

  sim_shadow_write(thread, sizeof(*thread));
  *thread = (uv_thread_t)(number + 1);
  return 0;
}

int uv_thread_join(uv_thread_t *thread)
{
  sim_shadow_read(thread, sizeof(*thread));
  sim_join((unsigned)*thread - 1);
  return 0;
}

static bool is_done(void *arg)
{
  return onces[*(int *)arg].done;
}

void uv_once(uv_once_t *guard, void (*callback)(void))
{
  int at = 0;

  while (at < once_count && onces[at].at != guard)
    at++;
  if (at == ONCES)
    sim_fail("more than %d uv_once_t", ONCES);
  if (at == once_count) {
    memset(&onces[once_count++], 0, sizeof(onces[0]));
    onces[at].at = guard;
  }
  sim_point();
  if (!onces[at].running) {
    onces[at].running = true;
    callback();
    (void)sim_tick();
    onces[at].view = sim_me()->now;
    onces[at].done = true;
  } else {
    (void)sim_wait(is_done, &at, SIM_NO_DEADLINE, "uv_once");
    sim_view_join(&sim_me()->now, &onces[at].view);
  }
}
