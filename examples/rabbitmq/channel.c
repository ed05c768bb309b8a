/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "channel.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define CONSUMER amqp_cstring_bytes("ack")

static int note(struct channel *channel, int err)
{
  if (err == BROKER_REFUSED)
    channel->refused = true;
  return err == 0 ? 0 : -1;
}

static int consume(struct channel *channel, const char *queue, uint16_t prefetch)
{
  amqp_connection_state_t connection = channel->connection;
  const amqp_bytes_t name = amqp_cstring_bytes(queue);

  amqp_queue_declare(connection, BROKER_CHANNEL, name, 0, 1, 0, 0, amqp_empty_table);
  if (broker_check(amqp_get_rpc_reply(connection), "cannot declare the queue", channel->error) != 0)
    return -1;
  amqp_basic_qos(connection, BROKER_CHANNEL, 0, prefetch, 0);
  if (broker_check(amqp_get_rpc_reply(connection), "cannot set the prefetch", channel->error) != 0)
    return -1;
  amqp_basic_consume(connection, BROKER_CHANNEL, name, CONSUMER, 0, 0, 0, amqp_empty_table);
  return broker_check(amqp_get_rpc_reply(connection), "cannot consume", channel->error);
}

int channel_open(struct channel *channel, const struct broker *broker, const char *queue,
                 uint16_t prefetch)
{
  channel->refused = false;
  channel->connection = broker_connect(broker, channel->error);
  if (channel->connection == NULL)
    return -1;
  if (consume(channel, queue, prefetch) == 0)
    return 0;
  amqp_destroy_connection(channel->connection);
  channel->connection = NULL;
  return -1;
}

int channel_close(struct channel *channel, bool politely)
{
  int err = broker_close(channel->connection, politely, channel->error);

  channel->connection = NULL;
  return note(channel, err);
}

int channel_fd(const struct channel *channel)
{
  return amqp_get_sockfd(channel->connection);
}

/* Something else than a message has come. Returns 0 if it may be passed over, -1 if not. */
static int take_other_frame(struct channel *channel)
{
  const struct timeval now = {0};
  amqp_frame_t frame;
  int err;

  err = amqp_simple_wait_frame_noblock(channel->connection, &frame, &now);
  if (err != AMQP_STATUS_OK) {
    snprintf(channel->error, sizeof channel->error, "%s", amqp_error_string2(err));
    return -1;
  }
  if (frame.frame_type != AMQP_FRAME_METHOD)
    return 0;
  switch (frame.payload.method.id) {
  case AMQP_CHANNEL_CLOSE_METHOD:
  case AMQP_CONNECTION_CLOSE_METHOD:
    return note(channel, broker_explain(&frame.payload.method, "receiving", channel->error));
  case AMQP_BASIC_CANCEL_METHOD:
    snprintf(channel->error, sizeof channel->error, "the queue was deleted");
    return -1;
  default:
    return 0;
  }
}

int channel_receive(struct channel *channel, struct channel_message *message)
{
  const struct timeval now = {0};
  amqp_rpc_reply_t reply;

  amqp_maybe_release_buffers_on_channel(channel->connection, BROKER_CHANNEL);
  reply = amqp_consume_message(channel->connection, &message->envelope, &now, 0);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
    message->tag = message->envelope.delivery_tag;
    message->redelivered = message->envelope.redelivered != 0;
    message->body = message->envelope.message.body.bytes;
    message->length = message->envelope.message.body.len;
    return 1;
  }
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
    if (reply.library_error == AMQP_STATUS_TIMEOUT)
      return 0;
    if (reply.library_error == AMQP_STATUS_UNEXPECTED_STATE)
      return take_other_frame(channel);
  }
  return note(channel, broker_check(reply, "receiving", channel->error));
}

void channel_release(struct channel_message *message)
{
  amqp_destroy_envelope(&message->envelope);
}

static int check_sent(struct channel *channel, int err, const char *doing)
{
  if (err == AMQP_STATUS_OK)
    return 0;
  snprintf(channel->error, sizeof channel->error, "%s: %s", doing, amqp_error_string2(err));
  return -1;
}

int channel_ack(struct channel *channel, uint64_t tag, bool multiple)
{
  return check_sent(channel, amqp_basic_ack(channel->connection, BROKER_CHANNEL, tag, multiple),
                    "acknowledging");
}

int channel_reject(struct channel *channel, uint64_t tag)
{
  return check_sent(channel, amqp_basic_reject(channel->connection, BROKER_CHANNEL, tag, 0),
                    "rejecting");
}

int channel_cancel(struct channel *channel)
{
  amqp_basic_cancel(channel->connection, BROKER_CHANNEL, CONSUMER);
  return note(channel, broker_check(amqp_get_rpc_reply(channel->connection), "cancelling",
                                    channel->error));
}
