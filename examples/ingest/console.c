/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "console.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TEXT_SIZE = 8192, NARROWEST = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool showing; /* lock: a progress line is on the screen, the cursor at its end */

static void erase_locked(void)
{
  if (showing)
    fputs("\r\033[K", stderr);
  showing = false;
}

static size_t terminal_width(void)
{
#ifdef TIOCGWINSZ
  struct winsize size;

  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
#endif
  return 80;
}

void say(const char *format, ...)
{
  char text[TEXT_SIZE];
  va_list list;

  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (char *c = text; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = '?';

  pthread_mutex_lock(&lock);
  erase_locked();
  fprintf(stderr, "ingest: %s\n", text);
  pthread_mutex_unlock(&lock);
}

bool console_is_terminal(void)
{
  return isatty(STDERR_FILENO) == 1;
}

void progress_show(const char *format, ...)
{
  char text[TEXT_SIZE];
  size_t width = terminal_width();
  va_list list;

  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  /* The last column stays free: a terminal may wrap when it is written to. */
  width = width > NARROWEST ? width - 1 : NARROWEST;
  if (width < strlen(text))
    text[width] = '\0';

  pthread_mutex_lock(&lock);
  erase_locked();
  fputs(text, stderr);
  fflush(stderr);
  showing = true;
  pthread_mutex_unlock(&lock);
}

void progress_clear(void)
{
  pthread_mutex_lock(&lock);
  erase_locked();
  fflush(stderr);
  pthread_mutex_unlock(&lock);
}
