/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The producers: threads that take one file after the other and push its lines. A file is read by
 * one thread and goes into one slot, so its lines keep their order all the way.
 *
 * When a slot is at its capacity the reader is held up until the writer has made room: this is how
 * a fast reader and a slow disk get along without filling the memory.
 */
#ifndef INGEST_READER_H
#define INGEST_READER_H

#include <mpcc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "files.h"
#include "line.h"

struct readers {
  /* Set before readers_start(): */
  const struct files *files;
  mpcc_t *mpcc;
  struct line_memory *memory;
  uint32_t slots;
  uint64_t line_limit; /* no more lines than that, in all */
  bool silent;         /* files that cannot be read were already told of */

  /* Read them after readers_join(): */
  uint64_t lines;        /* pushed: from then on the library answers for them */
  uint64_t slowed;       /* pushes that found the slot at its capacity, and waited */
  uint64_t files_failed; /* not read, or not to their end, because of an error */
  uint64_t files_read;   /* to their end */
  bool refused;          /* the library refused a line, or the system a thread; said so */

  /* Theirs: */
  struct reader *list;
  uint32_t count;
  uint32_t finished;        /* readers_wait(): how many have said so through done[] */
  atomic_size_t next_file;
  atomic_uint_fast64_t tickets;
  atomic_bool stopping;
  int stop[2], done[2];     /* pipes */
};

/* Make ${readers}, whose upper part is filled in, ready for readers_stop().
 * Returns 0, or -1 after a message. */
int readers_open(struct readers *readers);
void readers_close(struct readers *readers);

/* Start up to ${count} threads. If the system refuses some, readers->refused is set. */
void readers_start(struct readers *readers, uint32_t count);

/* Ask them to stop where they are. Any thread; never blocks; again is legal. */
void readers_stop(struct readers *readers);

/* Wait up to ${timeout_ms}. Returns true when all have come to their end. */
bool readers_wait(struct readers *readers, int timeout_ms);

/* Wait for the threads themselves, and add up their numbers. */
void readers_join(struct readers *readers);

#endif
