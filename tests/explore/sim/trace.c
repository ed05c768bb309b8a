/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched.h"
#include "shadow.h"
#include "source.h"

static struct {
  bool on;
  struct sim_event *events;
  size_t count, room;
} trace;

void sim_trace(bool on)
{
  trace.on = on;
  trace.count = 0;
}

bool sim_traced(void)
{
  return trace.on;
}

void sim_note(struct sim_event event)
{
  if (!trace.on)
    return;
  if (trace.count == trace.room) {
    size_t room = trace.room != 0 ? trace.room * 2 : 1024;
    struct sim_event *events = realloc(trace.events, room * sizeof(*events));

    if (events == NULL)
      return;
    trace.events = events;
    trace.room = room;
  }
  event.step = sim_step();
  event.thread = (uint8_t)sim_self();
  trace.events[trace.count++] = event;
}

static void print_values(const struct sim_event *event)
{
  char text[64] = "", age[32] = "";

  if (event->reads && event->writes)
    snprintf(text, sizeof(text), "%llx -> %llx", (unsigned long long)event->before,
             (unsigned long long)event->after);
  else if (event->reads)
    snprintf(text, sizeof(text), "%llx", (unsigned long long)event->before);
  else if (event->writes)
    snprintf(text, sizeof(text), "-> %llx", (unsigned long long)event->after);
  if (event->age != 0)
    snprintf(age, sizeof(age), " (%u old)", event->age);
  printf(" %-24s%s", text, age);
}

static void print_event(const struct sim_event *event, const struct sim_source *source)
{
  char place[80] = "";

  if (event->at != NULL)
    sim_shadow_place(event->at, place, sizeof(place));
  printf("%6u  %*sT%u  %-10s %-8s %-18s", event->step, event->thread * 2, "", event->thread,
         event->what, event->order != NULL ? event->order : "", place);
  print_values(event);
  if (source != NULL)
    printf("  %s:%u  %s", source->file, source->line, source->text);
  printf("\n");
}

void sim_trace_print(size_t count)
{
  size_t first = trace.count > count ? trace.count - count : 0;

  if (first != 0)
    printf("  ... %zu events before\n", first);
  for (size_t i = first; i < trace.count; i++)
    sim_source_want(trace.events[i].caller);
  sim_source_resolve();
  for (size_t i = first; i < trace.count; i++)
    print_event(&trace.events[i], sim_source_of(trace.events[i].caller));
}
