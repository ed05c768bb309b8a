/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "lines.h"
#include "shard.h"

enum { ROOM_WAIT_MS = 100, MEMORY_WAIT_NS = 2000000 };

struct reader {
  struct readers *all;
  pthread_t thread;
  struct lines_buffer buffer;
  uint32_t file, slot; /* of the file at hand */
  uint64_t number;     /* of its last line */
  uint64_t lines, slowed, files_failed, files_read;
  bool refused;
};

static bool stopping(struct readers *all)
{
  /* relaxed: only an early end; what a reader has done is handed over by pthread_join. */
  return atomic_load_explicit(&all->stopping, memory_order_relaxed);
}

/* Whether another line is within the limit; if so, it is the caller's. */
static bool take_ticket(struct readers *all)
{
  /* relaxed: the number alone matters. */
  return all->line_limit == UINT64_MAX ||
         atomic_fetch_add_explicit(&all->tickets, 1, memory_order_relaxed) < all->line_limit;
}

static bool out_of_tickets(struct readers *all)
{
  /* relaxed: only spares us the files that would be opened for nothing. */
  return atomic_load_explicit(&all->tickets, memory_order_relaxed) >= all->line_limit;
}

/*
 * Long lines wait here for memory. It comes back when lines are stored; lines that sit in a batch
 * that is not full yet are sent on their way.
 */
static int make_line(struct reader *reader, struct line *line, const char *text, size_t length)
{
  const struct timespec pause = {.tv_nsec = MEMORY_WAIT_NS};
  int err;

  line->file = reader->file;
  line->number = reader->number;
  while ((err = line_make(line, reader->all->memory, text, length)) == EAGAIN &&
         !stopping(reader->all)) {
    mpcc_flush(reader->all->mpcc, MPCC_ALL_SLOTS);
    nanosleep(&pause, NULL);
  }
  return err;
}

static int push(struct reader *reader, const struct line *line)
{
  mpcc_t *mpcc = reader->all->mpcc;
  int err = mpcc_push(mpcc, line, reader->slot);

  if (err != MPCC_EFULL)
    return err;
  reader->slowed++;
  do
    err = mpcc_push_wait(mpcc, line, reader->slot, ROOM_WAIT_MS);
  while (err == MPCC_ETIMEDOUT && !stopping(reader->all));
  return err;
}

/* A line that is not pushed counts as not read: who stops, stops before it. */
static bool take_line(const char *text, size_t length, void *arg)
{
  struct reader *reader = arg;
  struct readers *all = reader->all;
  struct line line;
  int err;

  if (stopping(all) || !take_ticket(all))
    return false;
  reader->number++;
  err = make_line(reader, &line, text, length);
  if (err == EAGAIN)
    return false;
  if (err == 0) {
    err = push(reader, &line);
    if (err == 0) {
      reader->lines++;
      return true;
    }
    line_free(&line, all->memory);
    if (err == MPCC_ECLOSED || err == MPCC_ETIMEDOUT)
      return false;
  }
  say("%s: line %llu was refused: %s", all->files->path[reader->file - 1],
      (unsigned long long)reader->number, err < 0 ? mpcc_strerror(err) : strerror(err));
  reader->refused = true;
  readers_stop(all);
  return false;
}

static int read_file(struct reader *reader, const char *path)
{
  /* Not blocking: else a FIFO without a writer would hold us here, and Ctrl-C with it. */
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), err;

  if (fd < 0)
    return errno;
  err = lines_read(fd, reader->all->stop[0], &reader->buffer, take_line, reader);
  close(fd);
  return err;
}

static void read_next(struct reader *reader, size_t index)
{
  struct readers *all = reader->all;
  int err;

  reader->file = file_id(index);
  reader->slot = shard_of(index, all->slots);
  reader->number = 0;
  err = read_file(reader, all->files->path[index]);
  if (err == 0)
    reader->files_read++;
  if (err <= 0)
    return;
  reader->files_failed++;
  if (!all->silent)
    say("cannot read %s: %s%s", all->files->path[index],
        err == EFBIG ? "a line is longer than 256 MiB" : strerror(err),
        reader->number > 0 ? " (the lines before are stored)" : "");
}

static void *read_files(void *arg)
{
  struct reader *reader = arg;
  struct readers *all = reader->all;
  size_t index;

  while (!stopping(all) && !out_of_tickets(all)) {
    /* relaxed: the number alone matters; the list was there before the threads. */
    index = atomic_fetch_add_explicit(&all->next_file, 1, memory_order_relaxed);
    if (index >= all->files->count)
      break;
    read_next(reader, index);
  }
  free(reader->buffer.bytes);
  while (write(all->done[1], "", 1) < 0 && errno == EINTR)
    continue;
  return NULL;
}

int readers_open(struct readers *readers)
{
  readers->stop[0] = readers->done[0] = -1;
  if (pipe(readers->stop) == 0 && pipe(readers->done) == 0)
    return 0;
  say("cannot make a pipe: %s", strerror(errno));
  readers_close(readers);
  return -1;
}

void readers_close(struct readers *readers)
{
  for (int i = 0; i < 2; i++) {
    if (readers->stop[0] >= 0)
      close(readers->stop[i]);
    if (readers->done[0] >= 0)
      close(readers->done[i]);
  }
  free(readers->list);
}

void readers_start(struct readers *readers, uint32_t count)
{
  readers->list = calloc(count, sizeof *readers->list);
  for (; readers->list != NULL && readers->count < count; readers->count++) {
    struct reader *reader = &readers->list[readers->count];
    reader->all = readers;
    if (pthread_create(&reader->thread, NULL, read_files, reader) != 0)
      break;
  }
  if (readers->count == count)
    return;
  say("the system refused a reader thread");
  readers->refused = true;
  readers_stop(readers);
}

void readers_stop(struct readers *readers)
{
  /* relaxed: see stopping(). The byte stays in the pipe, so that every poll of it returns. */
  if (!atomic_exchange_explicit(&readers->stopping, true, memory_order_relaxed))
    while (write(readers->stop[1], "", 1) < 0 && errno == EINTR)
      continue;
}

bool readers_wait(struct readers *readers, int timeout_ms)
{
  struct pollfd done = {readers->done[0], POLLIN, 0};
  char bytes[64];
  ssize_t got;

  if (readers->finished < readers->count && poll(&done, 1, timeout_ms) == 1) {
    got = read(readers->done[0], bytes, sizeof bytes);
    readers->finished += got > 0 ? (uint32_t)got : 0;
  }
  return readers->finished == readers->count;
}

void readers_join(struct readers *readers)
{
  for (uint32_t i = 0; i < readers->count; i++) {
    const struct reader *reader = &readers->list[i];
    pthread_join(reader->thread, NULL);
    readers->lines += reader->lines;
    readers->slowed += reader->slowed;
    readers->files_failed += reader->files_failed;
    readers->files_read += reader->files_read;
    readers->refused |= reader->refused;
  }
}
