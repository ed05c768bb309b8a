/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The rejects file: every row that was made and not stored, with the reason.
 *
 *   key TAB SQLSTATE TAB reason TAB source TAB value TAB note NEWLINE
 *
 * SQLSTATE is "-" where no database has spoken. Each record is one line with five tabs: in a note
 * a backslash is \\, and control characters and bytes from 128 on are \0ooo in octal, which
 * "printf %b" undoes. What was in the file before stays there. Records are written on the loop's
 * thread, since there are few of them, and a file does not keep one waiting as a network does.
 */
#ifndef POSTGRES_REJECTS_H
#define POSTGRES_REJECTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "row.h"

struct rejects {
  const char *path;
  int fd;           /* -1: nothing was rejected yet */
  off_t began;      /* how long it was before this run, */
  off_t size;       /* and with this run's whole records */
  bool told;
};

void rejects_open(struct rejects *rejects, const char *path);
void rejects_close(struct rejects *rejects);

/* Append a record. Returns 0, or -1 after a message, the first time: the file is as it was. */
int rejects_add(struct rejects *rejects, const struct row *row, const char *state,
                const char *reason);

/* Read this run's part of the file, and count its records. Returns 0, or -1 after a message. */
int rejects_count(const struct rejects *rejects, uint64_t *records);

#endif
