/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "rejects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "utf8.h"

/* Functions that end in _locked want the lock, and return 0 or an errno. */

static int flush_locked(struct rejects *rejects)
{
  size_t done = 0;
  ssize_t wrote;

  while (done < rejects->used) {
    wrote = write(rejects->fd, rejects->buffer + done, rejects->used - done);
    if (wrote < 0 && errno != EINTR)
      return errno;
    done += wrote > 0 ? (size_t)wrote : 0;
  }
  rejects->size += (off_t)rejects->used;
  rejects->used = 0;
  return 0;
}

static int put_locked(struct rejects *rejects, const char *bytes, size_t length)
{
  int err = 0;

  if (length > sizeof rejects->buffer - rejects->used)
    err = flush_locked(rejects);
  if (err == 0) {
    memcpy(rejects->buffer + rejects->used, bytes, length);
    rejects->used += length;
  }
  return err;
}

/* How ${byte} is written: returns the number of bytes in ${to}. */
static size_t escape(char to[6], char byte, bool is_text)
{
  static const char named[] = "\\\tt\nn\rr";
  const unsigned char code = (unsigned char)byte;

  to[0] = '\\';
  to[1] = '\\';
  if (byte == '\\')
    return 2;
  for (size_t i = 1; i + 1 < sizeof named; i += 2)
    if (byte == named[i]) {
      to[1] = named[i + 1];
      return 2;
    }
  if (code < 0x20 || code == 0x7f || (code >= 0x80 && !is_text))
    return (size_t)snprintf(to, 6, "\\0%03o", (unsigned)code);
  to[0] = byte;
  return 1;
}

static int put_field_locked(struct rejects *rejects, const char *bytes, size_t length, char end)
{
  const bool is_text = utf8_is_text(bytes, length);
  char escaped[6];
  int err = 0;

  for (size_t i = 0; i < length && err == 0; i++)
    err = put_locked(rejects, escaped, escape(escaped, bytes[i], is_text));
  return err == 0 ? put_locked(rejects, &end, 1) : err;
}

static int put_record_locked(struct rejects *rejects, const char *path, const struct line *line,
                             const char *reason)
{
  char number[24];
  const int digits = snprintf(number, sizeof number, "%" PRIu64, line->number);
  int err = put_field_locked(rejects, path, strlen(path), '\t');

  if (err == 0)
    err = put_field_locked(rejects, number, (size_t)digits, '\t');
  if (err == 0)
    err = put_field_locked(rejects, reason, strlen(reason), '\t');
  if (err == 0)
    err = put_field_locked(rejects, line_text(line), line->length, '\n');
  /* Record by record: whoever is told that it is there finds it there. */
  return err == 0 ? flush_locked(rejects) : err;
}

static int add_locked(struct rejects *rejects, const char *path, const struct line *line,
                      const char *reason)
{
  const off_t start = rejects->size;
  int err;

  if (rejects->fd < 0)
    rejects->fd = outdir_rejects(rejects->dir, true);
  if (rejects->fd < 0)
    return errno;
  err = put_record_locked(rejects, path, line, reason);
  if (err == 0)
    return 0;
  rejects->used = 0;
  rejects->size = start;
  if (ftruncate(rejects->fd, start) != 0)
    rejects->given_up = true; /* half a record stands there, and nothing must follow it */
  return err;
}

int rejects_open(struct rejects *rejects, struct outdir *dir)
{
  const int err = pthread_mutex_init(&rejects->lock, NULL);

  rejects->dir = dir;
  rejects->fd = -1;
  rejects->size = 0;
  rejects->used = 0;
  rejects->told = rejects->given_up = false;
  if (err != 0)
    say("the system refused a lock: %s", strerror(err));
  return err == 0 ? 0 : -1;
}

void rejects_close(struct rejects *rejects)
{
  if (rejects->fd >= 0)
    close(rejects->fd);
  pthread_mutex_destroy(&rejects->lock);
}

int rejects_add(struct rejects *rejects, const char *path, const struct line *line,
                const char *reason)
{
  bool tell = false;
  int err = EIO;

  pthread_mutex_lock(&rejects->lock);
  if (!rejects->given_up)
    err = add_locked(rejects, path, line, reason);
  if (err != 0) {
    tell = !rejects->told;
    rejects->told = true;
  }
  pthread_mutex_unlock(&rejects->lock);
  if (tell)
    say("%s/%s: cannot add a line: %s", rejects->dir->path, OUTDIR_REJECTS, strerror(err));
  return err;
}

void rejects_give_up(struct rejects *rejects)
{
  pthread_mutex_lock(&rejects->lock);
  rejects->given_up = true;
  pthread_mutex_unlock(&rejects->lock);
}

bool rejects_given_up(struct rejects *rejects)
{
  pthread_mutex_lock(&rejects->lock);
  const bool given_up = rejects->given_up;
  pthread_mutex_unlock(&rejects->lock);
  return given_up;
}

int rejects_count(struct rejects *rejects, uint64_t *records)
{
  const int fd = outdir_rejects(rejects->dir, false);
  char bytes[16384];
  ssize_t got = 0;

  *records = 0;
  if (fd < 0 && errno == ENOENT)
    return 0;
  while (fd >= 0 && ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)))
    for (ssize_t i = 0; i < got; i++)
      *records += bytes[i] == '\n';
  const int err = fd < 0 || got < 0 ? errno : 0;
  if (fd >= 0)
    close(fd);
  if (err != 0)
    say("%s/%s: cannot count its lines: %s", rejects->dir->path, OUTDIR_REJECTS, strerror(err));
  return err;
}
