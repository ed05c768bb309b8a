/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Which lines SQLite may be given as TEXT.
 */
#ifndef INGEST_UTF8_H
#define INGEST_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether ${bytes} are well-formed UTF-8 (as Unicode's table 3-7 has it) without a NUL. */
bool utf8_is_text(const char *bytes, size_t length);

#endif
