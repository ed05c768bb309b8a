/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "sites.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEAKENED = 256, NOTED = 4096 };

static const char *const names[] = {"relaxed", "consume", "acquire", "release", "acq_rel",
                                    "seq_cst"};

static struct {
  uintptr_t at[WEAKENED];
  int count;
  bool failure;
  enum sim_order order;
} weak;

static struct {
  bool on;
  struct { const void *caller; enum sim_order order[2]; } list[NOTED];
  int count;
} noted;

const char *sim_order_name(enum sim_order order)
{
  return names[order];
}

bool sim_weaken(const char *text)
{
  char *end;

  weak.count = 0;
  do {
    if (weak.count == WEAKENED)
      return false;
    weak.at[weak.count++] = (uintptr_t)strtoull(text, &end, 16);
    text = end + 1;
  } while (*end == ',');
  if (end[0] != ':' || (end[1] != 's' && end[1] != 'f') || end[2] != ':')
    return false;
  weak.failure = end[1] == 'f';
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (strcmp(end + 3, names[i]) == 0) {
      weak.order = (enum sim_order)i;
      return true;
    }
  return false;
}

void sim_sites_note(bool on)
{
  noted.on = on;
  noted.count = 0;
}

static void note(const void *caller, enum sim_order order, bool failure)
{
  int i = 0;

  while (i < noted.count && noted.list[i].caller != caller)
    i++;
  if (i == NOTED)
    return;
  if (i == noted.count) {
    noted.list[i].caller = caller;
    noted.list[i].order[0] = noted.list[i].order[1] = order;
    noted.count++;
  }
  noted.list[i].order[failure] = order;
}

void sim_sites_print(void)
{
  for (int i = 0; i < noted.count; i++)
    printf("site %llx %s %s\n", (unsigned long long)(uintptr_t)noted.list[i].caller,
           names[noted.list[i].order[0]], names[noted.list[i].order[1]]);
}

enum sim_order sim_order_at(const void *caller, enum sim_order order, bool failure)
{
  if (noted.on)
    note(caller, order, failure);
  if (weak.count != 0 && weak.failure == failure)
    for (int i = 0; i < weak.count; i++)
      if (weak.at[i] == (uintptr_t)caller)
        return weak.order;
  return order;
}
