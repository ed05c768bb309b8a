/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pump: what takes batches out of libmpcc and into the databases.
 *
 * A transaction may take long, so the pump runs on the library's workers (MPCC_PUMP_ON_WORKER), as
 * many as there are shards: one that is slow delays no other. There is at most one batch of a slot
 * in flight (max_concurrency is 1), so a database is used by one pump at a time; and a batch never
 * mixes slots, so one batch is one transaction in one database.
 *
 * Three things may go wrong, and each has its own way:
 *
 *   the database is locked     the try fails, and the library tries again, later and later
 *                              (max_attempts, retry_delay_ms); nothing of the batch is stored yet
 *   it refuses a row           the rest of the batch is stored; then the row is written to the
 *                              rejects file, which settles it. Could it not be written there, it is
 *                              marked (mpcc_batch_fail), and tried again without those stored
 *   it fails, or stays locked  it is given up: its slot is discarded, and the lines are rejects
 */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include <mpcc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "args.h"
#include "files.h"
#include "line.h"
#include "outdir.h"
#include "rejects.h"
#include "shard.h"

struct refusal {
  size_t index; /* in the batch */
  char reason[160];
};

struct writer {
  struct shard shard;
  struct refusal *refusals; /* of the batch at hand, by index */
  size_t refusal_count, refusal_room;
  uint64_t refused; /* rows that the database refused, and that are settled */
  uint64_t lost;    /* those of them that are not in the rejects file either */
  bool told;        /* that it is locked */
};

struct writers {
  /* Set before writers_open(): */
  const struct args *args;
  const struct files *files;
  struct line_memory *memory;
  struct rejects *rejects;
  void (*on_failure)(void *arg); /* any thread, again is legal: something cannot be stored */
  void *arg;

  mpcc_t *mpcc;        /* set before mpcc_start() */
  struct writer *list; /* list[slot] */
  uint32_t count;

  /* The loop's, which drops: */
  uint64_t unstored;  /* lines dropped because of an error */
  uint64_t discarded; /* lines dropped because the user wanted it */
  uint64_t lost;      /* those of both that are not in the rejects file either */
};

/* Open the shards. Returns 0, or -1 after a message, with none left. */
int writers_open(struct writers *writers, struct outdir *dir);

/* To be called when no batch is in flight. */
void writers_close(struct writers *writers);

/* For mpcc_start() and options.on_drop; the state is the struct writers. */
int writers_pump(mpcc_batch_t *batch, void *state);
void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state);

/* The rows in all shards. Returns 0, or SQLite's code after a message. */
int writers_count_rows(const struct writers *writers, uint64_t *rows);

#endif
