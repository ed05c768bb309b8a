/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath() is no part of POSIX alone */
#include "outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"

enum { NAME_SIZE = 256, SHARD_NAME_SIZE = 40, TRIES = 10, FOLDER = O_RDONLY | O_DIRECTORY };

static const char lock_name[] = "ingest.lock";
static const char *const ends[] = {".db", ".db-wal", ".db-shm", ".db-journal"};
enum { ENDS = sizeof ends / sizeof ends[0] };

static void shard_name(char name[SHARD_NAME_SIZE], uint32_t index, const char *end)
{
  snprintf(name, SHARD_NAME_SIZE, "shard-%" PRIu32 "%s", index, end);
}

/* Whether ${name} is one that we make, or one that SQLite makes of it. */
static bool is_ours(const char *name)
{
  if (strcmp(name, OUTDIR_REJECTS) == 0)
    return true;
  if (strncmp(name, "shard-", 6) != 0)
    return false;
  name += 6;
  size_t digits = strspn(name, "0123456789");
  for (size_t i = 0; digits > 0 && i < ENDS; i++)
    if (strcmp(name + digits, ends[i]) == 0)
      return true;
  return false;
}

static DIR *list(const struct outdir *out)
{
  const int fd = openat(out->fd, ".", FOLDER | O_CLOEXEC);
  DIR *stream = fd < 0 ? NULL : fdopendir(fd);

  if (stream == NULL && fd >= 0)
    close(fd);
  return stream;
}

/*
 * Count the files that an earlier run left and, if ${removing}, remove them. ${found} is set to the
 * name of one. Returns -1 with errno if the folder, or one of the files, does not let us.
 */
static int each_of_ours(const struct outdir *out, bool removing, char found[NAME_SIZE])
{
  DIR *stream = list(out);
  struct dirent *entry;
  int count = 0, err = 0;

  if (stream == NULL)
    return -1;
  while (err == 0 && (entry = readdir(stream)) != NULL) {
    if (!is_ours(entry->d_name))
      continue;
    if (count++ == 0)
      snprintf(found, NAME_SIZE, "%s", entry->d_name);
    if (removing && unlinkat(out->fd, entry->d_name, 0) != 0 && errno != ENOENT)
      err = errno;
  }
  closedir(stream);
  errno = err;
  return err == 0 ? count : -1;
}

/* Returns 0, EAGAIN: another process has it, ENOENT: it was removed meanwhile, or an errno. */
static int take_lock(struct outdir *out)
{
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  struct stat st;

  out->lock = openat(out->fd, lock_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  out->made_lock = out->lock >= 0;
  if (out->lock < 0 && errno == EEXIST)
    out->lock = openat(out->fd, lock_name, O_RDWR | O_CLOEXEC);
  if (out->lock < 0)
    return errno;
  if (fcntl(out->lock, F_SETLK, &whole) != 0) {
    const int err = errno;
    if (err != EAGAIN && err != EACCES)
      return err;
    out->made_lock = false; /* it was faster, and the file is in use */
    return EAGAIN;
  }
  /* Its last owner may have removed it between our open and our lock, which then locks nothing. */
  if (fstat(out->lock, &st) != 0)
    return errno;
  return st.st_nlink == 0 ? ENOENT : 0;
}

static int enter(struct outdir *out)
{
  out->made = mkdir(out->path, 0777) == 0;
  if (!out->made && errno != EEXIST)
    return errno;
  out->fd = open(out->path, FOLDER | O_CLOEXEC);
  return out->fd < 0 ? errno : take_lock(out);
}

static void leave(struct outdir *out)
{
  /* Before the lock goes: afterwards the file may be another's. */
  if (out->made_lock)
    (void)unlinkat(out->fd, lock_name, 0);
  if (out->made)
    (void)rmdir(out->path); /* refused unless it is empty */
  if (out->lock >= 0)
    close(out->lock);
  if (out->fd >= 0)
    close(out->fd);
  out->made = out->made_lock = false;
  out->lock = out->fd = -1;
}

int outdir_open(struct outdir *out, const char *path)
{
  int err = ENOENT;

  *out = (struct outdir){.path = strdup(path), .fd = -1, .lock = -1};
  if (out->path == NULL)
    err = ENOMEM;
  /* ENOENT is also what one sees when a program that made the folder in vain takes it away. */
  for (int i = 0; i < TRIES && err == ENOENT; i++) {
    err = enter(out);
    if (err != 0)
      leave(out);
  }
  if (err == 0)
    return 0;
  if (err == EAGAIN)
    say("the folder %s is in use by another ingest", path);
  else
    say("cannot use the folder %s for databases: %s", path, strerror(err));
  free(out->path);
  return -1;
}

int outdir_temporary(struct outdir *out, const struct outdir *parent)
{
  *out = (struct outdir){.path = path_join(parent->path, "compare-XXXXXX"), .fd = -1, .lock = -1};
  if (out->path == NULL) {
    say("out of memory");
    return -1;
  }
  out->made = mkdtemp(out->path) != NULL;
  if (out->made)
    out->fd = open(out->path, FOLDER | O_CLOEXEC);
  if (out->fd >= 0)
    return 0;
  say("cannot make a folder in %s: %s", parent->path, strerror(errno));
  outdir_close(out);
  return -1;
}

void outdir_close(struct outdir *out)
{
  leave(out);
  free(out->path);
}

int outdir_clear(const struct outdir *out, bool force)
{
  char found[NAME_SIZE];
  const int count = each_of_ours(out, force, found);

  if (count < 0) {
    say("cannot use the folder %s for databases: %s", out->path, strerror(errno));
    return -1;
  }
  if (count > 0 && !force) {
    say("%s holds databases already (%s): --force replaces them, --out names another folder",
        out->path, found);
    return -1;
  }
  return 0;
}

int outdir_create(struct outdir *out, uint32_t index)
{
  char name[SHARD_NAME_SIZE];

  shard_name(name, index, ".db");
  const int fd = openat(out->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    return errno;
  close(fd);
  out->created = index + 1;
  return 0;
}

int outdir_rejects(struct outdir *out, bool make)
{
  const int flags = make ? O_WRONLY | O_APPEND | O_CREAT | O_EXCL : O_RDONLY;
  const int fd = openat(out->fd, OUTDIR_REJECTS, flags | O_CLOEXEC, 0644);

  if (make && fd >= 0)
    out->made_rejects = true;
  return fd;
}

void outdir_empty(struct outdir *out)
{
  char name[SHARD_NAME_SIZE];

  if (out->made_rejects)
    (void)unlinkat(out->fd, OUTDIR_REJECTS, 0);
  out->made_rejects = false;

  /* A rest that cannot be removed is in nobody's way: the next --force tries again. */
  for (; out->created > 0; out->created--)
    for (size_t i = 0; i < ENDS; i++) {
      shard_name(name, out->created - 1, ends[i]);
      (void)unlinkat(out->fd, name, 0);
    }
}

bool outdir_holds(const struct outdir *out, const char *path)
{
  char *real = realpath(path, NULL), *slash; /* NULL for a pipe's name below /proc, for example */
  struct stat folder, st;
  bool holds = false;

  if (real == NULL || fstat(out->fd, &folder) != 0) {
    free(real);
    return false;
  }
  while (!holds && (slash = strrchr(real, '/')) != NULL && real[1] != '\0') {
    slash[slash == real ? 1 : 0] = '\0'; /* the parent, the last of which is "/" */
    holds = stat(real, &st) == 0 && st.st_dev == folder.st_dev && st.st_ino == folder.st_ino;
  }
  free(real);
  return holds;
}

char *path_join(const char *dir, const char *name)
{
  const size_t length = strlen(dir), size = length + strlen(name) + 2;
  const char *slash = length > 0 && dir[length - 1] == '/' ? "" : "/";
  char *path = malloc(size);

  if (path != NULL)
    snprintf(path, size, "%s%s%s", dir, slash, name);
  return path;
}

char *shard_path(const char *dir, uint32_t index)
{
  char name[SHARD_NAME_SIZE];

  shard_name(name, index, ".db");
  return path_join(dir, name);
}
