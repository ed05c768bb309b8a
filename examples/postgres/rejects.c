/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

enum { RECORD_SIZE = 2048, ESCAPED_MAX = 6 };

void rejects_open(struct rejects *rejects, const char *path)
{
  *rejects = (struct rejects){.path = path, .fd = -1};
}

void rejects_close(struct rejects *rejects)
{
  if (rejects->fd >= 0)
    close(rejects->fd);
  rejects->fd = -1;
}

static int fail(struct rejects *rejects)
{
  if (!rejects->told)
    say("%s: cannot add a row: %s", rejects->path, strerror(errno));
  rejects->told = true;
  return -1;
}

static int make_file(struct rejects *rejects)
{
  rejects->fd = open(rejects->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (rejects->fd < 0)
    return -1;
  rejects->began = rejects->size = lseek(rejects->fd, 0, SEEK_END);
  if (rejects->began >= 0)
    return 0;
  close(rejects->fd);
  rejects->fd = -1;
  return -1;
}

static size_t escape(char *to, size_t size, const char *from)
{
  size_t used = 0;

  for (; *from != '\0' && used + ESCAPED_MAX < size; from++) {
    const unsigned char byte = (unsigned char)*from;
    if (byte == '\\')
      used += (size_t)snprintf(to + used, ESCAPED_MAX, "\\\\");
    else if (byte < 0x20 || byte >= 0x7f)
      used += (size_t)snprintf(to + used, ESCAPED_MAX, "\\0%03o", (unsigned)byte);
    else
      to[used++] = *from;
  }
  to[used] = '\0';
  return used;
}

static int write_all(const struct rejects *rejects, const char *bytes, size_t length)
{
  size_t done = 0;

  while (done < length) {
    const ssize_t wrote =
        pwrite(rejects->fd, bytes + done, length - done, rejects->size + (off_t)done);
    if (wrote < 0 && errno != EINTR)
      return -1;
    done += wrote > 0 ? (size_t)wrote : 0;
  }
  return 0;
}

int rejects_add(struct rejects *rejects, const struct row *row, const char *state,
                const char *reason)
{
  char record[RECORD_SIZE], note[sizeof row->note * ESCAPED_MAX];

  if (rejects->fd < 0 && make_file(rejects) != 0)
    return fail(rejects);
  escape(note, sizeof note, row->note);
  const int length = snprintf(record, sizeof record,
                              "%" PRId64 "\t%s\t%s\t%" PRId32 "\t%" PRId32 "\t%s\n", row->key,
                              state, reason, row->source, row->value, note);
  if (write_all(rejects, record, (size_t)length) != 0) {
    fail(rejects);
    /* Half a record is overwritten by the next one, or goes now. */
    if (ftruncate(rejects->fd, rejects->size) != 0)
      say("%s: its last line is not whole: %s", rejects->path, strerror(errno));
    return -1;
  }
  rejects->size += length;
  return 0;
}

int rejects_count(const struct rejects *rejects, uint64_t *records)
{
  char bytes[16384];
  off_t at = rejects->began;
  ssize_t got = 0;

  *records = 0;
  while (rejects->fd >= 0 && (got = pread(rejects->fd, bytes, sizeof bytes, at)) != 0) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      say("%s: cannot count its lines: %s", rejects->path, strerror(errno));
      return -1;
    }
    for (ssize_t i = 0; i < got; i++)
      *records += bytes[i] == '\n';
    at += got;
  }
  return 0;
}
