/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A library to be preloaded into postgres_writer: every seventh time that a server has answered a
 * commit with rows in it, the connection breaks before the answer can be read. The rows are there,
 * and the writer does not know. The file WRITER_FAULT_SEEN gets a byte for each.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THE_ONE = 7 };

static ssize_t real_recv(int fd, void *to, size_t size, int flags)
{
  ssize_t (*real)(int, void *, size_t, int);
  void *found = dlsym(RTLD_NEXT, "recv");

  memcpy(&real, &found, sizeof real); /* ISO C has no cast from the one to the other */
  return real(fd, to, size, flags);
}

/* The end of the answers to a transaction: INSERTs, and "ready, in no transaction". */
static bool is_a_commit(const char *bytes, size_t length)
{
  static const char ready[] = {'Z', 0, 0, 0, 5, 'I'}, insert[] = "INSERT 0 1";

  if (length < sizeof ready || memcmp(bytes + length - sizeof ready, ready, sizeof ready) != 0)
    return false;
  for (size_t i = 0; i + sizeof insert < length; i++)
    if (memcmp(bytes + i, insert, sizeof insert - 1) == 0)
      return true;
  return false;
}

static void let_be_seen(void)
{
  const char *seen = getenv("WRITER_FAULT_SEEN");
  const int fd = seen != NULL ? open(seen, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;

  if (fd >= 0) {
    if (write(fd, "x", 1) != 1)
      abort();
    close(fd);
  }
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
  static atomic_int commits;
  const ssize_t got = real_recv(fd, to, size, flags);

  if (got <= 0 || (flags & MSG_PEEK) != 0 || !is_a_commit(to, (size_t)got))
    return got;
  /* relaxed: a count. */
  if (atomic_fetch_add_explicit(&commits, 1, memory_order_relaxed) % THE_ONE != THE_ONE - 1)
    return got;
  let_be_seen();
  shutdown(fd, SHUT_RDWR);
  errno = ECONNRESET;
  return -1;
}
