/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

static const char help[] =
    "usage: postgres_writer [options]\n"
    "Threads make rows, libmpcc gathers them, and each batch is a transaction in\n"
    "PostgreSQL, over connections that live on one libuv loop. A row has a key and is\n"
    "stored once, whatever breaks. Rows that the database refuses go to a file.\n"
    "  --connect STRING  \"host=... port=... user=... dbname=...\" or postgresql://...;\n"
    "                    what it does not say PGHOST and the like do\n"
    "  --table NAME      made if it is not there [readings]\n"
    "  --rows N          rows to make [100000]; --first-key N the first one's key [1]\n"
    "  --connections N   a slot each; a key always goes to the same one [4]\n"
    "  --producers N     threads that make rows [2]\n"
    "  --batch N         rows in a transaction, at most [500]\n"
    "  --interval MS     how long a row may wait for a batch to fill [100]\n"
    "  --capacity N      rows queued for one, and then producers wait [4 batches]\n"
    "  --tries N         at a batch, after 50 ms, 100 ... 2 s [20: half a minute]\n"
    "  --timeout MS      for one try; then its connection is closed [10000]\n"
    "  --poison N        every Nth row is one that the database refuses [0: none]\n"
    "  --rejects FILE    rows that were not stored, and why, are added [rejects.tsv]\n"
    "  --compare         then, for seconds, a row a transaction and without libmpcc\n"
    "  --quiet           no table at the end: only what goes wrong\n"
    "Ctrl-C, SIGTERM: stores what was made so far; a second one drops it, into FILE.\n"
    "Exit status: 0 every row is stored, or refused and in FILE; 1 some are not, and\n"
    "messages said why; 2 the command line is wrong; 130 interrupted.\n";

struct number {
  const char *name;
  uint32_t *small; /* this one, */
  uint64_t *large; /* or else this one */
  uint64_t min, max;
};

struct word {
  const char *name;
  const char **value;
};

static bool is_plain_name(const char *name)
{
  const size_t length = strlen(name);

  return length > 0 && length < 48 && (name[0] < '0' || name[0] > '9') &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static int parse_number(const struct number *number, const char *text)
{
  unsigned long long value;
  char *end;

  errno = 0;
  value = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < number->min ||
      value > number->max) {
    say("--%s wants a number from %" PRIu64 " to %" PRIu64 ", not \"%s\"", number->name,
        number->min, number->max, text);
    return -1;
  }
  if (number->small != NULL)
    *number->small = (uint32_t)value;
  else
    *number->large = value;
  return 0;
}

/* Returns 0, 1 if there is no such option with a value, or -1 after a message. */
static int parse_valued(struct args *args, const char *name, size_t length, const char *value)
{
  const struct number numbers[] = {
      {"rows", NULL, &args->rows, 1, 1000000000000},
      {"first-key", NULL, &args->first_key, 0, 1000000000000000},
      {"connections", &args->connections, NULL, 1, 256},
      {"producers", &args->producers, NULL, 1, 64},
      {"batch", &args->batch, NULL, 1, 10000},
      {"interval", &args->interval_ms, NULL, 0, 3600000},
      {"capacity", &args->capacity, NULL, 1, 1000000},
      {"tries", &args->tries, NULL, 1, 1000000},
      {"timeout", &args->timeout_ms, NULL, 10, 3600000},
      {"poison", &args->poison, NULL, 0, UINT32_MAX},
  };
  const struct word words[] = {
      {"connect", &args->connect},
      {"table", &args->table},
      {"rejects", &args->rejects},
  };
  const struct number *number = NULL;
  const struct word *word = NULL;

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (strlen(numbers[i].name) == length && strncmp(numbers[i].name, name, length) == 0)
      number = &numbers[i];
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strlen(words[i].name) == length && strncmp(words[i].name, name, length) == 0)
      word = &words[i];
  if (number == NULL && word == NULL)
    return 1;
  if (value == NULL) {
    say("--%.*s wants a value", (int)length, name);
    return -1;
  }
  if (number != NULL)
    return parse_number(number, value);
  *word->value = value;
  return 0;
}

/* Returns 0, 1 if ${option} is no such switch, or 2: help was printed. */
static int parse_switch(struct args *args, const char *option)
{
  if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
    fputs(help, stdout);
    return 2;
  }
  if (strcmp(option, "--compare") == 0)
    args->compare = true;
  else if (strcmp(option, "--quiet") == 0)
    args->quiet = true;
  else
    return 1;
  return 0;
}

/* One option at argv[*at], with its value there ("--rows=9") or in the next word. */
static int parse_option(struct args *args, char **argv, int *at)
{
  const char *option = argv[*at];
  const char *equals = strchr(option, '=');
  int err = parse_switch(args, option);

  if (err == 1 && strncmp(option, "--", 2) == 0) {
    const char *name = option + 2;
    if (equals != NULL)
      err = parse_valued(args, name, (size_t)(equals - name), equals + 1);
    else if ((err = parse_valued(args, name, strlen(name), argv[*at + 1])) == 0)
      *at += 1;
  }
  if (err == 1)
    say("there is no option \"%s\"; --help lists them", option);
  return err == 1 ? -1 : err;
}

static void set_defaults(struct args *args)
{
  *args = (struct args){
      .connect = "",
      .table = "readings",
      .rejects = "rejects.tsv",
      .rows = 100000,
      .first_key = 1,
      .connections = 4,
      .producers = 2,
      .batch = 500,
      .interval_ms = 100,
      .tries = 20,
      .timeout_ms = 10000,
  };
}

int args_parse(struct args *args, int argc, char **argv)
{
  set_defaults(args);
  for (int at = 1; at < argc; at++) {
    const int err = parse_option(args, argv, &at);
    if (err != 0)
      return err == 2 ? 1 : -1;
  }
  if (!is_plain_name(args->table)) {
    say("--table wants a plain name (a-z, 0-9 and _), not \"%s\"", args->table);
    return -1;
  }
  if (args->rejects[0] == '\0') {
    say("--rejects wants the name of a file");
    return -1;
  }
  if (args->capacity == 0)
    args->capacity = 4 * args->batch;
  return 0;
}
