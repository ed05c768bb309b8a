/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * top: what the instances behind an endpoint of examples/metrics are doing, in a terminal.
 *
 * fetch.c gets the text, sample.c reads it, frame.c compares it with the one before, page.c makes
 * lines of that, and screen.c or stdout shows them. Here is what happens when.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "fetch.h"
#include "screen.h"

enum { FETCH_MS = 5000 };

struct top {
  struct args args;
  struct fetch fetch;
  bool on_screen;
  struct sample samples[2]; /* the last one, and the one before */
  double times[2];          /* when they were asked for */
  unsigned sample_count;
  double asked_at, answered_at;
  char trouble[CURL_ERROR_SIZE]; /* "" : it has answered */
  unsigned long frames;
  int status;               /* to exit with, once ${ended} */
  bool ended;
};

/* -- Signals: a pipe, so that none comes between a look at them and the wait ------------------- */

static int signal_pipe[2];

static void on_signal(int number)
{
  const int saved = errno;
  const unsigned char byte = (unsigned char)number;

  if (write(signal_pipe[1], &byte, 1) < 0)
    errno = saved; /* it is full: there are signals enough to see */
}

static int catch_signals(void)
{
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

  if (pipe(signal_pipe) != 0)
    return -1;
  for (int i = 0; i < 2; i++)
    if (fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC) != 0)
      return -1;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (sigaction(numbers[i], &action, NULL) != 0)
      return -1;
  return 0;
}

static double now_s(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void end(struct top *top, int status)
{
  top->ended = true;
  top->status = status;
}

/* -- Showing ---------------------------------------------------------------------------------- */

static void print_page(struct top *top, const struct page *page)
{
  for (unsigned i = 0; i < page->count; i++)
    puts(page->text[i]);
  if (top->args.frames != 1)
    puts("");
  if (fflush(stdout) != 0)
    end(top, EXIT_FAILURE); /* nobody reads it */
}

static void show(struct top *top)
{
  static struct page page;
  const struct sample *before = top->sample_count > 1 ? &top->samples[1] : NULL;
  const struct page_status status = {
      .where = top->args.url,
      .trouble = top->trouble[0] != '\0' ? top->trouble : NULL,
      .silent_s = now_s() - top->answered_at,
      .interval_s = top->args.interval_s,
  };
  struct frame frame;

  if (frame_make(&frame, before, &top->samples[0], top->times[0] - top->times[1]) != 0) {
    fputs("top: out of memory\n", stderr);
    end(top, EXIT_FAILURE);
    return;
  }
  page_make(&page, &status, top->sample_count > 0 ? &frame : NULL,
            top->on_screen ? screen_lines() : PAGE_LINES);
  if (top->on_screen)
    screen_draw(&page);
  else
    print_page(top, &page);
  frame_free(&frame);
}

/* -- Looking ---------------------------------------------------------------------------------- */

static void keep_sample(struct top *top)
{
  struct sample sample;

  if (sample_read(&sample, top->fetch.bytes != NULL ? top->fetch.bytes : "", top->fetch.length)
      != 0) {
    snprintf(top->trouble, sizeof top->trouble, "what it says is not Prometheus' text format");
    sample_free(&sample);
    return;
  }
  top->trouble[0] = '\0';
  top->answered_at = now_s();
  sample_free(&top->samples[1]);
  top->samples[1] = top->samples[0];
  top->times[1] = top->times[0];
  top->samples[0] = sample;
  top->times[0] = top->asked_at;
  if (top->sample_count < 2)
    top->sample_count++;
}

static void take_answer(struct top *top)
{
  const char *trouble;

  if (!fetch_take(&top->fetch, &trouble))
    return;
  if (trouble != NULL)
    snprintf(top->trouble, sizeof top->trouble, "%s", trouble);
  else
    keep_sample(top);
  /* Lines are for keeping, so the first look, which tells no rates, is not worth any. */
  if (!top->on_screen && top->trouble[0] == '\0' && top->sample_count < 2)
    return;
  show(top);
  if (++top->frames == top->args.frames)
    end(top, top->trouble[0] == '\0' ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void take_signals(struct top *top)
{
  unsigned char number;

  while (read(signal_pipe[0], &number, 1) == 1) {
    if (number == SIGWINCH && top->on_screen) {
      screen_resize();
      show(top);
    } else if (number != SIGWINCH) {
      end(top, 128 + number);
    }
  }
}

static void take_keys(struct top *top)
{
  int key;

  while (top->on_screen && (key = screen_key()) >= 0)
    if (key == 'q' || key == 'Q')
      end(top, EXIT_SUCCESS);
}

static void run(struct top *top)
{
  const int descriptors[] = {signal_pipe[0], STDIN_FILENO};
  double next = now_s();

  top->answered_at = next;
  if (top->on_screen)
    show(top);
  while (!top->ended) {
    const double now = now_s();

    if (!top->fetch.busy && now >= next) {
      top->asked_at = now;
      fetch_start(&top->fetch);
      next += top->args.interval_s;
      if (next < now)
        next = now + top->args.interval_s; /* it was stopped, or an answer took longer */
    }
    double wait_s = top->fetch.busy ? 1 : next - now;
    wait_s = wait_s < 0 ? 0 : wait_s > 60 ? 60 : wait_s;
    fetch_wait(&top->fetch, descriptors, top->on_screen ? 2 : 1, (int)(wait_s * 1000) + 1);
    take_answer(top);
    take_signals(top);
    take_keys(top);
  }
}

int main(int argc, char **argv)
{
  static struct top top;
  int err = args_parse(&top.args, argc, argv);

  if (err != 0)
    return err > 0 ? EXIT_SUCCESS : 2;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
      fetch_open(&top.fetch, top.args.url, FETCH_MS) != 0) {
    fputs("top: libcurl does not start\n", stderr);
    return EXIT_FAILURE;
  }
  /* In this order: ncurses has handlers of its own, which these replace. */
  top.on_screen = !top.args.plain && screen_open() == 0;
  if (catch_signals() != 0) {
    screen_close();
    fprintf(stderr, "top: signals: %s\n", strerror(errno));
    return EXIT_FAILURE;
  }
  run(&top);
  screen_close();
  fetch_close(&top.fetch);
  sample_free(&top.samples[0]);
  sample_free(&top.samples[1]);
  curl_global_cleanup();
  return top.status;
}
