/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: top [options] [HOST:PORT | URL]\n"
    "\n"
    "Show what the instances behind an endpoint of examples/metrics are doing, like\n"
    "top(1). Without HOST:PORT it is 127.0.0.1:9464. q quits.\n"
    "\n"
    "  --interval S  seconds from one look to the next [1]\n"
    "  --frames N    end after so many [go on]\n"
    "  --once        one frame; the same as --frames 1 --plain\n"
    "  --plain       lines of text, also on a terminal\n"
    "  --help        this text\n"
    "\n"
    "Rates, batch sizes and times are of the last interval. WAIT50 is how long the\n"
    "oldest item of a batch had waited, PUMP50 what the pump took: the bound of the\n"
    "bucket that half of all are in or below; 99, beside it, is of 99 % of them. LOST\n"
    "is what was refused or dropped, OUT batches in the pump's hands, PUMP% how\n"
    "much of the time a slot was in the pump.\n";

static int wrong(const char *what, const char *value)
{
  fprintf(stderr, "top: %s%s%s\n%s", what, value != NULL ? ": " : "", value != NULL ? value : "",
          usage);
  return -1;
}

static int parse_number(const char *name, const char *text, double least, double most,
                        double *number)
{
  char *end;

  if (text == NULL)
    return wrong(name, "a number is missing");
  *number = strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(*number) || *number < least || *number > most)
    return wrong(name, text);
  return 0;
}

/* HOST:PORT becomes http://HOST:PORT/metrics. */
static int parse_target(struct args *args, const char *target)
{
  int length;

  if (strstr(target, "://") != NULL)
    length = snprintf(args->url, sizeof args->url, "%s", target);
  else
    length = snprintf(args->url, sizeof args->url, "http://%s/metrics", target);
  return length < (int)sizeof args->url && target[0] != '\0' ? 0 : wrong("HOST:PORT", target);
}

/* One at argv[*at]: 0, 1: help, -1. */
static int parse_option(struct args *args, char **argv, int *at)
{
  const char *option = argv[*at];
  double number;

  if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
    fputs(usage, stdout);
    return 1;
  }
  if (strcmp(option, "--once") == 0) {
    args->frames = 1;
    args->plain = true;
    return 0;
  }
  if (strcmp(option, "--plain") == 0) {
    args->plain = true;
    return 0;
  }
  if (strcmp(option, "--interval") == 0)
    return parse_number(option, argv[++*at], 0.05, 3600, &args->interval_s);
  if (strcmp(option, "--frames") == 0) {
    if (parse_number(option, argv[++*at], 1, 1e9, &number) != 0)
      return -1;
    args->frames = (unsigned long)number;
    return 0;
  }
  return wrong("there is no option", option);
}

int args_parse(struct args *args, int argc, char **argv)
{
  bool targeted = false;
  int err = parse_target(args, "127.0.0.1:9464");

  args->interval_s = 1;
  args->frames = 0;
  args->plain = false;
  for (int at = 1; at < argc && err == 0; at++) {
    if (argv[at][0] == '-') {
      err = parse_option(args, argv, &at);
    } else {
      err = targeted ? wrong("one endpoint, please", argv[at]) : parse_target(args, argv[at]);
      targeted = true;
    }
  }
  return err;
}
