/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * rabbitmq_tap: stands between consumers and broker, passes everything on, and checks it against
 * the journal; see witness.h. For the tests. Every now and then it cuts a connection in two, in
 * the middle of what was being sent.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "say.h"
#include "witness.h"

struct tap {
  struct witness witness;
  struct sockaddr_in broker;
  int listener;
};

/* A consumer's connection and the one to the broker that belongs to it. */
struct pair {
  struct tap *tap;
  int client, broker;
  atomic_int users; /* one thread for each direction; the last one frees it */
  struct witness_connection seen;
};

static void release(struct pair *pair)
{
  /* pairs with itself: the last thread must see what the other one did, before it frees. */
  if (atomic_fetch_sub_explicit(&pair->users, 1, memory_order_acq_rel) != 1)
    return;
  close(pair->client);
  close(pair->broker);
  witness_disconnect(&pair->seen);
  free(pair);
}

static bool send_all(int fd, const uint8_t *bytes, size_t count)
{
  while (count > 0) {
    const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR)
      return false;
    if (sent > 0) {
      bytes += sent;
      count -= (size_t)sent;
    }
  }
  return true;
}

static void pass_on(struct pair *pair, bool from_client)
{
  const int from = from_client ? pair->client : pair->broker;
  const int to = from_client ? pair->broker : pair->client;
  uint8_t bytes[16384];
  ssize_t count;

  for (;;) {
    count = recv(from, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0 || !witness_see(&pair->seen, from_client, bytes, (size_t)count) ||
        !send_all(to, bytes, (size_t)count))
      break;
  }
  shutdown(pair->client, SHUT_RDWR); /* ends the other direction's thread, too */
  shutdown(pair->broker, SHUT_RDWR);
  release(pair);
}

static void *pass_to_broker(void *arg)
{
  pass_on(arg, true);
  return NULL;
}

static void *pass_to_client(void *arg)
{
  pass_on(arg, false);
  return NULL;
}

/* Returns a descriptor or -1: the broker is down, and the consumer may find out itself. */
static int reach_broker(const struct tap *tap)
{
  const int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  if (fd >= 0 && connect(fd, (const struct sockaddr *)&tap->broker, sizeof tap->broker) != 0) {
    close(fd);
    fd = -1;
  }
  if (fd >= 0)
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static void start(pthread_t *thread, void *(*run)(void *), void *arg)
{
  const int err = pthread_create(thread, NULL, run, arg);

  if (err == 0) {
    pthread_detach(*thread);
    return;
  }
  say("no thread: %s", strerror(err));
  exit(EXIT_FAILURE);
}

static void take(struct tap *tap, int client)
{
  const int on = 1, broker = reach_broker(tap);
  struct pair *pair = broker >= 0 ? malloc(sizeof *pair) : NULL;
  pthread_t thread;

  if (pair == NULL) {
    if (broker >= 0)
      close(broker);
    close(client);
    return;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  pair->tap = tap;
  pair->client = client;
  pair->broker = broker;
  atomic_init(&pair->users, 2);
  witness_connect(&tap->witness, &pair->seen);
  start(&thread, pass_to_broker, pair);
  start(&thread, pass_to_client, pair);
}

static void *listen_for_ever(void *arg)
{
  struct tap *tap = arg;

  for (;;) {
    const int client = accept(tap->listener, NULL, NULL);
    if (client >= 0)
      take(tap, client);
    else if (errno != EINTR && errno != ECONNABORTED)
      break;
  }
  return NULL;
}

/* On loopback, on a port of the system's choice, which is printed. Returns 0 or an errno. */
static int open_listener(struct tap *tap)
{
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof own;

  tap->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (tap->listener < 0 || bind(tap->listener, (struct sockaddr *)&own, sizeof own) != 0 ||
      listen(tap->listener, 64) != 0 ||
      getsockname(tap->listener, (struct sockaddr *)&own, &size) != 0)
    return errno;
  printf("127.0.0.1 %u\n", (unsigned)ntohs(own.sin_port));
  return fflush(stdout) == 0 ? 0 : EIO;
}

int main(int argc, char **argv)
{
  static struct tap tap; /* threads use it until the process ends */
  sigset_t stop;
  pthread_t thread;
  int number, err;

  say_name("rabbitmq_tap");
  if (argc != 4) {
    fputs("usage: rabbitmq_tap PORT JOURNAL CUT\n"
          "Passes connections on to the broker at 127.0.0.1 PORT, and cuts one each time that CUT\n"
          "messages are acknowledged; 0: never. Prints where it listens, and on SIGTERM what it\n"
          "saw. Exit status: 0 all was well; 1 not so; 2 wrong usage.\n", stderr);
    return 2;
  }
  tap.broker = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                    .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10))};
  if (witness_open(&tap.witness, argv[2], strtoull(argv[3], NULL, 10)) != 0)
    return EXIT_FAILURE;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  err = open_listener(&tap);
  if (err != 0) {
    say("cannot listen: %s", strerror(err));
    return EXIT_FAILURE;
  }
  start(&thread, listen_for_ever, &tap);
  while (sigwait(&stop, &number) != 0)
    ;
  return witness_report(&tap.witness) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
