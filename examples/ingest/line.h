/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A line in memory: the item that goes through the library. Items are copied and have one size,
 * so a short text travels in the item itself and a long one beside it, on the heap. Whoever ends
 * up with the item frees that: the reader whose push failed, the writer that stored the line, or
 * on_drop.
 */
#ifndef INGEST_LINE_H
#define INGEST_LINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_INLINE = 104 }; /* makes the item 128 bytes; nine lines of source in ten are shorter */

/* The bytes that long lines may take in all, and so the longest line. (capacity counts lines.) */
#define LINE_MEMORY ((size_t)256 << 20)

struct line {
  uint64_t number; /* in its file, from 1 */
  char *heap;      /* NULL: the text is here */
  uint32_t file;
  uint32_t length;
  char text[LINE_INLINE];
};

/* How many bytes of lines are on the heap. Shared by all threads. */
struct line_memory {
  atomic_size_t used;
};

/* Make ${line} of ${length} bytes. Returns 0, EAGAIN: not while so much is in use, or ENOMEM. */
int line_make(struct line *line, struct line_memory *memory, const char *text, size_t length);
void line_free(const struct line *line, struct line_memory *memory);

static inline const char *line_text(const struct line *line)
{
  return line->heap != NULL ? line->heap : line->text;
}

#endif
