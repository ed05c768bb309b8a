/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 8, LINE_ROOM = 512 };

/* 3 digits and a unit of thousands: of value * 1000^-i the first that is below 1000. */
static void print_scaled(char text[TEXT], double value, const char *const *units, int count)
{
  int unit = 0;

  while (value >= 999.5 && unit + 1 < count) {
    value /= 1000;
    unit++;
  }
  if (value >= 999.5)
    snprintf(text, TEXT, ">999%s", units[unit]);
  else
    snprintf(text, TEXT, value < 9.95 && (unit > 0 || value != floor(value)) ? "%.1f%s" : "%.0f%s",
             value, units[unit]);
}

void page_number(char text[TEXT], double number)
{
  static const char *const units[] = {"", "k", "M", "G", "T"};

  if (isnan(number))
    strcpy(text, "-");
  else if (number < 0)
    strcpy(text, "?"); /* nothing that is shown here can be */
  else
    print_scaled(text, number, units, 5);
}

void page_time(char text[TEXT], double seconds)
{
  static const char *const units[] = {"ns", "us", "ms", "s"};

  if (isnan(seconds))
    strcpy(text, "-");
  else if (isinf(seconds))
    strcpy(text, "long");
  else if (seconds <= 0)
    strcpy(text, "0");
  else
    print_scaled(text, seconds * 1e9, units, 4);
}

static void add_line(struct page *page, unsigned lines, enum page_style style, const char *format,
                     ...)
{
  char text[LINE_ROOM];
  va_list list;

  if (page->count >= lines || page->count >= PAGE_LINES)
    return;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (char *c = text; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
      *c = '?';
  text[PAGE_WIDTH] = '\0';
  for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--)
    text[end - 1] = '\0';
  strcpy(page->text[page->count], text);
  page->styles[page->count++] = style;
}

static void add_queue(struct page *page, unsigned lines, const struct queue_row *row)
{
  char numbers[6][TEXT], times[4][TEXT];

  page_number(numbers[0], row->push_rate);
  page_number(numbers[1], row->done_rate);
  page_number(numbers[2], row->lost_rate);
  page_number(numbers[3], row->queued);
  page_number(numbers[4], row->in_flight);
  page_number(numbers[5], row->batch_items);
  page_time(times[0], row->wait_50);
  page_time(times[1], row->wait_99);
  page_time(times[2], row->pump_50);
  page_time(times[3], row->pump_99);
  add_line(page, lines, row->lost_rate > 0 ? PAGE_BAD : PAGE_PLAIN,
           "%-14.14s%7s%7s%7s%7s%6s%6s %6s%6s%7s%6s", row->name, numbers[0], numbers[1],
           numbers[2], numbers[3], numbers[4], numbers[5], times[0], times[1], times[2], times[3]);
}

static void add_slot(struct page *page, unsigned lines, const struct slot_row *row, double all)
{
  static const char bar[] = "####################";
  const double share = row->push_rate > 0 && all > 0 ? row->push_rate / all : 0;
  char numbers[6][TEXT], name[2 * SAMPLE_NAME + 2];

  snprintf(name, sizeof name, "%s/%s", row->queue, row->name);
  page_number(numbers[0], row->push_rate);
  page_number(numbers[1], row->done_rate);
  page_number(numbers[2], row->lost_rate);
  page_number(numbers[3], row->queued);
  page_number(numbers[4], row->in_flight);
  page_number(numbers[5], row->busy * 100);
  add_line(page, lines, row->lost_rate > 0 ? PAGE_BAD : share >= 0.2 ? PAGE_BUSY : PAGE_PLAIN,
           "%-14.14s%7s%7s%7s%7s%6s%6s %4.0f%% %.*s", name, numbers[0], numbers[1], numbers[2],
           numbers[3], numbers[4], numbers[5], share * 100, (int)(share * 20 + 0.5), bar);
}

static void add_tables(struct page *page, unsigned lines, const struct frame *frame)
{
  double all = 0;

  add_line(page, lines, PAGE_HEAD, "%-14s%7s%7s%7s%7s%6s%6s %6s%6s%7s%6s", "QUEUE", "PUSH/s",
           "DONE/s", "LOST/s", "QUEUED", "OUT", "BATCH", "WAIT50", "99", "PUMP50", "99");
  for (size_t i = 0; i < frame->queue_count; i++)
    add_queue(page, lines, &frame->queues[i]);
  if (frame->queue_count == 0)
    add_line(page, lines, PAGE_BAD, "there are no series of libmpcc in the answer");
  for (size_t i = 0; i < frame->slot_count; i++)
    all += isnan(frame->slots[i].push_rate) ? 0 : frame->slots[i].push_rate;
  add_line(page, lines, PAGE_PLAIN, "%s", "");
  add_line(page, lines, PAGE_HEAD, "%-14s%7s%7s%7s%7s%6s%6s %5s", "SLOT", "PUSH/s", "DONE/s",
           "LOST/s", "QUEUED", "OUT", "PUMP%", "SHARE");
  for (size_t i = 0; i < frame->slot_count; i++)
    add_slot(page, lines, &frame->slots[i], all);
}

void page_make(struct page *page, const struct page_status *status, const struct frame *frame,
               unsigned lines)
{
  page->count = 0;
  add_line(page, lines, PAGE_TITLE, "libmpcc at %s, every %g s", status->where,
           status->interval_s);
  if (status->trouble != NULL)
    add_line(page, lines, PAGE_BAD, "no answer for %.0f s: %s", status->silent_s,
             status->trouble);
  else
    add_line(page, lines, PAGE_PLAIN, "%s", "");
  if (frame != NULL)
    add_tables(page, lines, frame);
}
