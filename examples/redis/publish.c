/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "publish.h"

#include <inttypes.h>
#include <stdio.h>

#include "say.h"
#include "session.h"

enum { PIPELINE = 500, NUMBER_TEXT = 24 };

/* Entries after the first ${done}; returns how many the server has taken, or -1 with a reason. */
static int append(struct session *session, uint64_t done, int count)
{
  const struct args *args = session->args;
  char number[NUMBER_TEXT];
  const char *words[] = {"XADD", NULL, "*", "n", number};
  size_t lengths[sizeof words / sizeof words[0]];
  struct command command = {words, lengths, 0, 5};

  for (int i = 0; i < count; i++) {
    const uint64_t n = done + (uint64_t)i;
    snprintf(number, sizeof number, "%" PRIu64, n + 1);
    words[1] = args->streams[n % args->stream_count];
    command.count = 0;
    for (int w = 0; w < command.room; w++)
      command_add(&command, words[w]);
    if (redisAppendCommandArgv(session->redis, command.count, words, lengths) != REDIS_OK) {
      session_note(session, "out of memory");
      return -1;
    }
  }
  for (int i = 0; i < count; i++) {
    redisReply *reply = session_take(session);
    if (reply == NULL)
      return i > 0 ? i : -1;
    freeReplyObject(reply);
  }
  return count;
}

int publish(const struct args *args, uint64_t count)
{
  struct session session;
  uint64_t done = 0;

  if (session_open(&session, args, 0) != 0) {
    say("%s:%" PRIu32 ": %s", args->host, args->port, session.reason);
    return -1;
  }
  while (done < count) {
    const int wanted = count - done < PIPELINE ? (int)(count - done) : PIPELINE;
    const int taken = append(&session, done, wanted);
    if (taken > 0)
      done += (uint64_t)taken;
    if (taken < wanted) {
      say("%s:%" PRIu32 ": %s; %" PRIu64 " entries are there, and maybe some more", args->host,
          args->port, session.reason, done);
      break;
    }
  }
  session_close(&session);
  return done == count ? 0 : -1;
}
