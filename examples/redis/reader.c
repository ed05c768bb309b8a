/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 12, WORDS_BEFORE_STREAMS = 10 };

static int unknown(struct reader *reader)
{
  snprintf(reader->session.reason, sizeof reader->session.reason,
           "%s has answered something unknown", reader->command.words[0]);
  return -1;
}

static bool is_array(const redisReply *reply, size_t elements)
{
  return reply->type == REDIS_REPLY_ARRAY && reply->elements >= elements;
}

static bool is_text(const redisReply *reply)
{
  return reply->type == REDIS_REPLY_STRING;
}

/* [id, [field, value, ...]], or nil in place of the fields of an entry that was deleted. */
static bool take_entry(struct reader *reader, uint32_t slot, const redisReply *reply)
{
  struct entry *entry = &reader->entries[reader->count];

  if (reader->count == reader->room || !is_array(reply, 2) || !is_text(reply->element[0]) ||
      !entry_id_parse(&entry->id, reply->element[0]->str))
    return false;
  const redisReply *fields = reply->element[1];
  if (fields->type != REDIS_REPLY_NIL && !is_array(fields, 0))
    return false;
  entry->slot = slot;
  entry->text = reply->element[0]->str;
  entry->deleted = fields->type == REDIS_REPLY_NIL;
  entry->value = "";
  entry->length = 0;
  if (is_array(fields, 2) && is_text(fields->element[1])) {
    entry->value = fields->element[1]->str;
    entry->length = fields->element[1]->len;
  }
  reader->count++;
  return true;
}

static bool take_entries(struct reader *reader, uint32_t slot, const redisReply *list)
{
  if (!is_array(list, 0))
    return false;
  for (size_t i = 0; i < list->elements; i++)
    /* XAUTOCLAIM before Redis 7 has nil in place of an entry that was deleted. */
    if (list->element[i]->type != REDIS_REPLY_NIL && !take_entry(reader, slot, list->element[i]))
      return false;
  return true;
}

static bool slot_of(const struct reader *reader, const redisReply *name, uint32_t *slot)
{
  uint32_t i = 0;

  if (!is_text(name))
    return false;
  while (i < reader->args->stream_count && strcmp(reader->args->streams[i], name->str) != 0)
    i++;
  *slot = i;
  return i < reader->args->stream_count;
}

/* Gives the command; the last one's answer, and the entries in it, are gone. */
static redisReply *ask(struct reader *reader)
{
  if (reader->reply != NULL)
    freeReplyObject(reader->reply);
  reader->count = 0;
  reader->reply = session_ask(&reader->session, &reader->command);
  return reader->reply;
}

/* [[stream, [entry, ...]], ...], or nil if there was nothing for as long as it waited. */
static int read_group(struct reader *reader)
{
  const redisReply *reply = ask(reader);

  if (reply == NULL)
    return -1;
  if (reply->type == REDIS_REPLY_NIL)
    return 0;
  if (!is_array(reply, 0))
    return unknown(reader);
  for (size_t i = 0; i < reply->elements; i++) {
    const redisReply *stream = reply->element[i];
    uint32_t slot;
    if (!is_array(stream, 2) || !slot_of(reader, stream->element[0], &slot) ||
        !take_entries(reader, slot, stream->element[1]))
      return unknown(reader);
  }
  return 0;
}

static void begin_read_group(struct reader *reader, const char *count)
{
  struct command *command = &reader->command;

  command->count = 0;
  command_add(command, "XREADGROUP");
  command_add(command, "GROUP");
  command_add(command, reader->args->group);
  command_add(command, reader->consumer);
  command_add(command, "COUNT");
  command_add(command, count);
}

static void add_streams(struct reader *reader)
{
  command_add(&reader->command, "STREAMS");
  for (uint32_t i = 0; i < reader->args->stream_count; i++)
    command_add(&reader->command, reader->args->streams[i]);
}

int reader_new(struct reader *reader)
{
  char count[NUMBER_TEXT], wait[NUMBER_TEXT];

  snprintf(count, sizeof count, "%" PRIu32, reader->args->read);
  snprintf(wait, sizeof wait, "%" PRIu32, reader->wait_ms);
  begin_read_group(reader, count);
  command_add(&reader->command, "BLOCK");
  command_add(&reader->command, wait);
  add_streams(reader);
  for (uint32_t i = 0; i < reader->args->stream_count; i++)
    command_add(&reader->command, ">");
  return read_group(reader);
}

int reader_lost(struct reader *reader)
{
  char count[NUMBER_TEXT];
  int err;

  snprintf(count, sizeof count, "%" PRIu32, reader->args->read);
  begin_read_group(reader, count);
  add_streams(reader);
  for (uint32_t i = 0; i < reader->args->stream_count; i++)
    command_add(&reader->command, reader->after[i]);
  err = read_group(reader);
  for (size_t i = 0; err == 0 && i < reader->count; i++)
    entry_id_format(reader->after[reader->entries[i].slot], &reader->entries[i].id);
  return err;
}

/* [next cursor, [entry, ...]], and since Redis 7 the ids that were deleted. */
int reader_abandoned(struct reader *reader, uint32_t slot, char cursor[ENTRY_ID_TEXT])
{
  struct command *command = &reader->command;
  char idle[NUMBER_TEXT], count[NUMBER_TEXT];
  const redisReply *reply;

  snprintf(idle, sizeof idle, "%" PRIu32, reader->args->reclaim_ms);
  snprintf(count, sizeof count, "%" PRIu32, reader->args->read);
  command->count = 0;
  command_add(command, "XAUTOCLAIM");
  command_add(command, reader->args->streams[slot]);
  command_add(command, reader->args->group);
  command_add(command, reader->consumer);
  command_add(command, idle);
  command_add(command, cursor);
  command_add(command, "COUNT");
  command_add(command, count);
  reply = ask(reader);
  if (reply == NULL)
    return -1;
  if (!is_array(reply, 2) || !is_text(reply->element[0]) ||
      reply->element[0]->len >= ENTRY_ID_TEXT || !take_entries(reader, slot, reply->element[1]))
    return unknown(reader);
  memcpy(cursor, reply->element[0]->str, reply->element[0]->len + 1);
  return 0;
}

int reader_connect(struct reader *reader)
{
  if (session_open(&reader->session, reader->args, reader->wait_ms) != 0)
    return -1;
  for (uint32_t i = 0; i < reader->args->stream_count; i++) {
    if (session_make_group(&reader->session, reader->args->streams[i]) != 0) {
      session_close(&reader->session);
      return -1;
    }
    snprintf(reader->after[i], ENTRY_ID_TEXT, "0-0");
  }
  return 0;
}

void reader_disconnect(struct reader *reader)
{
  session_close(&reader->session);
}

int reader_open(struct reader *reader, const struct args *args, const char *consumer,
                uint32_t wait_ms)
{
  const int words = WORDS_BEFORE_STREAMS + 2 * (int)args->stream_count;

  *reader = (struct reader){.args = args, .consumer = consumer, .wait_ms = wait_ms};
  reader->room = (size_t)args->read * args->stream_count;
  reader->entries = calloc(reader->room, sizeof *reader->entries);
  reader->after = calloc(args->stream_count, sizeof *reader->after);
  if (command_open(&reader->command, words) == 0 && reader->entries != NULL &&
      reader->after != NULL)
    return 0;
  reader_close(reader);
  return -1;
}

void reader_close(struct reader *reader)
{
  session_close(&reader->session);
  if (reader->reply != NULL)
    freeReplyObject(reader->reply);
  command_close(&reader->command);
  free(reader->entries);
  free(reader->after);
  *reader = (struct reader){0};
}
