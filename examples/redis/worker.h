/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A thread that reads entries, processes them, and pushes their ids into the slot of the stream
 * that they came from: in this order, so that nothing is acknowledged before it was processed.
 *
 *   connect ----> wait for acknowledgements -----> what got lost ----> new ones, and now and then
 *      ^          that are still on their way      on the way           what others have left
 *      +--------------------------- the connection ends -----------------------+
 *
 * When a connection ends, the server may have delivered entries that never arrived. They are in
 * this consumer's pending list, beside those whose acknowledgement is still to be tried again.
 * Hence the wait (mpcc_flush_wait): what is pending after it was really lost, and the rest is not
 * processed twice.
 */
#ifndef REDIS_STREAM_WORKER_H
#define REDIS_STREAM_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "crew.h"
#include "direct.h"
#include "reader.h"

/* Read them after worker_join(). */
struct work_counts {
  uint64_t read;      /* entries that arrived, again ones included */
  uint64_t lost;      /* of these: that were delivered before, and had got lost */
  uint64_t abandoned; /* of these: taken over */
  uint64_t deleted;   /* of these: gone from the stream, only to be acknowledged */
  uint64_t processed; /* journal written, if there is one */
  uint64_t pushed;    /* the library has taken their ids, deleted ones' too */
  uint64_t failures;  /* connections that ended or were not made */
};

struct worker {
  struct crew *crew;
  uint32_t index;
  bool started;
  uv_thread_t thread;
  char consumer[CONSUMER_MAX + 12];
  struct reader reader;
  struct page page;
  struct work_counts counts;
  struct entry_id *held;   /* for a comparison, which has one stream: ids to acknowledge */
  size_t held_count, held_room;
  struct direct_counts direct;
  bool cut_off;            /* and so: */
  uint64_t since_ms;
  uint32_t delay_ms;
  unsigned seed;           /* of the chance in the delays */
  bool cannot_claim;       /* the server is too old */
  uint64_t next_claim_ms;
};

/* Returns 0, or -1 after a message. */
int worker_start(struct worker *worker, struct crew *crew, uint32_t index);

/* Only for one that has started. */
void worker_join(struct worker *worker);

#endif
