/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

struct number {
  const char *name;
  uint32_t *value;
  uint32_t min, max;
};

static const char help[] =
    "usage: rabbitmq_ack [options]\n"
    "Consumes a queue over several connections, handles the messages on several\n"
    "threads, and acknowledges them in batches, each on the connection it came by.\n"
    "Ctrl-C or SIGTERM stops it in order, a second one at once.\n"
    "\n"
    "  --url URL       amqp://USER:PASSWORD@HOST:PORT/VHOST [$AMQP_URL, or loopback]\n"
    "  --queue NAME    a durable queue, made if there is none [mpcc_ack]\n"
    "  --receivers N   connections, each with a channel, a thread and a slot [2]\n"
    "  --handlers N    threads that handle messages [4]\n"
    "  --prefetch N    messages that a channel may have unacknowledged [1000]\n"
    "  --batch N       tags acknowledged together; fewer than --prefetch [400]\n"
    "  --interval MS   how long a tag may wait for its batch to fill [20]\n"
    "  --journal FILE  append the number of each message handled, a line\n"
    "  --work US       a message takes up to US microseconds, now and then as many ms\n"
    "  --messages N    stop once N messages are handled\n"
    "  --tries N       to connect, in a row, ever later; 0: no end [12: a minute]\n"
    "  --grace MS      how long acknowledgements may take when it stops [5000]\n"
    "  --direct N      no libmpcc: each receiver handles, and acknowledges N together\n"
    "  --wrong-slot N  push every N-th tag of the first connection into the second's\n"
    "                  slot: see the broker refuse\n"
    "\n"
    "A message is a number. Exit status: 0 stopped in order; 1 gave up, was refused,\n"
    "failed to handle or to acknowledge (what that left comes again); 2 wrong usage.\n";

static void set_defaults(struct args *args)
{
  const char *url = getenv("AMQP_URL");

  memset(args, 0, sizeof *args);
  args->url = url != NULL && url[0] != '\0' ? url : "amqp://guest:guest@127.0.0.1:5672/%2f";
  args->queue = "mpcc_ack";
  args->receivers = 2;
  args->handlers = 4;
  args->prefetch = 1000;
  args->batch = 400;
  args->interval_ms = 20;
  args->tries = 12;
  args->grace_ms = 5000;
}

static int parse_number(const struct number *number, const char *text)
{
  unsigned long value;
  char *end;

  errno = 0;
  value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < number->min ||
      value > number->max) {
    say("%s wants a number from %lu to %lu, not \"%s\"", number->name,
        (unsigned long)number->min, (unsigned long)number->max, text);
    return -1;
  }
  *number->value = (uint32_t)value;
  return 0;
}

/* Returns 0, -1 after a message, or 1 if there is no such option. */
static int parse_valued(struct args *args, const char *name, const char *value)
{
  const struct number numbers[] = {
      {"--receivers", &args->receivers, 1, 256},
      {"--handlers", &args->handlers, 1, 256},
      {"--prefetch", &args->prefetch, 2, 65535},
      {"--batch", &args->batch, 1, 65534},
      {"--interval", &args->interval_ms, 0, 3600000},
      {"--work", &args->work_us, 0, 1000000},
      {"--messages", &args->messages, 1, UINT32_MAX},
      {"--tries", &args->tries, 0, 1000000},
      {"--grace", &args->grace_ms, 1, 3600000},
      {"--direct", &args->direct, 1, 65534},
      {"--wrong-slot", &args->wrong_slot, 1, UINT32_MAX},
  };
  const char **text = strcmp(name, "--url") == 0       ? &args->url
                      : strcmp(name, "--queue") == 0   ? &args->queue
                      : strcmp(name, "--journal") == 0 ? &args->journal
                                                       : NULL;
  const struct number *number = NULL;

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (strcmp(numbers[i].name, name) == 0)
      number = &numbers[i];
  if (text == NULL && number == NULL)
    return 1;
  if (value == NULL || value[0] == '\0') {
    say("%s wants a value", name);
    return -1;
  }
  if (number != NULL)
    return parse_number(number, value);
  *text = value;
  return 0;
}

static int check_together(const struct args *args)
{
  if (args->direct == 0 && args->batch >= args->prefetch) {
    say("--batch %u must be less than --prefetch %u: the broker sends no more than the prefetch "
        "until something is acknowledged, so a larger batch never fills",
        (unsigned)args->batch, (unsigned)args->prefetch);
    return -1;
  }
  if (args->wrong_slot > 0 && (args->receivers < 2 || args->direct > 0)) {
    say("--wrong-slot needs two receivers or more, and batches");
    return -1;
  }
  return 0;
}

int args_parse(struct args *args, int argc, char **argv)
{
  set_defaults(args);
  for (int at = 1; at < argc; at += 2) {
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
      fputs(help, stdout);
      return 1;
    }
    const int err = parse_valued(args, argv[at], argv[at + 1]);
    if (err > 0)
      say("there is no option \"%s\"; --help lists them", argv[at]);
    if (err != 0)
      return -1;
  }
  return check_together(args);
}
