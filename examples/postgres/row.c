/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_mistake(struct row *row, int64_t number)
{
  if (number % 3 == 0) {
    row->value = -1;
  } else if (number % 3 == 1) {
    memset(row->note, 'x', NOTE_MAX + 1);
    row->note[NOTE_MAX + 1] = '\0';
  } else {
    memcpy(row->note, "caf\351", 5);
  }
}

void row_make(struct row *row, int64_t key, uint32_t source, uint32_t poison)
{
  memset(row, 0, sizeof *row);
  row->key = key;
  row->source = (int32_t)source;
  row->value = (int32_t)(key % 1000);
  snprintf(row->note, sizeof row->note, "reading %" PRId64, key);
  if (poison > 0 && key % poison == 0)
    add_mistake(row, key / poison);
}

void row_to_text(const struct row *row, struct row_text *text)
{
  snprintf(text->key, sizeof text->key, "%" PRId64, row->key);
  snprintf(text->source, sizeof text->source, "%" PRId32, row->source);
  snprintf(text->value, sizeof text->value, "%" PRId32, row->value);
  text->values[0] = text->key;
  text->values[1] = text->source;
  text->values[2] = text->value;
  text->values[3] = row->note;
}

/* Many connections may find at once that there is no table: the lock, which goes with the
   transaction, lets one after the other look. Its number is any that nobody else uses. */
void row_create_sql(char *sql, size_t size, const char *table)
{
  snprintf(sql, size,
           "SELECT pg_advisory_xact_lock(7301862); "
           "CREATE TABLE IF NOT EXISTS \"%s\" (key bigint PRIMARY KEY, source integer NOT NULL, "
           "value integer NOT NULL CHECK (value >= 0), note varchar(%d) NOT NULL)",
           table, NOTE_MAX);
}

/* A batch whose answer was lost is sent again: what is there already stays as it is. */
void row_insert_sql(char *sql, size_t size, const char *table)
{
  snprintf(sql, size,
           "INSERT INTO \"%s\" (key, source, value, note) VALUES ($1, $2, $3, $4) "
           "ON CONFLICT (key) DO NOTHING",
           table);
}
