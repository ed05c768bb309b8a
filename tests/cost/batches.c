/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * batches <items in each> <how many>
 *
 * Pushes a batch, steps until it has been pumped, and so on, on one thread under a clock of its own:
 * how many instructions that takes is the same each time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <mpcc.h>

static int pump(mpcc_batch_t *batch, void *state)
{
  uint64_t *count = state;

  *count += batch->count;
  return 0;
}

static void check(int err)
{
  if (err == 0)
    return;
  fprintf(stderr, "batches: %s\n", mpcc_strerror(err));
  exit(1);
}

static mpcc_t *run(uint64_t *count)
{
  mpcc_options_t options;
  mpcc_t *mpcc;

  mpcc_options_init(&options);
  options.item_size = 16;
  options.push_interval_ms = 1;
  options.manual = true;
  check(mpcc_create(&mpcc, &options));
  check(mpcc_start(mpcc, pump, count));
  return mpcc;
}

int main(int argc, char **argv)
{
  const uint64_t item[2] = {1, 2};
  unsigned long size = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
  unsigned long batches = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
  uint64_t count = 0, now_ms = 1;
  mpcc_t *mpcc = run(&count);

  for (unsigned long i = 0; i < batches; i++) {
    for (unsigned long k = 0; k < size; k++)
      check(mpcc_push(mpcc, item, 0));
    check(mpcc_step(mpcc, now_ms += 2, NULL)); /* after the interval, too */
    check(mpcc_step(mpcc, now_ms += 2, NULL));
  }
  check(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL));
  check(mpcc_step(mpcc, now_ms + 1, NULL));
  check(mpcc_destroy(mpcc));
  return count == (uint64_t)size * batches ? 0 : 1;
}
