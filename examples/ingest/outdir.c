/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "outdir.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"

enum { NAME_SIZE = 256 };

/* Whether ${name} is one that shard_path() makes, or one that SQLite makes of it. */
static bool is_ours(const char *name)
{
  static const char *const ends[] = {".db", ".db-wal", ".db-shm", ".db-journal"};

  if (strncmp(name, "shard-", 6) != 0)
    return false;
  name += 6;
  size_t digits = strspn(name, "0123456789");
  for (size_t i = 0; digits > 0 && i < sizeof ends / sizeof ends[0]; i++)
    if (strcmp(name + digits, ends[i]) == 0)
      return true;
  return false;
}

/*
 * Count our files in ${dir} and, if ${removing}, remove them. ${found} is set to the name of one.
 * Returns -1 with errno if the folder, or one of the files, does not let us.
 */
static int each_of_ours(const char *dir, bool removing, char found[NAME_SIZE])
{
  DIR *stream = opendir(dir);
  struct dirent *entry;
  int count = 0, err = 0;

  if (stream == NULL)
    return -1;
  while (err == 0 && (entry = readdir(stream)) != NULL) {
    if (!is_ours(entry->d_name))
      continue;
    if (count++ == 0)
      snprintf(found, NAME_SIZE, "%s", entry->d_name);
    if (removing && unlinkat(dirfd(stream), entry->d_name, 0) != 0 && errno != ENOENT)
      err = errno;
  }
  closedir(stream);
  errno = err;
  return err == 0 ? count : -1;
}

int outdir_open(const char *dir, bool force)
{
  char found[NAME_SIZE];
  int count;

  if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
    say("cannot make the folder %s: %s", dir, strerror(errno));
    return -1;
  }
  count = each_of_ours(dir, force, found);
  if (count < 0) {
    say("cannot use the folder %s for databases: %s", dir, strerror(errno));
    return -1;
  }
  if (count > 0 && !force) {
    say("%s holds databases already (%s): --force replaces them, --out names another folder", dir,
        found);
    return -1;
  }
  return 0;
}

void outdir_empty(const char *dir)
{
  char found[NAME_SIZE];

  /* A rest that cannot be removed is in nobody's way: the next --force tries again. */
  (void)each_of_ours(dir, true, found);
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
  char name[32];

  snprintf(name, sizeof name, "shard-%" PRIu32 ".db", index);
  return path_join(dir, name);
}
