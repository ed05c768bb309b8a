/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "broker.h"

#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "dial.h"
#include "say.h"

enum { CONNECT_MS = 5000, ANSWER_S = 10, FRAME_MAX = 131072 };

int broker_parse(struct broker *broker, const char *url)
{
  struct amqp_connection_info info;

  memset(broker, 0, sizeof *broker);
  broker->memory = strdup(url);
  if (broker->memory == NULL) {
    say("out of memory");
    return -1;
  }
  if (amqp_parse_url(broker->memory, &info) != AMQP_STATUS_OK) {
    say("the broker's URL is amqp://USER:PASSWORD@HOST:PORT/VHOST, with %%2f for the vhost /");
    broker_free(broker);
    return -1;
  }
  if (info.ssl) {
    say("this example speaks no TLS: amqp://, not amqps://");
    broker_free(broker);
    return -1;
  }
  broker->host = info.host;
  broker->port = info.port;
  broker->user = info.user;
  broker->password = info.password;
  broker->vhost = info.vhost;
  broker->heartbeat_s = 10;
  return 0;
}

void broker_free(struct broker *broker)
{
  free(broker->memory);
  broker->memory = NULL;
}

int broker_explain(const amqp_method_t *method, const char *doing, char *error)
{
  unsigned code = 0;
  amqp_bytes_t text = amqp_empty_bytes;
  const char *what = "the broker answered with an unknown method";

  if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
    const amqp_channel_close_t *channel = method->decoded;
    code = channel->reply_code;
    text = channel->reply_text;
    what = "the broker closed the channel";
  } else if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
    const amqp_connection_close_t *connection = method->decoded;
    code = connection->reply_code;
    text = connection->reply_text;
    what = "the broker closed the connection";
  }
  snprintf(error, BROKER_ERROR_SIZE, "%s: %s: %u %.*s", doing, what, code, (int)text.len,
           text.len > 0 ? (const char *)text.bytes : "");
  return method->id == AMQP_CHANNEL_CLOSE_METHOD ? BROKER_REFUSED : BROKER_BROKEN;
}

int broker_check(amqp_rpc_reply_t reply, const char *doing, char *error)
{
  switch (reply.reply_type) {
  case AMQP_RESPONSE_NORMAL:
    return 0;
  case AMQP_RESPONSE_SERVER_EXCEPTION:
    return broker_explain(&reply.reply, doing, error);
  case AMQP_RESPONSE_LIBRARY_EXCEPTION:
    snprintf(error, BROKER_ERROR_SIZE, "%s: %s", doing, amqp_error_string2(reply.library_error));
    break;
  case AMQP_RESPONSE_NONE:
  default:
    snprintf(error, BROKER_ERROR_SIZE, "%s: no answer", doing);
  }
  return BROKER_BROKEN;
}

/* Returns 0, or -1 with ${error} filled in. */
static int open_socket(amqp_connection_state_t connection, const struct broker *broker,
                       char *error)
{
  amqp_socket_t *tcp = amqp_tcp_socket_new(connection); /* freed with the connection */
  char why[128];
  int fd;

  if (tcp == NULL) {
    snprintf(error, BROKER_ERROR_SIZE, "out of memory");
    return -1;
  }
  fd = dial(broker->host, broker->port, CONNECT_MS, why, sizeof why);
  if (fd < 0) {
    snprintf(error, BROKER_ERROR_SIZE, "cannot connect to %s port %d: %s", broker->host,
             broker->port, why);
    return -1;
  }
  amqp_tcp_socket_set_sockfd(tcp, fd);
  return 0;
}

/* The broker tells a consumer that its queue is gone only if it was asked to. */
static amqp_rpc_reply_t shake_hands(amqp_connection_state_t connection, const struct broker *broker)
{
  amqp_table_entry_t notify = {
      .key = amqp_cstring_bytes("consumer_cancel_notify"),
      .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1},
  };
  amqp_table_entry_t capabilities = {
      .key = amqp_cstring_bytes("capabilities"),
      .value = {.kind = AMQP_FIELD_KIND_TABLE, .value.table = {1, &notify}},
  };
  const amqp_table_t properties = {1, &capabilities};

  return amqp_login_with_properties(connection, broker->vhost, 0, FRAME_MAX, broker->heartbeat_s,
                                    &properties, AMQP_SASL_METHOD_PLAIN, broker->user,
                                    broker->password);
}

static int log_in(amqp_connection_state_t connection, const struct broker *broker, char *error)
{
  const struct timeval limit = {.tv_sec = ANSWER_S};
  char doing[128];

  if (amqp_set_handshake_timeout(connection, &limit) != AMQP_STATUS_OK ||
      amqp_set_rpc_timeout(connection, &limit) != AMQP_STATUS_OK) {
    snprintf(error, BROKER_ERROR_SIZE, "cannot set time limits");
    return -1;
  }
  snprintf(doing, sizeof doing, "cannot log in as %.40s at %.40s", broker->user, broker->host);
  if (broker_check(shake_hands(connection, broker), doing, error) != 0)
    return -1;
  amqp_channel_open(connection, BROKER_CHANNEL);
  return broker_check(amqp_get_rpc_reply(connection), "cannot open a channel", error);
}

amqp_connection_state_t broker_connect(const struct broker *broker, char *error)
{
  amqp_connection_state_t connection = amqp_new_connection();

  if (connection == NULL) {
    snprintf(error, BROKER_ERROR_SIZE, "out of memory");
    return NULL;
  }
  if (open_socket(connection, broker, error) == 0 && log_in(connection, broker, error) == 0)
    return connection;
  amqp_destroy_connection(connection);
  return NULL;
}

int broker_close(amqp_connection_state_t connection, bool politely, char *error)
{
  int err = 0;

  if (politely) {
    err = broker_check(amqp_channel_close(connection, BROKER_CHANNEL, AMQP_REPLY_SUCCESS),
                       "closing the channel", error);
    if (err == 0)
      err = broker_check(amqp_connection_close(connection, AMQP_REPLY_SUCCESS),
                         "closing the connection", error);
  }
  amqp_destroy_connection(connection);
  return err;
}
