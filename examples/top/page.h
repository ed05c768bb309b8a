/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* A frame as lines of text, for a screen or a pipe. */
#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include "frame.h"

enum { PAGE_WIDTH = 80, PAGE_LINES = 200 };
enum page_style { PAGE_PLAIN, PAGE_TITLE, PAGE_HEAD, PAGE_BUSY, PAGE_BAD };

struct page {
  char text[PAGE_LINES][PAGE_WIDTH + 1]; /* ASCII; what is no letter in it is shown as '?' */
  enum page_style styles[PAGE_LINES];
  unsigned count;
};

/* What stands above the tables. */
struct page_status {
  const char *where;  /* what is polled */
  const char *trouble; /* why it has not answered, or NULL */
  double silent_s;    /* for how long */
  double interval_s;
};

/* ${frame} may be NULL: there was no answer yet. At most ${lines}. */
void page_make(struct page *page, const struct page_status *status, const struct frame *frame,
               unsigned lines);

/* Numbers in at most 6 and times in at most 6 places: "12.3k", "1.0ms", "-". */
void page_number(char text[8], double number);
void page_time(char text[8], double seconds);

#endif
