/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The folder of the databases: shard-0.db and so on, with the files that SQLite keeps beside them.
 * Nothing else in it is ever touched.
 */
#ifndef INGEST_OUTDIR_H
#define INGEST_OUTDIR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Make sure that ${dir} exists and holds no databases: ${force} removes those that it holds.
 * Returns 0, or -1 after a message.
 */
int outdir_open(const char *dir, bool force);

/* Remove the databases from ${dir}. */
void outdir_empty(const char *dir);

/* "dir/name" and "dir/shard-7.db" on the heap; NULL if memory was refused. */
char *path_join(const char *dir, const char *name);
char *shard_path(const char *dir, uint32_t index);

#endif
