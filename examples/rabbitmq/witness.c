/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

/* Class and method, as the first four bytes of a method frame say them. */
enum {
  CHANNEL_CLOSE = 20 << 16 | 40,
  BASIC_DELIVER = 60 << 16 | 60,
  BASIC_ACK = 60 << 16 | 80,
  BASIC_REJECT = 60 << 16 | 90,
  BASIC_NACK = 60 << 16 | 120
};

static void *grow(void *memory, size_t *room, size_t wanted, size_t size)
{
  size_t larger = *room > 0 ? *room : 1024;

  while (larger < wanted)
    larger *= 2;
  memory = realloc(memory, larger * size);
  if (memory == NULL) {
    say("out of memory"); /* a witness that sees half is none */
    abort();
  }
  memset((char *)memory + *room * size, 0, (larger - *room) * size);
  *room = larger;
  return memory;
}

/* -- The journal -------------------------------------------------------------------------- */

static void mark(struct witness *witness, size_t number)
{
  if (number >= witness->processed_room)
    witness->processed =
        grow(witness->processed, &witness->processed_room, number + 1, sizeof(unsigned char));
  witness->processed[number] = 1;
}

/* What was appended since the last time. The last line may be there in part: it goes on later. */
static void read_journal(struct witness *witness)
{
  char bytes[4096];
  ssize_t count;

  while ((count = read(witness->journal, bytes, sizeof bytes)) > 0)
    for (ssize_t i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        mark(witness, witness->line);
        witness->line = 0;
      } else {
        witness->line = witness->line * 10 + (size_t)(bytes[i] - '0');
      }
    }
}

static bool in_journal(const struct witness *witness, uint64_t number)
{
  return number < witness->processed_room && witness->processed[number] != 0;
}

static bool is_processed(struct witness *witness, uint64_t number)
{
  if (number == UINT64_MAX)
    return false;
  if (!in_journal(witness, number))
    read_journal(witness);
  return in_journal(witness, number);
}

/* -- What the broker sends ---------------------------------------------------------------- */

static void see_delivery(struct witness *witness, struct witness_channel *channel,
                         const struct frame *frame)
{
  const size_t consumer = (size_t)frame_number(frame, 4, 1);

  if (channel->count == channel->room)
    channel->tags =
        grow(channel->tags, &channel->room, channel->count + 1, sizeof *channel->tags);
  channel->tags[channel->count++] = (struct witness_tag){
      .tag = frame_number(frame, 5 + consumer, 8), .number = UINT64_MAX};
  witness->delivered++;
}

static void see_body(struct witness_channel *channel, const struct frame *frame)
{
  const size_t room = sizeof channel->body - 1 - channel->body_had;
  const size_t kept = frame->size < room ? frame->size : room;
  char *end;

  memcpy(channel->body + channel->body_had, frame->payload, kept);
  channel->body_had += kept;
  channel->body[channel->body_had] = '\0';
  channel->body_left -= frame->size < channel->body_left ? frame->size : channel->body_left;
  if (channel->body_left > 0 || channel->count == 0 || channel->body[0] < '0' ||
      channel->body[0] > '9')
    return;
  const uint64_t number = strtoull(channel->body, &end, 10);
  if (*end == '\0')
    channel->tags[channel->count - 1].number = number;
}

static void from_broker(const struct frame *frame, void *arg)
{
  struct witness_connection *connection = arg;
  struct witness_channel *channel;
  const uint64_t method = frame_number(frame, 0, 4);

  if (frame->channel == 0 || frame->channel >= WITNESS_CHANNELS)
    return;
  channel = &connection->channels[frame->channel];
  if (frame->type == FRAME_METHOD && method == BASIC_DELIVER) {
    see_delivery(connection->witness, channel, frame);
  } else if (frame->type == FRAME_METHOD && method == CHANNEL_CLOSE) {
    connection->witness->refusals++;
  } else if (frame->type == FRAME_HEADER) {
    channel->body_left = frame_number(frame, 4, 8);
    channel->body_had = 0;
  } else if (frame->type == FRAME_BODY) {
    see_body(channel, frame);
  }
}

/* -- What the consumer sends -------------------------------------------------------------- */

static void settle(struct witness *witness, struct witness_channel *channel, uint64_t tag,
                   bool multiple, bool acknowledged)
{
  size_t kept = 0, covered = 0;
  bool named = false;

  for (size_t i = 0; i < channel->count; i++) {
    const struct witness_tag *at = &channel->tags[i];
    named = named || at->tag == tag;
    if (multiple ? at->tag > tag : at->tag != tag) {
      channel->tags[kept++] = *at;
      continue;
    }
    covered++;
    if (acknowledged && !is_processed(witness, at->number))
      witness->early++;
  }
  channel->count = kept;
  if (!named)
    witness->foreign++;
  if (acknowledged) {
    witness->acknowledged += covered;
    witness->runs += multiple;
    witness->singles += !multiple;
  } else {
    witness->rejected += covered;
  }
}

static void from_client(const struct frame *frame, void *arg)
{
  struct witness_connection *connection = arg;
  struct witness *witness = connection->witness;
  struct witness_channel *channel;
  const uint64_t method = frame_number(frame, 0, 4), tag = frame_number(frame, 4, 8);
  const bool bit = (frame_number(frame, 12, 1) & 1) != 0;

  if (frame->type != FRAME_METHOD || frame->channel == 0 || frame->channel >= WITNESS_CHANNELS)
    return;
  channel = &connection->channels[frame->channel];
  if (method == BASIC_ACK)
    settle(witness, channel, tag, bit, true);
  else if (method == BASIC_NACK)
    settle(witness, channel, tag, bit, false);
  else if (method == BASIC_REJECT)
    settle(witness, channel, tag, false, false);
  /* In the middle of things: with messages on their way, and an acknowledgement lost. */
  if (witness->cut_every > 0 && witness->acknowledged >= witness->next_cut && channel->count > 0 &&
      !connection->cut) {
    witness->next_cut = witness->acknowledged + witness->cut_every;
    witness->cuts++;
    connection->cut = true;
  }
}

bool witness_see(struct witness_connection *connection, bool client, const uint8_t *bytes,
                 size_t count)
{
  struct frames *frames = client ? &connection->from_client : &connection->from_broker;

  pthread_mutex_lock(&connection->witness->lock);
  const bool was_broken = frames->broken;
  if (!connection->cut)
    frames_feed(frames, bytes, count);
  connection->witness->broken += frames->broken && !was_broken;
  const bool goes_on = !connection->cut;
  pthread_mutex_unlock(&connection->witness->lock);
  return goes_on;
}

/* -- Life --------------------------------------------------------------------------------- */

int witness_open(struct witness *witness, const char *journal, uint64_t cut_every)
{
  memset(witness, 0, sizeof *witness);
  witness->cut_every = cut_every;
  witness->next_cut = cut_every;
  witness->journal = open(journal, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
  if (witness->journal >= 0 && pthread_mutex_init(&witness->lock, NULL) == 0)
    return 0;
  say("cannot read the journal %s: %s", journal, strerror(errno));
  return -1;
}

void witness_connect(struct witness *witness, struct witness_connection *connection)
{
  memset(connection, 0, sizeof *connection);
  connection->witness = witness;
  frames_open(&connection->from_client, true, from_client, connection);
  frames_open(&connection->from_broker, false, from_broker, connection);
  pthread_mutex_lock(&witness->lock);
  witness->connections++;
  pthread_mutex_unlock(&witness->lock);
}

void witness_disconnect(struct witness_connection *connection)
{
  for (size_t i = 0; i < WITNESS_CHANNELS; i++)
    free(connection->channels[i].tags);
}

int witness_report(struct witness *witness)
{
  pthread_mutex_lock(&witness->lock);
  printf("delivered %" PRIu64 "\nacknowledged %" PRIu64 "\nrejected %" PRIu64 "\nruns %" PRIu64
         "\nsingles %" PRIu64 "\nearly %" PRIu64 "\nforeign %" PRIu64 "\nrefusals %" PRIu64
         "\nconnections %" PRIu64 "\ncuts %" PRIu64 "\nunreadable %" PRIu64 "\n",
         witness->delivered, witness->acknowledged, witness->rejected, witness->runs,
         witness->singles, witness->early, witness->foreign, witness->refusals,
         witness->connections, witness->cuts, witness->broken);
  const bool good = witness->early == 0 && witness->foreign == 0 && witness->refusals == 0 &&
                    witness->broken == 0;
  pthread_mutex_unlock(&witness->lock);
  return fflush(stdout) == 0 && good ? 0 : -1;
}
