/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "entry_id.h"

#include <inttypes.h>
#include <stdio.h>

/* Reads digits up to ${end}; returns what follows it, or NULL if that is no such number. */
static const char *number(uint64_t *value, const char *text, char end)
{
  uint64_t sum = 0;

  if (*text == end)
    return NULL;
  for (; *text != end; text++) {
    if (*text < '0' || *text > '9')
      return NULL;
    const uint64_t digit = (uint64_t)(*text - '0');
    if (sum > (UINT64_MAX - digit) / 10)
      return NULL;
    sum = sum * 10 + digit;
  }
  *value = sum;
  return end == '\0' ? text : text + 1;
}

bool entry_id_parse(struct entry_id *id, const char *text)
{
  struct entry_id read;

  text = number(&read.ms, text, '-');
  if (text == NULL || number(&read.sequence, text, '\0') == NULL)
    return false;
  *id = read;
  return true;
}

size_t entry_id_format(char text[ENTRY_ID_TEXT], const struct entry_id *id)
{
  return (size_t)snprintf(text, ENTRY_ID_TEXT, "%" PRIu64 "-%" PRIu64, id->ms, id->sequence);
}
