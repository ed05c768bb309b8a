/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What is pushed, and what it is in SQL. Whoever has rows of another kind changes this room.
 */
#ifndef POSTGRES_ROW_H
#define POSTGRES_ROW_H

#include <stddef.h>
#include <stdint.h>

enum { NOTE_MAX = 40, ROW_VALUES = 4 };

/* The item: 64 bytes, nothing outside. */
struct row {
  int64_t key; /* says which event this is: stored once, however often it is sent */
  int32_t source;
  int32_t value;
  char note[NOTE_MAX + 8];
};

/* A row as parameters of row_insert_sql(). */
struct row_text {
  char key[24], source[12], value[12];
  const char *values[ROW_VALUES];
};

/*
 * The reading with this key. If ${poison} is not 0, every key that it divides has a mistake which
 * only the database finds: a CHECK constraint, a text too long, or bytes that are no UTF-8.
 */
void row_make(struct row *row, int64_t key, uint32_t source, uint32_t poison);

/* Valid as long as both are. */
void row_to_text(const struct row *row, struct row_text *text);

/* Statements for ${table}, a plain name. They are cut if ${size} is too small: 512 is enough. */
void row_create_sql(char *sql, size_t size, const char *table);
void row_insert_sql(char *sql, size_t size, const char *table);

/* What the insert is called once it is prepared. */
#define ROW_INSERT "insert_row"

#endif
