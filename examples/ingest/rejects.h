/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The rejects file: every line that was read and is not in a database, with the reason.
 *
 *   file TAB line number TAB reason TAB text NEWLINE
 *
 * Whatever bytes a field has, a record is one line with three tabs: a backslash is \\, tab,
 * newline and carriage return are \t, \n and \r, other control characters are \0ooo in octal, and
 * so is every byte from 128 on in a field that is no well-formed UTF-8. "printf %b" undoes that.
 *
 * There is no file before the first record, and never half a record. Every function may be called
 * on any thread, but rejects_open() and rejects_close().
 */
#ifndef INGEST_REJECTS_H
#define INGEST_REJECTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "line.h"
#include "outdir.h"

struct rejects {
  struct outdir *dir;
  pthread_mutex_t lock; /* guards what follows */
  int fd;               /* -1: there is no file yet */
  off_t size;           /* of whole records */
  bool told;            /* that it cannot be written to */
  bool given_up;        /* and that nothing more is tried */
  size_t used;
  char buffer[16384];
};

/* Returns 0, or -1 after a message. */
int rejects_open(struct rejects *rejects, struct outdir *dir);
void rejects_close(struct rejects *rejects);

/* Append a record. Returns 0, or an errno: the file is as it was; said why, the first time. */
int rejects_add(struct rejects *rejects, const char *path, const struct line *line,
                const char *reason);

/* From now on rejects_add() fails at once. */
void rejects_give_up(struct rejects *rejects);
bool rejects_given_up(struct rejects *rejects);

/* Read the file, and count its records. Returns 0, or an errno after a message. */
int rejects_count(struct rejects *rejects, uint64_t *records);

#endif
