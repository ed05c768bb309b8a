/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

struct number {
  const char *name;
  uint32_t *value;
  uint32_t min, max;
};

static const char help[] =
    "usage: ingest [options] PATH...\n"
    "\n"
    "Store every line of the files PATH, and of the files below the folders PATH, in SQLite.\n"
    "A file's lines go, in their order, to one of several databases (shards), many lines to a\n"
    "transaction. What a database does not take goes to a file, DIR/rejects.tsv.\n"
    "\n"
    "  --out DIR          the folder of the databases [ingest-db]\n"
    "  --force            replace the databases that are there; else they are left alone\n"
    "  --shards N         databases, and threads that write to them [4]\n"
    "  --readers N        threads that read files [2]\n"
    "  --batch N          lines in a transaction, at most [500]\n"
    "  --interval MS      how long a line may wait for a transaction to fill [100]\n"
    "  --capacity N       lines that may wait for a shard before readers are held up [4 batches]\n"
    "  --max-line BYTES   the longest line that the databases take [any]\n"
    "  --tries N          at a transaction, while another process has locked the database: 10 ms\n"
    "                     apart, then twice that, up to a second [16, in about 10 seconds]\n"
    "  --sync MODE        SQLite's durability: off, normal, full [normal]\n"
    "  --no-compare       do not run the comparison with --batch 1\n"
    "  --compare-limit N  lines of the comparison, which ends after 10 seconds, too [100000]\n"
    "  --quiet            no progress line, no comparison, no table: only what goes wrong\n"
    "  --help             this text\n"
    "\n"
    "Ctrl-C stops reading and stores what was read; a second one drops what is not yet stored,\n"
    "into the file of rejects; a third one does not wait for a transaction that hangs.\n"
    "Exit status: 0 every line is in a database, or refused by it and among the rejects; 1 some\n"
    "are not, and messages said why; 2 the command line is wrong; 130 interrupted.\n";

static void set_defaults(struct args *args)
{
  memset(args, 0, sizeof *args);
  args->out = "ingest-db";
  args->sync = "normal";
  args->shards = 4;
  args->readers = 2;
  args->batch = 500;
  args->interval_ms = 100;
  args->tries = 16;
  args->compare_limit = 100000;
  args->compare = true;
}

static int parse_number(const struct number *number, const char *text)
{
  unsigned long value;
  char *end;

  errno = 0;
  value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < number->min ||
      value > number->max) {
    say("--%s wants a number from %lu to %lu, not \"%s\"", number->name,
        (unsigned long)number->min, (unsigned long)number->max, text);
    return -1;
  }
  *number->value = (uint32_t)value;
  return 0;
}

static int parse_sync(struct args *args, const char *text)
{
  if (strcmp(text, "off") != 0 && strcmp(text, "normal") != 0 && strcmp(text, "full") != 0) {
    say("--sync is off, normal or full, not \"%s\"", text);
    return -1;
  }
  args->sync = text;
  return 0;
}

/* Returns 0, 1 if ${name} is no option with a value, or -1 after a message. */
static int parse_valued(struct args *args, const char *name, size_t length, const char *value)
{
  const struct number numbers[] = {
      {"shards", &args->shards, 1, 64},
      {"readers", &args->readers, 1, 64},
      {"batch", &args->batch, 1, 100000},
      {"interval", &args->interval_ms, 0, 3600000},
      {"capacity", &args->capacity, 1, 1000000},
      {"max-line", &args->max_line, 1, 256u << 20},
      {"tries", &args->tries, 1, 1000000},
      {"compare-limit", &args->compare_limit, 1, UINT32_MAX},
  };
  const size_t count = sizeof numbers / sizeof numbers[0];
  size_t i = 0;

  while (i < count && (strlen(numbers[i].name) != length ||
                       strncmp(numbers[i].name, name, length) != 0))
    i++;
  const bool is_out = length == 3 && strncmp(name, "out", 3) == 0;
  const bool is_sync = length == 4 && strncmp(name, "sync", 4) == 0;
  if (i == count && !is_out && !is_sync)
    return 1;
  if (value == NULL || value[0] == '\0') {
    say("--%.*s wants a value", (int)length, name);
    return -1;
  }
  if (i < count)
    return parse_number(&numbers[i], value);
  if (is_sync)
    return parse_sync(args, value);
  args->out = value;
  return 0;
}

/* Returns 0, 1 if ${option} is no such switch, or 2: help was printed. */
static int parse_switch(struct args *args, const char *option)
{
  if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
    fputs(help, stdout);
    return 2;
  }
  if (strcmp(option, "--force") == 0)
    args->force = true;
  else if (strcmp(option, "--no-compare") == 0)
    args->compare = false;
  else if (strcmp(option, "--quiet") == 0)
    args->quiet = true;
  else
    return 1;
  return 0;
}

/* One option at argv[*at], with its value there ("--out=DIR") or in the next word. */
static int parse_option(struct args *args, char **argv, int *at)
{
  const char *option = argv[*at];
  const char *equals = strchr(option, '=');
  int err;

  err = parse_switch(args, option);
  if (err != 1)
    return err;
  err = 1;
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

int args_parse(struct args *args, int argc, char **argv)
{
  int at = 1, err;

  set_defaults(args);
  for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; at++) {
    if (strcmp(argv[at], "--") == 0) {
      at++;
      break;
    }
    err = parse_option(args, argv, &at);
    if (err != 0)
      return err == 2 ? 1 : -1;
  }
  if (at == argc) {
    say("which files? usage: ingest [options] PATH...; --help tells more");
    return -1;
  }
  args->paths = argv + at;
  args->path_count = (size_t)(argc - at);
  if (args->capacity == 0)
    args->capacity = 4 * args->batch;
  return 0;
}
