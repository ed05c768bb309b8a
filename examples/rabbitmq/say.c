/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

static const char *name = "rabbitmq";

void say_name(const char *program)
{
  name = program;
}

void say(const char *format, ...)
{
  char text[1024];
  va_list list;

  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (char *c = text; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';
  fprintf(stderr, "%s: %s\n", name, text); /* one call, so that lines of threads do not mix */
}
