/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns 0 or an errno. */
static int await_connection(int fd, int timeout_ms)
{
  struct pollfd ready = {.fd = fd, .events = POLLOUT};
  socklen_t size = sizeof(int);
  int err = 0, count;

  do
    count = poll(&ready, 1, timeout_ms);
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return errno;
  if (count == 0)
    return ETIMEDOUT;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) == 0 ? err : errno;
}

/* Returns 0 or an errno. */
static int prepare(int fd)
{
  const int on = 1;
  const int flags = fcntl(fd, F_GETFL);

  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
    return errno;
  /* An acknowledgement is a small packet that nothing follows: it must not wait for more. */
  return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 ? 0 : errno;
}

/* Returns a descriptor, or -1 with an errno in ${err}. */
static int connect_to(const struct addrinfo *address, int timeout_ms, int *err)
{
  int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);

  if (fd < 0) {
    *err = errno;
    return -1;
  }
  *err = prepare(fd);
  if (*err == 0 && connect(fd, address->ai_addr, address->ai_addrlen) != 0)
    *err = errno == EINPROGRESS || errno == EINTR ? await_connection(fd, timeout_ms) : errno;
  if (*err == 0)
    return fd;
  close(fd);
  return -1;
}

int dial(const char *host, int port, int timeout_ms, char *why, size_t why_size)
{
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *addresses;
  char service[16];
  int fd = -1, err;

  snprintf(service, sizeof service, "%d", port);
  err = getaddrinfo(host, service, &hints, &addresses);
  if (err != 0) {
    snprintf(why, why_size, "%s", gai_strerror(err));
    return -1;
  }
  for (struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next)
    fd = connect_to(at, timeout_ms, &err);
  freeaddrinfo(addresses);
  if (fd < 0 && strerror_r(err, why, why_size) != 0)
    snprintf(why, why_size, "error %d", err);
  return fd;
}
