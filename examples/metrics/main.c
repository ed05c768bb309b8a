/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* This example shows how a service tells Prometheus about its instances: metrics.h is what it uses,
 * load.c is what is looked at. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "load.h"
#include "metrics.h"

struct demo {
  uv_loop_t loop;
  uv_signal_t interrupt, terminate;
  struct load load;
  mpcc_metrics_t *metrics;
  const char *address;
  unsigned long port, limit;
  struct load_options options;
};

static const char usage[] =
    "usage: metrics [-a ADDRESS] [-p PORT] [-s SLOTS] [-l LIMIT] [-r RATE] [-n ITEMS]\n"
    "\n"
    "Serve the numbers of two instances under load at http://ADDRESS:PORT/metrics, until Ctrl-C.\n"
    "\n"
    "  -a ADDRESS  where to listen [127.0.0.1]\n"
    "  -p PORT     0 is any [9464]\n"
    "  -s SLOTS    of the first instance [16]\n"
    "  -l LIMIT    slots with series of their own [20]\n"
    "  -r RATE     items each second [20000]\n"
    "  -n ITEMS    push so many, print what was counted, and rest [go on]\n";

static int parse_number(const char *text, unsigned long most, unsigned long *number)
{
  char *end;

  *number = strtoul(text, &end, 10);
  if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number <= most)
    return 0;
  fprintf(stderr, "metrics: \"%s\" is no number up to %lu\n%s", text, most, usage);
  return -1;
}

/* 0; 1: help was asked for; -1: wrong. */
static int parse(struct demo *demo, int argc, char **argv)
{
  unsigned long slots = 16;
  int option, err = 0;

  demo->address = "127.0.0.1";
  demo->port = 9464;
  demo->limit = 20;
  demo->options.rate = 20000;
  while (err == 0 && (option = getopt(argc, argv, "a:p:s:l:r:n:h")) != -1) {
    switch (option) {
    case 'a': demo->address = optarg; break;
    case 'p': err = parse_number(optarg, 65535, &demo->port); break;
    case 's': err = parse_number(optarg, 10000000, &slots); break;
    case 'l': err = parse_number(optarg, 10000, &demo->limit); break;
    case 'r': err = parse_number(optarg, 100000000, &demo->options.rate); break;
    case 'n': err = parse_number(optarg, 1000000000, &demo->options.items); break;
    case 'h': fputs(usage, stdout); return 1;
    default: fputs(usage, stderr); return -1;
    }
  }
  demo->options.slots = (uint32_t)slots;
  if (err == 0 && (optind < argc || slots == 0)) {
    fputs(usage, stderr);
    err = -1;
  }
  return err;
}

static void stop(struct demo *demo)
{
  mpcc_metrics_close(demo->metrics, NULL, NULL);
  demo->metrics = NULL;
  load_stop(&demo->load);
  if (!uv_is_closing((uv_handle_t *)&demo->interrupt)) {
    uv_close((uv_handle_t *)&demo->interrupt, NULL);
    uv_close((uv_handle_t *)&demo->terminate, NULL);
  }
}

static void on_signal(uv_signal_t *handle, int number)
{
  (void)number;
  stop(handle->data);
}

static int catch_signals(struct demo *demo)
{
  int err = uv_signal_init(&demo->loop, &demo->interrupt);

  if (err == 0)
    err = uv_signal_init(&demo->loop, &demo->terminate);
  if (err != 0)
    return err;
  demo->interrupt.data = demo;
  demo->terminate.data = demo;
  err = uv_signal_start(&demo->interrupt, on_signal, SIGINT);
  return err != 0 ? err : uv_signal_start(&demo->terminate, on_signal, SIGTERM);
}

static int serve(struct demo *demo)
{
  const struct mpcc_metrics_instance instances[] = {
      {demo->load.orders, "orders", (unsigned)demo->limit},
      {demo->load.mail, "mail", (unsigned)demo->limit},
  };
  int err = mpcc_metrics_serve(&demo->metrics, &demo->loop, demo->address, (int)demo->port,
                               instances, 2);

  if (err != 0) {
    fprintf(stderr, "metrics: %s port %lu: %s\n", demo->address, demo->port, uv_strerror(err));
    return -1;
  }
  printf("listening on %s port %d\n", demo->address, mpcc_metrics_port(demo->metrics));
  fflush(stdout);
  return 0;
}

static int run(struct demo *demo)
{
  int status = EXIT_SUCCESS, err = uv_loop_init(&demo->loop);

  if (err == 0)
    err = catch_signals(demo);
  if (err != 0) {
    fprintf(stderr, "metrics: %s\n", uv_strerror(err));
    return EXIT_FAILURE;
  }
  if (load_begin(&demo->load, &demo->loop, &demo->options) != 0 || serve(demo) != 0) {
    stop(demo);
    status = EXIT_FAILURE;
  }
  uv_run(&demo->loop, UV_RUN_DEFAULT); /* ends when everything is closed */
  load_end(&demo->load);
  if (uv_loop_close(&demo->loop) != 0) {
    fputs("metrics: something was left on the loop\n", stderr);
    status = EXIT_FAILURE;
  }
  return status;
}

int main(int argc, char **argv)
{
  static struct demo demo;
  int err = parse(&demo, argc, argv);

  if (err != 0)
    return err > 0 ? EXIT_SUCCESS : 2;
  signal(SIGPIPE, SIG_IGN); /* a scraper that goes away is an error of a write, and no more */
  return run(&demo);
}
