/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

#include "sched.h"
#include "search.h"
#include "shadow.h"
#include "verdict.h"

enum { HISTORIES = 4096, STORES = 24, READS = 8 };

struct store {
  uint64_t value;
  uint32_t event;        /* of the thread that stored */
  uint32_t step;
  uint32_t total;        /* seq_cst: its place in their total order; else 0 */
  uint8_t thread;
  bool carries;          /* whether there is a view to acquire */
  struct sim_view view;
};

struct sim_history {
  uint32_t newest, oldest; /* numbers of stores kept */
  struct store stores[STORES];
  /* What each thread has read: store and event, both only growing. */
  struct {
    uint32_t store, event;
  } read[SIM_THREADS][READS];
  uint8_t reads[SIM_THREADS];
};

static struct sim_history histories[HISTORIES];
static int history_count;
static struct sim_clock fences; /* what happens before a seq_cst fence so far */
static uint32_t total;          /* seq_cst operations that stand in the total order so far */
static uint32_t last_age;
static int taste; /* at random: 0 for new stores, 2 for old ones */

static bool acquires(enum sim_order order)
{
  return order == SIM_ACQUIRE || order == SIM_CONSUME || order >= SIM_ACQ_REL;
}

static bool releases(enum sim_order order)
{
  return order >= SIM_RELEASE;
}

void sim_model_begin(void)
{
  history_count = 0;
  fences = (struct sim_clock){{0}};
  total = 0;
  taste = sim_search_mode() == SIM_RANDOM ? sim_choose(3) : 0;
}

uint32_t sim_last_age(void)
{
  return last_age;
}

/* -- Memory ---------------------------------------------------------------------------------- */

static uint64_t from_memory(uintptr_t at, unsigned size)
{
  uint64_t value = 0;

  memcpy(&value, (const void *)at, size);
  return value;
}

static void to_memory(uintptr_t at, unsigned size, uint64_t value)
{
  memcpy((void *)at, &value, size);
}

static uint64_t only(uint64_t value, unsigned size)
{
  return size == 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

/* -- Histories ------------------------------------------------------------------------------- */

static struct store *store_at(struct sim_history *history, uint32_t number)
{
  return &history->stores[number % STORES];
}

static struct store *append(struct sim_history *history)
{
  uint32_t number = ++history->newest;

  if (sim_alone())
    history->oldest = number; /* whoever comes later knows it */
  else if (number - history->oldest == STORES)
    history->oldest++;
  return store_at(history, number);
}

/* What a plain write has put there is a store that carries nothing. */
static void append_plain(struct sim_cell *cell)
{
  struct store *store = append(cell->history);

  store->value = from_memory(cell->at, cell->size);
  store->thread = cell->writer;
  store->event = cell->written;
  store->step = 0;
  store->total = 0;
  store->carries = false;
  cell->stale = false;
}

static struct sim_history *history_of(struct sim_cell *cell)
{
  if (cell->history == NULL) {
    if (history_count == HISTORIES)
      sim_fail("more than %d atomic objects", HISTORIES);
    cell->history = &histories[history_count++];
    cell->history->newest = cell->history->oldest = 0;
    memset(cell->history->reads, 0, sizeof(cell->history->reads));
    cell->stale = true;
  }
  if (cell->stale) {
    append_plain(cell);
    if (cell->history->newest == 1)
      cell->history->oldest = 1;
  }
  return cell->history;
}

static bool known(unsigned thread, uint32_t event)
{
  const struct sim_view *now = &sim_me()->now;

  return sim_clock_knows(&now->known, thread, event) ||
         sim_clock_knows(&now->fenced, thread, event);
}

/* Whether this load may read nothing older. */
static bool hides(const struct store *store, enum sim_order order)
{
  if (known(store->thread, store->event))
    return true;
  if (store->step <= sim_me()->yielded_at || store->step <= sim_settled())
    return true;
  if (store->total != 0 && store->total <= sim_me()->now.fence)
    return true;
  return order == SIM_SEQ_CST && (store->total != 0 || sim_clock_knows(&fences, store->thread,
                                                                       store->event));
}

static uint32_t oldest_readable(struct sim_history *history, enum sim_order order)
{
  uint32_t number = history->newest;

  while (number > history->oldest && !hides(store_at(history, number), order))
    number--;
  for (unsigned i = 0; i < sim_thread_count(); i++)
    for (int j = history->reads[i] - 1; j >= 0; j--)
      if (i == sim_self() || known(i, history->read[i][j].event)) {
        if (history->read[i][j].store > number)
          number = history->read[i][j].store;
        break;
      }
  return number;
}

/* When there is no place for one more, the two oldest become one: who knows the first is then
 * taken to know the second, which forbids more than the model does, and never less. */
static void note_read(struct sim_history *history, uint32_t number)
{
  unsigned self = sim_self();
  uint8_t count = history->reads[self];
  uint32_t event = sim_tick();

  if (count != 0 && history->read[self][count - 1].store == number)
    return;
  if (count == READS) {
    history->read[self][0].store = history->read[self][1].store;
    memmove(&history->read[self][1], &history->read[self][2],
            (READS - 2) * sizeof(history->read[self][0]));
    count--;
  }
  history->read[self][count].store = number;
  history->read[self][count].event = event;
  history->reads[self] = (uint8_t)(count + 1);
}

static void read_store(struct sim_history *history, uint32_t number, enum sim_order order)
{
  const struct store *store = store_at(history, number);

  note_read(history, number);
  last_age = history->newest - number;
  if (!store->carries)
    return;
  if (acquires(order))
    sim_view_join(&sim_me()->now, &store->view);
  else
    sim_view_join(&sim_me()->acquirable, &store->view);
}

/* ${follows}: the store that a read-modify-write has read. */
static void write_store(struct sim_cell *cell, uint64_t value, enum sim_order order,
                        const struct store *follows)
{
  struct sim_thread *me = sim_me();
  struct sim_view carried = me->released;
  struct store *store;

  (void)sim_tick();
  if (releases(order))
    sim_view_join(&carried, &me->now);
  if (follows != NULL && follows->carries)
    sim_view_join(&carried, &follows->view);
  store = append(cell->history);
  store->value = value;
  store->thread = (uint8_t)sim_self();
  store->event = me->now.known.at[sim_self()];
  store->step = sim_step();
  store->total = order == SIM_SEQ_CST ? ++total : 0;
  store->carries = true;
  store->view = carried;
  to_memory(cell->at, cell->size, value);
}

/* -- Operations ------------------------------------------------------------------------------ */

/* At random: mostly the newest store, any, or mostly the oldest one, as this execution has it. */
static int choose_age(int count)
{
  int age;

  if (count <= 1)
    return 0;
  if (sim_search_mode() == SIM_RANDOM) {
    if (taste == 1 || sim_choose(8) == 0)
      return sim_choose(count);
    return taste == 0 ? 0 : count - 1;
  }
  age = sim_choose(1 + sim_may_be_stale(count - 1));
  if (age != 0)
    sim_count_stale();
  return age;
}

uint64_t sim_load(uintptr_t at, unsigned size, enum sim_order order)
{
  struct sim_history *history;
  uint32_t oldest, number;

  last_age = 0;
  if (sim_shadow_before(at, size))
    return from_memory(at, size);
  history = history_of(sim_shadow_atomic(at, size, false));
  oldest = oldest_readable(history, order);
  number = history->newest - (uint32_t)choose_age((int)(history->newest - oldest + 1));
  read_store(history, number, order);
  return store_at(history, number)->value;
}

void sim_store(uintptr_t at, unsigned size, uint64_t value, enum sim_order order)
{
  struct sim_cell *cell;

  if (sim_shadow_before(at, size)) {
    to_memory(at, size, value);
    return;
  }
  cell = sim_shadow_atomic(at, size, true);
  (void)history_of(cell);
  write_store(cell, only(value, size), order, NULL);
}

static uint64_t changed(enum sim_change change, uint64_t value, uint64_t operand)
{
  const uint64_t results[] = {
    [SIM_EXCHANGE] = operand,     [SIM_ADD] = value + operand, [SIM_SUB] = value - operand,
    [SIM_AND] = value & operand,  [SIM_OR] = value | operand,  [SIM_XOR] = value ^ operand,
    [SIM_NAND] = ~(value & operand)};

  return results[change];
}

static void follow(struct sim_cell *cell, uint64_t value, enum sim_order order)
{
  struct store newest = *store_at(cell->history, cell->history->newest);

  read_store(cell->history, cell->history->newest, order);
  write_store(cell, value, order, &newest);
}

uint64_t sim_update(uintptr_t at, unsigned size, enum sim_change change, uint64_t operand,
                    enum sim_order order)
{
  struct sim_history *history;
  struct sim_cell *cell;
  uint64_t before;

  last_age = 0;
  if (sim_shadow_before(at, size)) {
    before = from_memory(at, size);
    to_memory(at, size, changed(change, before, operand));
    return before;
  }
  cell = sim_shadow_atomic(at, size, true);
  history = history_of(cell);
  before = store_at(history, history->newest)->value;
  follow(cell, only(changed(change, before, operand), size), order);
  return before;
}

/* A failure is a load. It may read an old store, if that is not the value that was expected. */
static uint32_t failing_store(struct sim_history *history, const struct sim_cas *cas,
                              uint64_t expected)
{
  uint32_t numbers[STORES], oldest = oldest_readable(history, cas->failure);
  int count = 0;

  for (uint32_t number = history->newest; number >= oldest; number--)
    if (number == history->newest || store_at(history, number)->value != expected)
      numbers[count++] = number;
  return numbers[choose_age(count)];
}

/* Before the second thread is started. */
static bool compare_exchange_alone(uintptr_t at, unsigned size, const struct sim_cas *cas,
                                   uint64_t *found)
{
  *found = from_memory(at, size);
  if (*found != only(cas->expected, size))
    return false;
  to_memory(at, size, cas->desired);
  return true;
}

bool sim_compare_exchange(uintptr_t at, unsigned size, const struct sim_cas *cas,
                          uint64_t *found)
{
  uint64_t expected = only(cas->expected, size);
  struct sim_history *history;
  struct sim_cell *cell;
  uint32_t number;

  last_age = 0;
  if (sim_shadow_before(at, size))
    return compare_exchange_alone(at, size, cas, found);
  cell = sim_shadow_atomic(at, size, true);
  history = history_of(cell);
  number = failing_store(history, cas, expected);
  *found = store_at(history, number)->value;
  if (number == history->newest && *found == expected &&
      !(cas->weak && sim_fails_spuriously())) {
    follow(cell, only(cas->desired, size), cas->success);
    return true;
  }
  read_store(history, number, cas->failure);
  return false;
}

/* -- Fences ---------------------------------------------------------------------------------- */

static void fence_of(struct sim_thread *thread, enum sim_order order)
{
  if (acquires(order))
    sim_view_join(&thread->now, &thread->acquirable);
  if (order == SIM_SEQ_CST) {
    sim_clock_join(&thread->now.fenced, &fences);
    sim_clock_join(&fences, &thread->now.known);
    thread->now.fence = ++total;
  }
  if (releases(order))
    thread->released = thread->now;
}

void sim_fence(enum sim_order order)
{
  (void)sim_tick();
  fence_of(sim_me(), order);
}

void sim_fence_everywhere(void)
{
  sim_fence(SIM_SEQ_CST);
  for (unsigned i = 0; i < sim_thread_count(); i++)
    if (i != sim_self()) /* one that has ended went through barriers, too */
      fence_of(sim_thread(i), SIM_SEQ_CST);
  sim_fence(SIM_SEQ_CST);
}
