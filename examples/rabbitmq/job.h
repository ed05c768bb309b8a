/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What is done with a message: the part to replace with your own.
 *
 * Here a message is a number, and it is processed when the number stands in the journal: a line,
 * appended with one write, which survives the process being killed. Whoever compares the journal
 * with what was published knows what was lost. Messages may come twice, so the work has to bear it.
 */
#ifndef RABBITMQ_JOB_H
#define RABBITMQ_JOB_H

#include <stdint.h>

enum { JOB_DONE, JOB_BAD, JOB_FAILED };

struct job {
  int journal;      /* a descriptor, or -1: numbers are not written down */
  uint32_t work_us; /* how long a message takes, at most; now and then a thousand times as long */
};

/* Returns 0, or -1 after a message. */
int job_open(struct job *job, const char *journal, uint32_t work_us);
void job_close(struct job *job);

/*
 * Process the message ${body}, a string. On any thread; ${chance} is that thread's own. Returns
 * JOB_DONE; JOB_BAD: it can't be processed, ever; JOB_FAILED after a message: it could not be now.
 */
int job_do(const struct job *job, const char *body, uint64_t *chance);

#endif
