/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"

enum { FIRST_SIZE = 64 * 1024 };

/* Returns 0 when ${fd} has something to read, be it its end. */
static int wait_readable(int fd, int stop_fd)
{
  struct pollfd fds[2] = {{stop_fd, POLLIN, 0}, {fd, POLLIN, 0}};

  while (poll(fds, 2, -1) < 0)
    if (errno != EINTR)
      return errno;
  return fds[0].revents != 0 ? LINES_STOPPED : 0;
}

/* Returns how many bytes came, 0 at the end; below 0: *err says why none did. */
static ssize_t read_some(int fd, int stop_fd, char *to, size_t room, int *err)
{
  ssize_t got;

  for (;;) {
    *err = wait_readable(fd, stop_fd);
    if (*err != 0)
      return -1;
    got = read(fd, to, room);
    if (got >= 0)
      return got;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      *err = errno;
      return -1;
    }
  }
}

static int grow(struct lines_buffer *buffer)
{
  const size_t size = buffer->size == 0 ? FIRST_SIZE : buffer->size * 2;

  if (buffer->size > LINE_MEMORY)
    return EFBIG;
  char *bytes = realloc(buffer->bytes, size);
  if (bytes == NULL)
    return ENOMEM;
  buffer->bytes = bytes;
  buffer->size = size;
  return 0;
}

/*
 * Hand over the whole lines among ${have} bytes, of which the first ${seen} hold no newline.
 * *rest becomes the number of bytes of the unfinished line, which move to the front.
 */
static int cut(struct lines_buffer *buffer, size_t have, size_t seen, size_t *rest, lines_cb cb,
               void *arg)
{
  char *start = buffer->bytes, *look = start + seen, *end = start + have, *newline;

  while ((newline = memchr(look, '\n', (size_t)(end - look))) != NULL) {
    if ((size_t)(newline - start) > LINE_MEMORY)
      return EFBIG;
    if (!cb(start, (size_t)(newline - start), arg))
      return LINES_STOPPED;
    start = look = newline + 1;
  }
  *rest = (size_t)(end - start);
  memmove(buffer->bytes, start, *rest);
  return *rest > LINE_MEMORY ? EFBIG : 0;
}

int lines_read(int fd, int stop_fd, struct lines_buffer *buffer, lines_cb cb, void *arg)
{
  size_t have = 0;
  ssize_t got;
  int err;

  for (;;) {
    if (have == buffer->size && (err = grow(buffer)) != 0)
      return err;
    got = read_some(fd, stop_fd, buffer->bytes + have, buffer->size - have, &err);
    if (got < 0)
      return err;
    if (got == 0)
      break;
    err = cut(buffer, have + (size_t)got, have, &have, cb, arg);
    if (err != 0)
      return err;
  }
  return have == 0 || cb(buffer->bytes, have, arg) ? 0 : LINES_STOPPED;
}
