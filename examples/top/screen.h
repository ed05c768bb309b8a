/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* The terminal, by way of ncurses. */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "page.h"

/* 0; -1: input or output is no terminal, or one that ncurses does not know or that can't move its
 * cursor. */
int screen_open(void);

/* As it was before. Also when it is not open. */
void screen_close(void);

unsigned screen_lines(void);
void screen_draw(const struct page *page);

/* After SIGWINCH. */
void screen_resize(void);

/* The next key, or -1. */
int screen_key(void);

#endif
