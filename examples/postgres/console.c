/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

void say(const char *format, ...)
{
  char text[2048];
  va_list list;

  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (char *c = text; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  fprintf(stderr, "postgres_writer: %s\n", text);
}

void say_flat(char *to, size_t size, const char *from)
{
  const char *gap = "";
  size_t used = 0;

  for (; *from != '\0' && used + 3 < size; from++) {
    if (*from == '\n')
      gap = "; ";
    else if ((unsigned char)*from <= ' ' && *gap == '\0')
      gap = " ";
    if ((unsigned char)*from <= ' ')
      continue;
    for (; *gap != '\0' && used > 0; gap++)
      to[used++] = *gap;
    gap = "";
    to[used++] = *from;
  }
  to[used] = '\0';
}
