/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The terminal: messages, and the one progress line that they must not be mixed up with. Both go
 * to standard error. Every function may be called on any thread.
 */
#ifndef INGEST_CONSOLE_H
#define INGEST_CONSOLE_H

#include <stdbool.h>

#if defined(__GNUC__)
#define CONSOLE_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define CONSOLE_PRINTF
#endif

/* Print "ingest: ...", a line of its own. Control characters, as of odd file names, become '?'. */
void say(const char *format, ...) CONSOLE_PRINTF;

/* Whether there is somebody to show progress to: standard error is a terminal. */
bool console_is_terminal(void);

/* Put a text in the place of the last one, cut to the terminal's width. */
void progress_show(const char *format, ...) CONSOLE_PRINTF;

/* Leave no trace of it. */
void progress_clear(void);

#endif
