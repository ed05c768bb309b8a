/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * A connection of its own, that blocks, for before and after a run: what is really in the table?
 */
#ifndef POSTGRES_DATABASE_H
#define POSTGRES_DATABASE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

/* Rows of ${table} with a key from ${first} to ${last}. Returns 0, or -1 after a message. */
int database_count(const char *connect, const char *table, uint64_t first, uint64_t last,
                   uint64_t *rows);

/* Make ${table}. Returns 0, or -1 after a message. */
int database_make(const char *connect, const char *table);

/* A connection like those, or NULL after a message that begins with ${what}. */
PGconn *database_connect(const char *connect, const char *what);

/* Remove ${table}, if there is one. Returns 0, or -1 after a message. */
int database_drop(const char *connect, const char *table);

/* What a commit costs depends on this: "fsync on, synchronous_commit on". Returns 0, or -1. */
int database_settings(const char *connect, char *text, size_t size);

#endif
