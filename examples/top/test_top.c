/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* sample.c, frame.c and page.c: two scrapes in, a page of text out; no clock, no terminal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

static void check(int holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "FAILED: %s\n", what);
  exit(1);
}

/* What two looks at a queue and two of its slots found, a buckets' line for each bound. */
#define SCRAPE(pushed, delivered, rejected, full, interval, items, w0, w1, w2, s7, s9, p7)        \
  "# HELP mpcc_pushed_items_total x\n# TYPE mpcc_pushed_items_total counter\n"                    \
  "mpcc_pushed_items_total{queue=\"orders\"} " pushed "\n"                                        \
  "mpcc_delivered_items_total{queue=\"orders\"} " delivered "\n"                                  \
  "mpcc_rejected_items_total{queue=\"orders\"} " rejected "\n"                                    \
  "mpcc_queued_items{queue=\"orders\"} 12345\nmpcc_in_flight_batches{queue=\"orders\"} 3\n"       \
  "mpcc_batches_total{queue=\"orders\",due=\"full\"} " full "\n"                                  \
  "mpcc_batches_total{queue=\"orders\",due=\"interval\"} " interval "\n"                          \
  "mpcc_batch_items_sum{queue=\"orders\"} " items "\n"                                            \
  "mpcc_batch_wait_seconds_bucket{queue=\"orders\",le=\"0.001\"} " w0 "\n"                        \
  "mpcc_batch_wait_seconds_bucket{queue=\"orders\",le=\"0.015\"} " w1 "\n"                        \
  "mpcc_batch_wait_seconds_bucket{queue=\"orders\",le=\"+Inf\"} " w2 "\n"                         \
  "mpcc_slot_pushed_items_total{queue=\"orders\",slot=\"7\"} " s7 "\n"                            \
  "mpcc_slot_pushed_items_total{queue=\"orders\",slot=\"other\"} " s9 "\n"                        \
  "mpcc_slot_pump_seconds_total{queue=\"orders\",slot=\"7\"} " p7 "\n"                            \
  "another_total{queue=\"x\"} 5 1700000000\nanother_gauge +Inf\n"

static const char before[] =
    SCRAPE("1000", "900", "5", "10", "0", "900", "10", "10", "10", "500", "500", "1.5");
static const char now[] =
    SCRAPE("5000", "4500", "5", "12", "6", "4500", "14", "18", "18", "3500", "1500", "2.5");
static const char restarted[] =
    SCRAPE("200", "100", "0", "1", "0", "100", "0", "1", "1", "150", "50", "0.25");

static const char *const between[] = {
    "libmpcc at x, every 1 s",
    "",
    "QUEUE          PUSH/s DONE/s LOST/s QUEUED   OUT BATCH WAIT50    99 PUMP50    99",
    "orders           2.0k   1.8k      0    12k     3   450  1.0ms  15ms      -     -",
    "",
    "SLOT           PUSH/s DONE/s LOST/s QUEUED   OUT PUMP% SHARE",
    "orders/7         1.5k      0      0      0     0    50   75% ###############",
    "orders/other      500      0      0      0     0     0   25% #####",
};
static const char *const after_a_restart[] = {
    "libmpcc at x, every 1 s",
    "no answer for 7 s: it is ? gone",
    "QUEUE          PUSH/s DONE/s LOST/s QUEUED   OUT BATCH WAIT50    99 PUMP50    99",
    "orders            100     50      0    12k     3   100   15ms  15ms      -     -",
    "",
    "SLOT           PUSH/s DONE/s LOST/s QUEUED   OUT PUMP% SHARE",
    "orders/7           75      0      0      0     0    12   75% ###############",
    "orders/other       25      0      0      0     0     0   25% #####",
};
static const char *const first[] = {
    "libmpcc at x, every 1 s",
    "",
    "QUEUE          PUSH/s DONE/s LOST/s QUEUED   OUT BATCH WAIT50    99 PUMP50    99",
    "orders              -      -      -    12k     3     -      -     -      -     -",
    "",
    "SLOT           PUSH/s DONE/s LOST/s QUEUED   OUT PUMP% SHARE",
    "orders/7            -      -      -      0     0     -    0%",
    "orders/other        -      -      -      0     0     -    0%",
};

static void page_is(const char *one, const char *other, const char *trouble,
                    const char *const *expected, unsigned count)
{
  const struct page_status status = {"x", trouble, 7, 1};
  static struct page page;
  struct sample samples[2] = {{0}, {0}};
  struct frame frame;

  check(one == NULL || sample_read(&samples[0], one, strlen(one)) == 0, "the first is read");
  check(sample_read(&samples[1], other, strlen(other)) == 0, "the second is read");
  check(frame_make(&frame, one != NULL ? &samples[0] : NULL, &samples[1], 2) == 0, "a frame");
  page_make(&page, &status, &frame, PAGE_LINES);
  for (unsigned i = 0; i < count && i < page.count; i++) {
    if (strcmp(page.text[i], expected[i]) == 0)
      continue;
    fprintf(stderr, "FAILED: line %u is\n%s\nand not\n%s\n", i, page.text[i], expected[i]);
    exit(1);
  }
  check(page.count == count, "so many lines");
  page_make(&page, &status, &frame, 4);
  check(page.count == 4, "or fewer, if there is no room");
  frame_free(&frame);
  sample_free(&samples[0]);
  sample_free(&samples[1]);
}

static void numbers_fit(void)
{
  static const struct {
    double number;
    const char *text;
  } numbers[] = {{0, "0"}, {0.25, "0.2"}, {9.94, "9.9"}, {9.96, "10"}, {999.4, "999"},
                 {999.6, "1.0k"}, {12345, "12k"}, {1e6, "1.0M"}, {1e14, "100T"}, {1e18, ">999T"},
                 {(double)NAN, "-"}},
    times[] = {{0, "0"}, {1.023e-6, "1.0us"}, {0.001, "1.0ms"}, {0.127, "127ms"}, {1, "1.0s"},
               {1234, ">999s"}, {(double)INFINITY, "long"}, {(double)NAN, "-"}};
  char text[8];

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    page_number(text, numbers[i].number);
    check(strcmp(text, numbers[i].text) == 0, numbers[i].text);
  }
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    page_time(text, times[i].number);
    check(strcmp(text, times[i].text) == 0, times[i].text);
  }
}

static void what_is_no_text_is_refused(void)
{
  static const char *const wrong[] = {"<html>\n", "a{b=\"c\"} x\n", "a{b=\"c} 1\n", "a 1",
                                      "a{b=\"\\x\"} 1\n", "{} 1\n", "a{b} 1\n", "a{b=\"c\"d} 1\n",
                                      "a\n", "a{b=\"c\",} 1 2 3\n{", " 1\n"};
  struct sample sample;

  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    check(sample_read(&sample, wrong[i], strlen(wrong[i])) != 0, wrong[i]);
    sample_free(&sample);
  }
  check(sample_read(&sample, "a 1\0b 2\n", 8) != 0, "a NUL");
  sample_free(&sample);
  check(sample_read(&sample, "", 0) == 0 && sample.queue_count == 0, "nothing is no series");
  sample_free(&sample);
}

/* A name as long as it may be, with all that is escaped; and more slots than one block has. */
static void names_are_read(void)
{
  static char text[100000];
  struct sample sample;
  size_t length = 0;

  for (int i = 0; i < 1000; i++)
    length += (size_t)snprintf(text + length, sizeof text - length,
                               "mpcc_slot_queued_items{queue=\"a\\\"\\\\\\n,}b\",slot=\"%d\"} %d\n",
                               i, i);
  check(sample_read(&sample, text, length) == 0, "it is read");
  const struct queue_sample *queue = sample_queue(&sample, "a\"\\\n,}b");
  check(sample.queue_count == 1 && queue != NULL && queue->slot_count == 1000, "a name");
  const struct slot_sample *slot = sample_slot(queue, "637");
  check(slot != NULL && slot->queued > 636 && slot->queued < 638, "a slot");
  sample_free(&sample);
}

int main(void)
{
  page_is(before, now, NULL, between, sizeof between / sizeof between[0]);
  page_is(now, restarted, "it is \033 gone", after_a_restart,
          sizeof after_a_restart / sizeof after_a_restart[0]);
  page_is(NULL, now, NULL, first, sizeof first / sizeof first[0]);
  numbers_fit();
  what_is_no_text_is_refused();
  names_are_read();
  puts("frames, pages, numbers and names");
  return 0;
}
