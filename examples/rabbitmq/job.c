/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

int job_open(struct job *job, const char *journal, uint32_t work_us)
{
  job->work_us = work_us;
  job->journal = -1;
  if (journal == NULL)
    return 0;
  job->journal = open(journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (job->journal >= 0)
    return 0;
  say("cannot open the journal %s: %s", journal, strerror(errno));
  return -1;
}

void job_close(struct job *job)
{
  if (job->journal >= 0)
    close(job->journal);
}

static uint64_t below(uint64_t limit, uint64_t *chance)
{
  *chance = *chance * 6364136223846793005u + 1442695040888963407u;
  return (*chance >> 33) % limit;
}

/*
 * Different for each message, so that they do not end in the order in which they came; and one in
 * a thousand takes a thousand times as long, since it is those that outlive their channel.
 */
static void take_time(const struct job *job, uint64_t *chance)
{
  uint64_t us;

  if (job->work_us == 0)
    return;
  us = below(job->work_us + (uint64_t)1, chance);
  if (below(1000, chance) == 0)
    us *= 1000;
  nanosleep(&(struct timespec){.tv_sec = (time_t)(us / 1000000),
                               .tv_nsec = (long)(us % 1000000) * 1000}, NULL);
}

static int write_down(const struct job *job, uint64_t number)
{
  char line[32];
  ssize_t written;
  int length;

  if (job->journal < 0)
    return JOB_DONE;
  length = snprintf(line, sizeof line, "%" PRIu64 "\n", number);
  do
    written = write(job->journal, line, (size_t)length);
  while (written < 0 && errno == EINTR);
  if (written == length)
    return JOB_DONE;
  say("cannot write to the journal: %s", written < 0 ? strerror(errno) : "no room");
  return JOB_FAILED;
}

int job_do(const struct job *job, const char *body, uint64_t *chance)
{
  uint64_t number;
  char *end;

  errno = 0;
  number = strtoull(body, &end, 10);
  if (body[0] < '0' || body[0] > '9' || *end != '\0' || errno != 0)
    return JOB_BAD;
  take_time(job, chance);
  return write_down(job, number);
}
