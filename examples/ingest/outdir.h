/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The folder of the databases: shard-0.db and so on, with the files that SQLite keeps beside them,
 * and the rejects file. What this run did not create is removed by outdir_clear() only, and there
 * only what has such a name; nothing else in the folder is ever touched.
 *
 * ingest.lock in it is locked from outdir_open() to outdir_close(), so that two programs never
 * have one folder. The lock ends with the process; a file left by one that was killed is harmless.
 */
#ifndef INGEST_OUTDIR_H
#define INGEST_OUTDIR_H

#include <stdbool.h>
#include <stdint.h>

#define OUTDIR_REJECTS "rejects.tsv"

struct outdir {
  char *path;
  int fd;           /* the folder, even if somebody puts another in its place */
  int lock;         /* ingest.lock; -1: a temporary folder, which nobody else knows */
  uint32_t created; /* the databases with a lower index are this run's */
  bool made, made_lock, made_rejects;
};

/* Make sure that the folder ${path} exists, and is nobody else's now.
 * Returns 0, or -1 after a message. */
int outdir_open(struct outdir *out, const char *path);

/* Make a folder with a new name inside ${parent}. Returns 0, or -1 after a message. */
int outdir_temporary(struct outdir *out, const struct outdir *parent);

/* Let others have it. A folder that we made and that is empty does not stay. */
void outdir_close(struct outdir *out);

/* Make sure that it holds no databases: ${force} removes those that it holds.
 * Returns 0, or -1 after a message. */
int outdir_clear(const struct outdir *out, bool force);

/* Create the empty file of database ${index}: from 0, in order. Returns 0 or an errno: EEXIST if
 * there is something. */
int outdir_create(struct outdir *out, uint32_t index);

/* Open the rejects file: ${make} a new one to append to, or the one that was made, to read it.
 * Returns a descriptor, or -1 with errno: EEXIST, ENOENT. */
int outdir_rejects(struct outdir *out, bool make);

/* Remove what outdir_create() created, with what SQLite made of it, and the rejects file. */
void outdir_empty(struct outdir *out);

/* Whether ${path} leads to something inside the folder, at any depth. */
bool outdir_holds(const struct outdir *out, const char *path);

/* "dir/name" and "dir/shard-7.db" on the heap; NULL if memory was refused. */
char *path_join(const char *dir, const char *name);
char *shard_path(const char *dir, uint32_t index);

#endif
