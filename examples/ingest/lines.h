/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A descriptor's bytes, cut into lines. A line is what stands between two newlines, whatever bytes
 * that are; what follows the last newline is a line if there is anything. A carriage return is
 * part of its line.
 */
#ifndef INGEST_LINES_H
#define INGEST_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { LINES_STOPPED = -1 };

/* Reused from file to file; zero at first. */
struct lines_buffer {
  char *bytes;
  size_t size;
};

/* A line, without its newline. False: no more, please. */
typedef bool (*lines_cb)(const char *text, size_t length, void *arg);

/*
 * Read ${fd}, which does not block, to its end; also a FIFO whose writer takes its time. Ends early
 * when ${stop_fd} becomes readable.
 *
 * Returns 0, LINES_STOPPED, or an errno: EFBIG if a line is longer than LINE_MEMORY.
 */
int lines_read(int fd, int stop_fd, struct lines_buffer *buffer, lines_cb cb, void *arg);

#endif
