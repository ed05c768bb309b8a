/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* docs/guide/sizes.md: prints what mpcc_create() asks for, beside the page's formula. */
#define _POSIX_C_SOURCE 200809L
#include "guide.h"

/* guide: allocator */
struct meter {
  size_t bytes; /* only one thread makes this instance, so no lock */
};

static void *meter_malloc(size_t size, void *user)
{
  ((struct meter *)user)->bytes += size;
  return malloc(size);
}

static void *meter_calloc(size_t count, size_t size, void *user)
{
  ((struct meter *)user)->bytes += count * size;
  return calloc(count, size);
}
/* guide: end */

static void *meter_realloc(void *memory, size_t size, void *user)
{
  ((struct meter *)user)->bytes += size;
  return realloc(memory, size);
}

static void meter_free(void *memory, void *user)
{
  (void)user;
  free(memory);
}

struct plan {
  uint32_t slots, batch_size, concurrency;
  size_t capacity, item_size;
};

static const struct plan plans[] = {
    {1, 500, 1, 15000, 16},  {4, 400, 1, 1000, 16},    {100, 500, 2, 5000, 64},
    {1000, 100, 1, 500, 32}, {100000, 500, 1, 0, 16},
};

static size_t measure(const struct plan *plan)
{
  struct meter meter = {0};
  const mpcc_allocator_t allocator = {meter_malloc, meter_calloc, meter_realloc, meter_free,
                                      &meter};
  mpcc_options_t options;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = plan->item_size;
  options.slot_count = plan->slots;
  options.batch_size = plan->batch_size;
  options.max_concurrency = plan->concurrency;
  options.capacity = plan->capacity;
  options.manual = true;
  options.allocator = &allocator;
  check(mpcc_create(&mpcc, &options), "create");
  check(mpcc_destroy(mpcc), "destroy");
  return meter.bytes;
}

static void print_row(const struct plan *plan)
{
  size_t items = plan->capacity == 0 ? 0
    : plan->capacity + (size_t)plan->batch_size * (plan->concurrency + 3);
  size_t formula = plan->slots * items * plan->item_size + plan->slots * (size_t)320;
  size_t measured = measure(plan);

  printf("| %u | %zu | %u | %u | %zu | %.2f MB | %.2f MB |\n", (unsigned)plan->slots,
         plan->capacity, (unsigned)plan->batch_size, (unsigned)plan->concurrency, plan->item_size,
         (double)formula / 1e6, (double)measured / 1e6);
  is_true(measured >= formula, "nothing is forgotten in the measure");
}

int main(void)
{
  for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
    print_row(&plans[i]);
  return 0;
}
