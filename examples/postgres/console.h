/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Messages to the user.
 */
#ifndef POSTGRES_CONSOLE_H
#define POSTGRES_CONSOLE_H

#include <stddef.h>

/* One line on standard error, from any thread. */
#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
void say(const char *format, ...);

/* Copy ${from}, as libpq and the server put it, as one line: they like to wrap and to indent. */
void say_flat(char *to, size_t size, const char *from);

#endif
