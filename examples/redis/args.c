/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "args.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

struct number {
  const char *name;
  uint32_t *value;
  uint32_t min, max;
};

struct word {
  const char *name;
  const char **value;
};

static const char help[] =
    "usage: redis_stream [options] STREAM...\n"
    "Reads the streams as a consumer group, on several threads; each entry is\n"
    "processed, then acknowledged, hundreds of ids in one XACK. SIGINT or SIGTERM\n"
    "ends it when what was read is acknowledged; a second one does not wait for it.\n"
    "  --host NAME      the server [127.0.0.1]; --port N its port [6379]\n"
    "  --user NAME      who logs in; the password is the environment's REDISCLI_AUTH\n"
    "  --group NAME     the consumer group, made if it is missing [workers]\n"
    "  --consumer NAME  this process in the group, unlike any other [the host's name]\n"
    "  --workers N      threads, each with a connection, that read and process [4]\n"
    "  --read N         entries of a stream in one XREADGROUP [100]\n"
    "  --batch N        ids in one XACK, at most [500]\n"
    "  --interval MS    how long an id may wait for others [50]\n"
    "  --in-flight N    XACKs of one stream without an answer yet [2]\n"
    "  --timeout MS     for an answer; then the connection is made anew [5000]\n"
    "  --give-up S      without the server; tries come after 50 ms, 100 ... 1 s [60]\n"
    "  --reclaim MS     take over what others left pending so long; 0: never [120000]\n"
    "  --journal FILE   processing: append a line, \"stream id first-value\"\n"
    "  --work US        processing takes so many microseconds longer [0]\n"
    "  --publish N      only append N entries to the streams, in turn\n"
    "  --compare N      measure ways to acknowledge N entries; takes no STREAM\n"
    "Nothing is acknowledged before it was processed; after trouble some entries are\n"
    "processed again. Exit status: 0 all that was read is acknowledged; 1 not all is,\n"
    "or there was no server, and messages said why; 2 the command line is wrong.\n";

/* "localhost" would do, but then two hosts would be one consumer. */
static const char *host_name(void)
{
  static char name[256];

  if (gethostname(name, sizeof name) != 0 || name[0] == '\0')
    return "consumer";
  name[sizeof name - 1] = '\0';
  return name;
}

static void set_defaults(struct args *args)
{
  memset(args, 0, sizeof *args);
  args->host = "127.0.0.1";
  args->port = 6379;
  args->password = getenv("REDISCLI_AUTH");
  args->group = "workers";
  args->consumer = host_name();
  args->workers = 4;
  args->read = 100;
  args->batch = 500;
  args->in_flight = 2;
  args->interval_ms = 50;
  args->timeout_ms = 5000;
  args->give_up_s = 60;
  args->reclaim_ms = 120000;
}

static int parse_number(const struct number *number, const char *text)
{
  char *end;

  errno = 0;
  const unsigned long value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < number->min ||
      value > number->max) {
    say("--%s wants a number from %lu to %lu, not \"%s\"", number->name,
        (unsigned long)number->min, (unsigned long)number->max, text);
    return -1;
  }
  *number->value = (uint32_t)value;
  return 0;
}

static bool is_called(const char *name, size_t length, const char *option)
{
  return strlen(option) == length && strncmp(option, name, length) == 0;
}

static int missing(const char *name, size_t length)
{
  say("--%.*s wants a value", (int)length, name);
  return -1;
}

/* Returns 0, 1 if ${name} is no option with a value, or -1 after a message. */
static int parse_valued(struct args *args, const char *name, size_t length, const char *value)
{
  const struct number numbers[] = {
      {"port", &args->port, 1, 65535},
      {"workers", &args->workers, 1, WORKERS_MAX},
      {"read", &args->read, 1, 10000},
      {"batch", &args->batch, 1, 10000},
      {"in-flight", &args->in_flight, 1, 100},
      {"interval", &args->interval_ms, 0, 3600000},
      {"timeout", &args->timeout_ms, 1, 3600000},
      {"give-up", &args->give_up_s, 1, 86400},
      {"reclaim", &args->reclaim_ms, 0, UINT32_MAX},
      {"work", &args->work_us, 0, 60000000},
      {"publish", &args->publish, 1, UINT32_MAX},
      {"compare", &args->compare, 1, 10000000},
  };
  const struct word words[] = {
      {"host", &args->host},         {"user", &args->user},       {"group", &args->group},
      {"consumer", &args->consumer}, {"journal", &args->journal},
  };
  const bool given = value != NULL && value[0] != '\0';

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (is_called(name, length, numbers[i].name))
      return given ? parse_number(&numbers[i], value) : missing(name, length);
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (is_called(name, length, words[i].name)) {
      *words[i].value = value;
      return given ? 0 : missing(name, length);
    }
  return 1;
}

/* One option at argv[*at], with its value there ("--port=6379") or in the next word. Returns 0, 2
 * if help was printed, or -1 after a message. */
static int parse_option(struct args *args, char **argv, int *at)
{
  const char *option = argv[*at], *equals = strchr(option, '=');
  int err = 1;

  if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
    fputs(help, stdout);
    return 2;
  }
  if (strncmp(option, "--", 2) == 0) {
    const char *name = option + 2;
    if (equals != NULL)
      err = parse_valued(args, name, (size_t)(equals - name), equals + 1);
    else if ((err = parse_valued(args, name, strlen(name), argv[*at + 1])) == 0)
      *at += 1;
  }
  if (err == 1)
    say("there is no option \"%s\"; --help lists them", option);
  return err == 0 ? 0 : -1;
}

/* What does not go together. */
static int check(const struct args *args)
{
  if (args->user != NULL && args->password == NULL) {
    say("--user needs a password, in the environment as REDISCLI_AUTH");
    return -1;
  }
  if (strlen(args->consumer) > CONSUMER_MAX) {
    say("--consumer is longer than %d bytes", CONSUMER_MAX);
    return -1;
  }
  if (args->compare > 0 && (args->publish > 0 || args->stream_count > 0)) {
    say("--compare measures, with a stream of its own: give neither --publish nor streams");
    return -1;
  }
  if (args->compare == 0 && args->stream_count == 0) {
    say("which streams? usage: redis_stream [options] STREAM...; --help tells more");
    return -1;
  }
  if (args->stream_count > STREAMS_MAX) {
    say("more than %d streams", STREAMS_MAX);
    return -1;
  }
  for (uint32_t i = 0; i < args->stream_count; i++)
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(args->streams[i], args->streams[j]) == 0) {
        say("stream \"%s\" is named twice", args->streams[i]);
        return -1;
      }
  return 0;
}

int args_parse(struct args *args, int argc, char **argv)
{
  int at = 1;

  set_defaults(args);
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; at++) {
    if (strcmp(argv[at], "--") == 0) {
      at++;
      break;
    }
    const int err = parse_option(args, argv, &at);
    if (err != 0)
      return err == 2 ? 1 : -1;
  }
  args->streams = argv + at;
  args->stream_count = (uint32_t)(argc - at);
  return check(args);
}
