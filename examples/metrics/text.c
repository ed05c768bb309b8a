/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16384 };

void metrics_text_free(struct metrics_text *text)
{
  free(text->bytes);
  memset(text, 0, sizeof *text);
}

/* See that there is room for ${more} bytes and a NUL. */
static bool reserve(struct metrics_text *text, size_t more)
{
  size_t room = text->room == 0 ? FIRST_ROOM : text->room;
  char *bytes;

  while (!text->failed && room - text->length <= more) {
    if (room > SIZE_MAX / 2)
      text->failed = true;
    room *= 2;
  }
  if (text->failed || room == text->room)
    return !text->failed;
  bytes = realloc(text->bytes, room);
  if (bytes == NULL) {
    text->failed = true;
    return false;
  }
  text->bytes = bytes;
  text->room = room;
  return true;
}

static void add_bytes(struct metrics_text *text, const char *bytes, size_t length)
{
  if (!reserve(text, length))
    return;
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = '\0';
}

void metrics_text_add(struct metrics_text *text, const char *format, ...)
{
  char line[512]; /* longer than anything that is written here but names, which are quoted */
  va_list list;
  int length;

  va_start(list, format);
  length = vsnprintf(line, sizeof line, format, list);
  va_end(list);
  if (length < 0 || (size_t)length >= sizeof line)
    text->failed = true;
  else
    add_bytes(text, line, (size_t)length);
}

void metrics_text_add_quoted(struct metrics_text *text, const char *value)
{
  add_bytes(text, "\"", 1);
  for (; *value != '\0'; value++) {
    if (*value == '\n')
      add_bytes(text, "\\n", 2);
    else if (*value == '"' || *value == '\\')
      add_bytes(text, (const char[]){'\\', *value}, 2);
    else
      add_bytes(text, value, 1);
  }
  add_bytes(text, "\"", 1);
}

void metrics_text_add_scaled(struct metrics_text *text, uint64_t value, unsigned decimals)
{
  char digits[24];
  uint64_t unit = 1;

  for (unsigned i = 0; i < decimals; i++)
    unit *= 10;
  metrics_text_add(text, "%" PRIu64, value / unit);
  if (value % unit == 0)
    return;
  int length = snprintf(digits, sizeof digits, ".%0*" PRIu64, (int)decimals, value % unit);
  while (length > 0 && digits[length - 1] == '0')
    length--;
  add_bytes(text, digits, (size_t)length);
}
