/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * slots.c and exposition.c over manual instances, on one thread: which slots get places, that no
 * counter goes back and all add up to the total, and how numbers and names are written.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exposition.h"

enum { SLOTS = 3000, LIMIT = 4, ROUNDS = 160 };

static void check(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "FAILED: %s\n", what);
  exit(1);
}

static int pump(mpcc_batch_t *batch, void *state)
{
  (void)batch;
  (void)state;
  return 0;
}

static mpcc_t *new_instance(uint32_t slots)
{
  mpcc_options_t options;
  mpcc_t *mpcc = NULL;

  mpcc_options_init(&options);
  options.item_size = 4;
  options.slot_count = slots;
  options.batch_size = 3;
  options.manual = true;
  check(mpcc_create(&mpcc, &options) == 0 && mpcc_start(mpcc, pump, NULL) == 0, "an instance");
  return mpcc;
}

static void end_instance(mpcc_t *mpcc)
{
  check(mpcc_complete(mpcc, MPCC_DRAIN, NULL, NULL) == 0, "complete");
  for (uint64_t now = 1000000; mpcc_wait(mpcc, 0) != 0; now++)
    check(mpcc_step(mpcc, now, NULL) == 0, "step");
  check(mpcc_destroy(mpcc) == 0, "destroy");
}

static void push(mpcc_t *mpcc, uint32_t slot, int count)
{
  for (int i = 0; i < count; i++)
    check(mpcc_push(mpcc, &(uint32_t){slot}, slot) == 0, "push");
}

static bool is_in(const struct metrics_slots *slots, uint32_t slot)
{
  for (unsigned i = 0; i < slots->shown_count; i++)
    if (slots->shown[i].slot == slot)
      return true;
  return false;
}

/* What a scraper has seen of each series. */
struct seen {
  uint64_t slots[SLOTS][METRICS_SLOT_COUNTERS], other[METRICS_SLOT_COUNTERS];
};

static void never_falls(struct seen *seen, const struct metrics_slots *slots,
                        const mpcc_stats_t *total)
{
  uint64_t pushed = slots->other[METRICS_SLOT_PUSHED];

  for (int j = 0; j < METRICS_SLOT_COUNTERS; j++) {
    check(slots->other[j] >= seen->other[j], "other never falls");
    seen->other[j] = slots->other[j];
  }
  for (unsigned i = 0; i < slots->shown_count; i++) {
    const struct metrics_slot *shown = &slots->shown[i];

    pushed += shown->values[METRICS_SLOT_PUSHED];
    for (int j = 0; j < METRICS_SLOT_COUNTERS; j++) {
      check(shown->values[j] >= seen->slots[shown->slot][j], "no slot falls");
      seen->slots[shown->slot][j] = shown->values[j];
    }
  }
  check(pushed == total->pushed, "the series add up to the total");
}

static void busy_slots_get_places_for_ever(void)
{
  static struct seen seen;
  const uint32_t late = 2900;
  struct metrics_slots slots;
  mpcc_stats_t total;
  mpcc_t *mpcc = new_instance(SLOTS);
  uint64_t now = 0;

  check(metrics_slots_open(&slots, mpcc, LIMIT) == 0, "open");
  check(slots.slot_count == SLOTS && !slots.all, "it finds out how many slots there are");
  for (int round = 0; round < ROUNDS; round++) {
    for (uint32_t i = 0; i < 50; i++)
      push(mpcc, (uint32_t)round * 50 % SLOTS + i, 1); /* each now and then */
    push(mpcc, 7, 100);
    push(mpcc, 1500, 50);
    if (round > ROUNDS / 2)
      push(mpcc, late, 200);
    check(mpcc_step(mpcc, now += 200, NULL) == 0, "step");
    check(mpcc_stats(mpcc, &total) == 0, "stats");
    metrics_slots_read(&slots, &total);
    never_falls(&seen, &slots, &total);
    check(round < 10 || (is_in(&slots, 7) && is_in(&slots, 1500)), "busy slots are shown");
    check(round > ROUNDS / 2 || !is_in(&slots, late), "idle ones are not");
  }
  check(slots.shown_count == 3 && is_in(&slots, late), "one that grows busy is shown, too");
  metrics_slots_close(&slots);
  end_instance(mpcc);
}

/* More slots are busy enough than there are places. */
static void the_busiest_come_first(void)
{
  struct metrics_slots slots;
  mpcc_stats_t total;
  mpcc_t *mpcc = new_instance(100);

  check(metrics_slots_open(&slots, mpcc, LIMIT) == 0, "open");
  for (uint32_t slot = 0; slot < 6; slot++)
    push(mpcc, slot * 10, 900 + 10 * (int)(slot * 5 % 6)); /* 900 950 940 930 920 910 */
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(slots.shown_count == LIMIT, "all places are taken");
  for (uint32_t i = 0; i < LIMIT; i++)
    check(slots.shown[i].slot == 10 + 10 * i, "by the busiest, in their order");
  metrics_slots_close(&slots);
  end_instance(mpcc);
}

/* What is pushed between the reading of the total and that of the slots is no "other" less. */
static void a_total_that_is_late_takes_nothing_back(void)
{
  struct metrics_slots slots;
  mpcc_stats_t total;
  mpcc_t *mpcc = new_instance(100);

  check(metrics_slots_open(&slots, mpcc, LIMIT) == 0, "open");
  push(mpcc, 1, 1);
  push(mpcc, 2, 1);
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(slots.shown_count == 0, "two items don't tell who is busy");
  push(mpcc, 7, 900);
  push(mpcc, 8, 20);
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(is_in(&slots, 7) && slots.other[METRICS_SLOT_PUSHED] == 922, "what was before is other");
  push(mpcc, 7, 100);
  metrics_slots_read(&slots, &total);
  check(slots.other[METRICS_SLOT_PUSHED] == 922, "other stays");
  push(mpcc, 8, 1);
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(slots.other[METRICS_SLOT_PUSHED] == 923, "and goes on");
  check(slots.shown[0].values[METRICS_SLOT_PUSHED] == 100, "beside the slot's own");
  metrics_slots_close(&slots);
  end_instance(mpcc);
}

static void few_slots_are_all_shown(void)
{
  struct metrics_slots slots;
  mpcc_stats_t total;
  mpcc_t *mpcc = new_instance(LIMIT);

  check(metrics_slots_open(&slots, mpcc, LIMIT) == 0, "open");
  push(mpcc, 2, 5);
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(slots.all && slots.shown_count == LIMIT, "all of them");
  check(slots.shown[2].values[METRICS_SLOT_PUSHED] == 5, "with what they have");
  metrics_slots_close(&slots);
  end_instance(mpcc);
}

static void nobody_is_shown_where_nobody_may(void)
{
  struct metrics_slots slots;
  mpcc_stats_t total;
  mpcc_t *mpcc = new_instance(10);

  check(metrics_slots_open(&slots, mpcc, 0) == 0, "open");
  push(mpcc, 2, 500);
  check(mpcc_stats(mpcc, &total) == 0, "stats");
  metrics_slots_read(&slots, &total);
  check(slots.shown_count == 0 && slots.other[METRICS_SLOT_PUSHED] == 500, "only other");
  metrics_slots_close(&slots);
  end_instance(mpcc);
}

static void names_are_escaped_and_lines_whole(void)
{
  struct metrics_text text = {0};
  struct metrics_source source;
  mpcc_t *mpcc = new_instance(2);

  push(mpcc, 1, 7);
  check(mpcc_step(mpcc, 100, NULL) == 0, "two full batches");
  check(mpcc_step(mpcc, 300, NULL) == 0, "and one that has waited");
  check(metrics_source_open(&source, mpcc, "a\"b\\c\nz", 1) == 0, "open");
  metrics_source_read(&source);
  metrics_exposition_write(&text, &source, 1);
  check(!text.failed, "there was memory");
  check(strstr(text.bytes, "\nmpcc_pushed_items_total{queue=\"a\\\"b\\\\c\\nz\"} 7\n") != NULL,
        "a name");
  check(strstr(text.bytes, "_slot_pushed_items_total{queue=\"a\\\"b\\\\c\\nz\",slot=\"other\"} 7\n")
        != NULL, "a slot");
  check(strstr(text.bytes, "\nmpcc_batch_items_bucket{queue=\"a\\\"b\\\\c\\nz\",le=\"+Inf\"} 3\n")
        != NULL, "a bucket");
  check(strstr(text.bytes, ",le=\"0.000001023\"}") != NULL, "a bound, in seconds");
  metrics_source_close(&source);
  metrics_text_free(&text);
  end_instance(mpcc);
}

static void numbers_are_exact(void)
{
  struct metrics_text text = {0};

  metrics_text_add_scaled(&text, 0, 9);
  metrics_text_add(&text, " ");
  metrics_text_add_scaled(&text, UINT64_MAX, 9);
  metrics_text_add(&text, " ");
  metrics_text_add_scaled(&text, 1500, 3);
  metrics_text_add(&text, " ");
  metrics_text_add_scaled(&text, 1001000000, 9);
  metrics_text_add(&text, " ");
  metrics_text_add_scaled(&text, UINT64_MAX, 0);
  check(strcmp(text.bytes, "0 18446744073.709551615 1.5 1.001 18446744073709551615") == 0,
        "decimals");
  metrics_text_free(&text);
}

int main(void)
{
  busy_slots_get_places_for_ever();
  the_busiest_come_first();
  a_total_that_is_late_takes_nothing_back();
  few_slots_are_all_shown();
  nobody_is_shown_where_nobody_may();
  names_are_escaped_and_lines_whole();
  numbers_are_exact();
  printf("slots, names and numbers: %d rounds over %d slots\n", ROUNDS, SLOTS);
  return 0;
}
