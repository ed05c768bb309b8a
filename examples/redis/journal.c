/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

int journal_open(struct journal *journal, const char *path)
{
  journal->path = path;
  journal->fd = -1;
  if (path == NULL)
    return 0;
  journal->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (journal->fd >= 0)
    return 0;
  say("%s: %s", path, strerror(errno));
  return -1;
}

static int make_room(struct page *page, size_t more)
{
  size_t room = page->room == 0 ? 4096 : page->room;
  char *text;

  while (room - page->length < more)
    room *= 2;
  if (room == page->room)
    return 0;
  text = realloc(page->text, room);
  if (text == NULL) {
    say("out of memory");
    return -1;
  }
  page->text = text;
  page->room = room;
  return 0;
}

/* A value may be anything, and a line is to remain one. */
static void append(struct page *page, const char *text, size_t length, char end)
{
  for (size_t i = 0; i < length; i++) {
    const unsigned char c = (unsigned char)text[i];
    page->text[page->length++] = c < 0x20 || c == 0x7f ? '?' : text[i];
  }
  page->text[page->length++] = end;
}

int journal_add(const struct journal *journal, struct page *page, const char *stream,
                const char *id, const char *value, size_t length)
{
  if (journal->fd < 0)
    return 0;
  if (make_room(page, strlen(stream) + strlen(id) + length + 3) != 0)
    return -1;
  append(page, stream, strlen(stream), ' ');
  append(page, id, strlen(id), ' ');
  append(page, value, length, '\n');
  return 0;
}

int journal_write(const struct journal *journal, struct page *page)
{
  size_t at = 0;

  while (at < page->length) {
    const ssize_t written = write(journal->fd, page->text + at, page->length - at);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      say("%s: %s", journal->path, strerror(errno));
      return -1;
    }
    at += (size_t)written;
  }
  page->length = 0;
  return 0;
}

void page_close(struct page *page)
{
  free(page->text);
  *page = (struct page){0};
}

void journal_close(struct journal *journal)
{
  if (journal->fd >= 0)
    close(journal->fd);
  journal->fd = -1;
}
