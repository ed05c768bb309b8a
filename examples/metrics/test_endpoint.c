/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * metrics.c and connection.c with collections that take as long as the test wants: who asks while
 * one is under way gets numbers from after that, and who asks when memory is refused is told so.
 * In place of exposition.c there is what stands at the end.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "exposition.h"
#include "metrics.h"

static uv_sem_t began, may_end;
static int collections; /* the pool's thread writes it, one collection at a time */
static bool refused;    /* written while there is none */

static void check(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "FAILED: %s\n", what);
  exit(1);
}

/* -- Clients, on the test's thread ------------------------------------------------------------- */

static int ask(int port, const char *path)
{
  const struct sockaddr_in address = {
      .sin_family = AF_INET,
      .sin_port = htons((uint16_t)port),
      .sin_addr = {htonl(INADDR_LOOPBACK)},
  };
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  char request[64];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);

  check(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0, "connect");
  check(write(fd, request, (size_t)length) == length, "write");
  return fd;
}

/* All of it, until the server ends the connection. */
static void is_answered(int fd, const char *first, const char *body)
{
  char answer[2048];
  size_t length = 0;
  ssize_t got;

  while ((got = read(fd, answer + length, sizeof answer - 1 - length)) > 0)
    length += (size_t)got;
  close(fd);
  answer[length] = '\0';
  check(strncmp(answer, first, strlen(first)) == 0, first);
  check(strstr(answer, body) != NULL, body);
}

/* What was sent before has been taken by the loop: others were served twice since. */
static void let_it_be_taken(int port)
{
  for (int i = 0; i < 2; i++)
    is_answered(ask(port, "/"), "HTTP/1.1 404 ", "nothing else");
}

static void run_clients(int port)
{
  int first = ask(port, "/metrics"), second, third;

  uv_sem_wait(&began);
  second = ask(port, "/metrics");
  third = ask(port, "/metrics");
  let_it_be_taken(port);
  uv_sem_post(&may_end);
  is_answered(first, "HTTP/1.1 200 ", "\r\n\r\ncollection 1\n");
  uv_sem_wait(&began); /* the second one, for both */
  uv_sem_post(&may_end);
  is_answered(second, "HTTP/1.1 200 ", "\r\n\r\ncollection 2\n");
  is_answered(third, "HTTP/1.1 200 ", "\r\n\r\ncollection 2\n");

  refused = true;
  uv_sem_post(&may_end);
  is_answered(ask(port, "/metrics"), "HTTP/1.1 503 ", "out of memory");
  uv_sem_wait(&began);
}

/* -- The server, on another ---------------------------------------------------------------------- */

struct server {
  uv_loop_t loop;
  uv_async_t stop;
  mpcc_metrics_t *metrics;
};

static void on_closed(void *arg)
{
  uv_close((uv_handle_t *)&((struct server *)arg)->stop, NULL);
}

static void on_stop(uv_async_t *stop)
{
  struct server *server = stop->data;

  mpcc_metrics_close(server->metrics, on_closed, server);
}

static void run_loop(void *arg)
{
  uv_run(&((struct server *)arg)->loop, UV_RUN_DEFAULT);
}

int main(void)
{
  const mpcc_t *mpcc = (const mpcc_t *)(const void *)&began; /* nobody looks into it here */
  const struct mpcc_metrics_instance instances[] = {{mpcc, "a", 0}, {mpcc, "a", 0}};
  struct server server;
  uv_thread_t thread;

  signal(SIGPIPE, SIG_IGN);
  check(uv_sem_init(&began, 0) == 0 && uv_sem_init(&may_end, 0) == 0, "semaphores");
  check(uv_loop_init(&server.loop) == 0, "a loop");
  check(uv_async_init(&server.loop, &server.stop, on_stop) == 0, "a handle");
  server.stop.data = &server;
  check(mpcc_metrics_serve(&server.metrics, &server.loop, "127.0.0.1", 0, instances, 2) ==
            UV_EINVAL, "a name that is there twice");
  check(mpcc_metrics_serve(&server.metrics, &server.loop, "127.0.0.1", 0, instances, 0) ==
            UV_EINVAL, "no instance");
  check(mpcc_metrics_serve(&server.metrics, &server.loop, "127.0.0.1", 0, instances, 1) == 0,
        "serve");
  const int port = mpcc_metrics_port(server.metrics);
  check(uv_thread_create(&thread, run_loop, &server) == 0, "a thread");
  run_clients(port);
  uv_async_send(&server.stop);
  check(uv_thread_join(&thread) == 0 && uv_loop_close(&server.loop) == 0, "nothing is left");
  uv_sem_destroy(&began);
  uv_sem_destroy(&may_end);
  puts("collections that overlap with requests, and one without memory");
  return 0;
}

/* -- In place of exposition.c -------------------------------------------------------------------- */

int metrics_source_open(struct metrics_source *source, const mpcc_t *mpcc, const char *name,
                        unsigned slot_limit)
{
  (void)name;
  (void)slot_limit;
  source->mpcc = mpcc;
  return 0;
}

void metrics_source_close(struct metrics_source *source)
{
  (void)source;
}

void metrics_source_read(struct metrics_source *source)
{
  (void)source;
  collections++;
  uv_sem_post(&began);
  uv_sem_wait(&may_end);
}

void metrics_exposition_write(struct metrics_text *text, const struct metrics_source *sources,
                              size_t count)
{
  (void)sources;
  (void)count;
  metrics_text_add(text, "collection %d\n", collections);
  text->failed |= refused;
}
