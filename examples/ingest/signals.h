/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C: one thread takes the signals, counts them and tells whoever listens. It does what a
 * signal handler may not: it takes locks and calls the library.
 *
 * SIGINT, SIGTERM and SIGHUP are one and the same here; one that was ignored when the program
 * began (nohup, a shell's background job) stays ignored. The fourth ends the program at once, and
 * so does the third where nobody listens.
 */
#ifndef INGEST_SIGNALS_H
#define INGEST_SIGNALS_H

/* On the signal thread: the ${count}-th signal came. Must not block. */
typedef void (*signals_cb)(int count, void *arg);

/* To be called before the program's first other thread. Returns 0 or an errno. */
int signals_open(void);
void signals_close(void);

/*
 * From now on ${cb} is told; at once, if a signal came before. NULL: nobody is. When it returns,
 * the last listener is not being called, and will not be any more.
 */
void signals_listen(signals_cb cb, void *arg);

/* How many have come. */
int signals_count(void);

#endif
