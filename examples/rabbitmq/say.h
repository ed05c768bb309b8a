/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Messages for people, on standard error, each a line of its own. On any thread.
 */
#ifndef RABBITMQ_SAY_H
#define RABBITMQ_SAY_H

#if defined(__GNUC__)
#define SAY_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define SAY_PRINTF
#endif

/* To be called before the program's first other thread. */
void say_name(const char *program);

/* Print "program: ...". Control characters, as of what a server sends, become '?'. */
void say(const char *format, ...) SAY_PRINTF;

#endif
