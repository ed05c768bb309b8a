/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The pump: what takes batches out of libmpcc and into the databases.
 *
 * A transaction may take long, and the pump runs on the loop, which serves every slot. So each
 * shard has a thread: the pump lays the batch into its mailbox, answers MPCC_PENDING, and the
 * thread finishes it. There is at most one batch of a slot in flight (max_concurrency is 1: one
 * database has one writer), so a mailbox for one is enough; and a batch never mixes slots, so one
 * batch is one transaction in one database.
 */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include <mpcc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "line.h"
#include "outdir.h"
#include "shard.h"

struct writer {
  struct writers *all;
  struct shard shard; /* the thread's own while it runs */
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t change; /* of the next two, which lock guards */
  mpcc_batch_t *mail;    /* NULL: nothing to do */
  bool ending;
};

struct writers {
  struct writer *list; /* list[slot] */
  uint32_t count;      /* those that run */
  struct line_memory *memory;
  void (*on_failure)(void *arg); /* on a writer's thread: a shard cannot store any more */
  void *arg;
  uint64_t lost;      /* the loop's: lines dropped because of an error */
  uint64_t discarded; /* the loop's: lines dropped because the user wanted it */
};

/* Open the shards and start their threads. Returns 0, or -1 after a message, with none left. */
int writers_open(struct writers *writers, struct outdir *dir, uint32_t count, const char *sync,
                 const struct files *files);

/* To be called when no batch is in flight. */
void writers_close(struct writers *writers);

/* For mpcc_start() and options.on_drop; the state is the struct writers. */
int writers_pump(mpcc_batch_t *batch, void *state);
void writers_on_drop(const mpcc_batch_t *batch, int reason, void *state);

/* The rows in all shards, when no batch is in flight.
 * Returns 0, or SQLite's code after a message. */
int writers_count_rows(struct writers *writers, uint64_t *rows);

#endif
