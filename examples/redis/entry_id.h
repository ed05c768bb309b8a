/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * What is pushed: the id of a stream's entry, "milliseconds-sequence", as two numbers: 16 bytes in
 * place of a text of up to 41.
 */
#ifndef REDIS_STREAM_ENTRY_ID_H
#define REDIS_STREAM_ENTRY_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entry_id {
  uint64_t ms, sequence;
};

enum { ENTRY_ID_TEXT = 42 }; /* two numbers of 20 digits, a dash, a NUL */

/* Whether ${text} is an id; then *id is it. */
bool entry_id_parse(struct entry_id *id, const char *text);

/* Returns the length of what it has written. */
size_t entry_id_format(char text[ENTRY_ID_TEXT], const struct entry_id *id);

#endif
