/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What processing an entry is here: a line in a file. A line is there before its entry is
 * acknowledged, whatever happens to this process.
 */
#ifndef REDIS_STREAM_JOURNAL_H
#define REDIS_STREAM_JOURNAL_H

#include <stddef.h>

struct journal {
  int fd; /* -1: none */
  const char *path;
};

/* One thread's lines that are not in the file yet. */
struct page {
  char *text;
  size_t length, room;
};

/* Returns 0, or -1 after a message. ${path} may be NULL: nothing is written then. */
int journal_open(struct journal *journal, const char *path);

/* Add "stream id value". Returns 0, or -1 after a message. */
int journal_add(const struct journal *journal, struct page *page, const char *stream,
                const char *id, const char *value, size_t length);

/* Write the page to the file, and empty it. Any thread. Returns 0, or -1 after a message. */
int journal_write(const struct journal *journal, struct page *page);

void page_close(struct page *page);
void journal_close(struct journal *journal);

#endif
