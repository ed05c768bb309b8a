/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "console.h"
#include "signals.h"

struct walk {
  struct files *files;
  const struct outdir *out;
  struct stat out_st;
};

static int walk_folder(struct walk *walk, const char *path);

static void cannot_look(struct walk *walk, const char *path, int err)
{
  say("cannot read %s: %s", path, strerror(err));
  walk->files->failed++;
}

/* Takes ${path} over. */
static int add(struct files *files, char *path)
{
  if (files->count == files->room) {
    size_t room = files->room == 0 ? 256 : files->room * 2;
    char **grown = room >= UINT32_MAX ? NULL : realloc(files->path, room * sizeof *grown);
    if (grown == NULL) {
      say("too many files for this memory: %zu", files->count);
      free(path);
      return -1;
    }
    files->path = grown;
    files->room = room;
  }
  files->path[files->count++] = path;
  return 0;
}

/* Takes ${path} over. ${named}: by the user, who may mean a device or a link to a folder. */
static int walk_path(struct walk *walk, char *path, bool named)
{
  struct stat st, target;
  int err = 0;

  if (path == NULL) {
    say("out of memory");
    return -1;
  }
  if ((named ? stat(path, &st) : lstat(path, &st)) != 0) {
    cannot_look(walk, path, errno);
  } else if (S_ISDIR(st.st_mode)) {
    if (st.st_dev != walk->out_st.st_dev || st.st_ino != walk->out_st.st_ino)
      err = walk_folder(walk, path);
  } else if (S_ISLNK(st.st_mode) && stat(path, &target) != 0) {
    cannot_look(walk, path, errno);
  } else if (S_ISLNK(st.st_mode) && outdir_holds(walk->out, path)) {
    err = 0; /* a database of ours, by another name: about to be replaced, or in use */
  } else if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && S_ISREG(target.st_mode)) || named) {
    walk->files->readable_once |= named && !S_ISREG(st.st_mode);
    return add(walk->files, path);
  }
  free(path);
  return err;
}

static int walk_folder(struct walk *walk, const char *path)
{
  struct dirent **entries;
  int err = 0, count = scandir(path, &entries, NULL, alphasort);

  if (count < 0) {
    cannot_look(walk, path, errno);
    return 0;
  }
  for (int i = 0; i < count; i++) {
    const char *name = entries[i]->d_name;
    if (err == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && signals_count() == 0)
      err = walk_path(walk, path_join(path, name), false);
    free(entries[i]);
  }
  free(entries);
  return err;
}

int files_list(struct files *files, char **paths, size_t path_count, const struct outdir *out)
{
  struct walk walk = {.files = files, .out = out};
  int err = 0;

  memset(files, 0, sizeof *files);
  if (fstat(out->fd, &walk.out_st) != 0) {
    say("cannot look at the folder %s: %s", out->path, strerror(errno));
    return -1;
  }
  for (size_t i = 0; i < path_count && err == 0; i++) {
    if (outdir_holds(out, paths[i])) {
      say("%s is inside %s, the folder for the databases, which is never read", paths[i],
          out->path);
      return -1;
    }
    err = walk_path(&walk, strdup(paths[i]), true);
  }
  return err;
}

void files_free(struct files *files)
{
  for (size_t i = 0; i < files->count; i++)
    free(files->path[i]);
  free(files->path);
}
