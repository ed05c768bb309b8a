/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* rabbitmq_queue: fills a queue with numbered messages, counts what is in it, deletes it. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "broker.h"
#include "say.h"

enum { WINDOW = 2000 }; /* messages published and not yet confirmed */

static const char usage[] =
    "usage: rabbitmq_queue URL NAME fill N [BAD [FIRST]]\n"
    "         publish N numbers from FIRST (0) on, persistent, each confirmed by the broker, and\n"
    "         after those BAD (0) messages that are no numbers\n"
    "       rabbitmq_queue URL NAME count      messages that wait there for a consumer\n"
    "       rabbitmq_queue URL NAME delete\n";

struct load {
  uint64_t numbers, bad, first;
};

struct publisher {
  amqp_connection_state_t connection;
  const char *queue;
  char *error;
  unsigned char *confirmed; /* by number of the message, from 1 as the broker counts */
  uint64_t total, settled;  /* everything up to settled is confirmed */
};

static int declare(amqp_connection_state_t connection, const char *queue, char *error)
{
  amqp_queue_declare_ok_t *ok = amqp_queue_declare(
      connection, BROKER_CHANNEL, amqp_cstring_bytes(queue), 0, 1, 0, 0, amqp_empty_table);

  if (ok != NULL)
    return (int)ok->message_count;
  broker_check(amqp_get_rpc_reply(connection), "cannot declare the queue", error);
  return -1;
}

static int publish(struct publisher *publisher, const char *body)
{
  amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                        .delivery_mode = 2};
  int err = amqp_basic_publish(publisher->connection, BROKER_CHANNEL, amqp_empty_bytes,
                               amqp_cstring_bytes(publisher->queue), 0, 0, &properties,
                               amqp_cstring_bytes(body));

  if (err != AMQP_STATUS_OK)
    snprintf(publisher->error, BROKER_ERROR_SIZE, "publishing: %s", amqp_error_string2(err));
  return err == AMQP_STATUS_OK ? 0 : -1;
}

static void confirm(struct publisher *publisher, const amqp_basic_ack_t *ack)
{
  const uint64_t last = ack->delivery_tag <= publisher->total ? ack->delivery_tag : 0;

  for (uint64_t i = ack->multiple ? publisher->settled + 1 : last; i > 0 && i <= last; i++)
    publisher->confirmed[i] = 1;
  while (publisher->settled < publisher->total && publisher->confirmed[publisher->settled + 1])
    publisher->settled++;
}

/* Wait until all messages up to ${number} are confirmed. Returns 0 or -1. */
static int await_confirms(struct publisher *publisher, uint64_t number)
{
  const struct timeval limit = {.tv_sec = 300};
  amqp_frame_t frame;

  while (publisher->settled < number) {
    int err = amqp_simple_wait_frame_noblock(publisher->connection, &frame, &limit);
    if (err != AMQP_STATUS_OK) {
      snprintf(publisher->error, BROKER_ERROR_SIZE, "no confirm: %s", amqp_error_string2(err));
      return -1;
    }
    if (frame.frame_type != AMQP_FRAME_METHOD ||
        frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
      snprintf(publisher->error, BROKER_ERROR_SIZE, "the broker does not take the messages");
      return -1;
    }
    confirm(publisher, frame.payload.method.decoded);
    amqp_maybe_release_buffers(publisher->connection);
  }
  return 0;
}

static int publish_all(struct publisher *publisher, const struct load *load)
{
  char body[32];

  for (uint64_t i = 0; i < publisher->total; i++) {
    if (i < load->numbers)
      snprintf(body, sizeof body, "%" PRIu64, load->first + i);
    else
      snprintf(body, sizeof body, "bad %" PRIu64, i);
    if (publish(publisher, body) != 0)
      return -1;
    if (i >= WINDOW && await_confirms(publisher, i - WINDOW + 1) != 0)
      return -1;
  }
  return await_confirms(publisher, publisher->total);
}

static int fill(amqp_connection_state_t connection, const char *queue, const struct load *load,
                char *error)
{
  struct publisher publisher = {.connection = connection,
                                .queue = queue,
                                .error = error,
                                .total = load->numbers + load->bad};
  int err;

  if (declare(connection, queue, error) < 0)
    return -1;
  amqp_confirm_select(connection, BROKER_CHANNEL);
  if (broker_check(amqp_get_rpc_reply(connection), "cannot ask for confirms", error) != 0)
    return -1;
  publisher.confirmed = calloc(publisher.total + 1, 1);
  if (publisher.confirmed == NULL) {
    snprintf(error, BROKER_ERROR_SIZE, "out of memory");
    return -1;
  }
  err = publish_all(&publisher, load);
  free(publisher.confirmed);
  return err;
}

static int count(amqp_connection_state_t connection, const char *queue, char *error)
{
  const int waiting = declare(connection, queue, error);

  if (waiting >= 0)
    printf("%d\n", waiting);
  return waiting >= 0 ? 0 : -1;
}

static int delete(amqp_connection_state_t connection, const char *queue, char *error)
{
  amqp_queue_delete(connection, BROKER_CHANNEL, amqp_cstring_bytes(queue), 0, 0);
  return broker_check(amqp_get_rpc_reply(connection), "cannot delete the queue", error);
}

static int run(char **argv, const struct load *load, const struct broker *broker)
{
  const char *queue = argv[2], *verb = argv[3];
  char error[BROKER_ERROR_SIZE] = "";
  amqp_connection_state_t connection = broker_connect(broker, error);
  int err = -1;

  if (connection != NULL) {
    if (strcmp(verb, "fill") == 0)
      err = fill(connection, queue, load, error);
    else if (strcmp(verb, "count") == 0)
      err = count(connection, queue, error);
    else
      err = delete(connection, queue, error);
    if (broker_close(connection, err == 0, error) != 0)
      err = -1;
  }
  if (err != 0)
    say("%s", error);
  return err;
}

/* Returns 0, or -1 if that is no command line. */
static int parse(int argc, char **argv, struct load *load)
{
  uint64_t *numbers[] = {&load->numbers, &load->bad, &load->first};
  char *end;

  *load = (struct load){0};
  if (argc < 4)
    return -1;
  if (strcmp(argv[3], "count") == 0 || strcmp(argv[3], "delete") == 0)
    return argc == 4 ? 0 : -1;
  if (strcmp(argv[3], "fill") != 0 || argc < 5 || argc > 7)
    return -1;
  for (int i = 4; i < argc; i++) {
    *numbers[i - 4] = strtoul(argv[i], &end, 10);
    if (argv[i][0] < '0' || argv[i][0] > '9' || *end != '\0')
      return -1;
  }
  return 0;
}

int main(int argc, char **argv)
{
  struct broker broker;
  struct load load;
  int err;

  say_name("rabbitmq_queue");
  if (parse(argc, argv, &load) != 0) {
    fputs(usage, stderr);
    return 2;
  }
  if (broker_parse(&broker, argv[1]) != 0)
    return 2;
  err = run(argv, &load, &broker);
  broker_free(&broker);
  return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
