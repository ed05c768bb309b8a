/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* Text that grows. Without memory it stops growing and says so at the end: check ${failed}. */
#ifndef METRICS_TEXT_H
#define METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics_text {
  char *bytes;
  size_t length, room;
  bool failed;
};

void metrics_text_free(struct metrics_text *text);

void metrics_text_add(struct metrics_text *text, const char *format, ...);

/* As a label's value, between quotation marks. */
void metrics_text_add_quoted(struct metrics_text *text, const char *value);

/* value / 10^decimals, exactly. */
void metrics_text_add_scaled(struct metrics_text *text, uint64_t value, unsigned decimals);

#endif
