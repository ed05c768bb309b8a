/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * The auto-reset wake-up of a loop: one word, any number of signallers, one sleeper.
 *
 *            signal              signal: send!            consume
 *     AWAKE --------> SIGNALLED <-------------- ASLEEP    any -------> AWAKE
 *       '------------------- sleep ----------------^
 *
 * A signal costs one exchange, and sends (writes to a descriptor, calls on_wake) only when it finds
 * the sleeper ASLEEP: at most once until the sleeper has consumed it. The loop consumes *before*
 * it takes its lists, and sleeps only by a compare-exchange that fails after a signal: so a
 * signal is either followed by a look, or sends.
 *
 * Orderings:
 *
 *   event.word  signal (release) with consume (acquire): what was put on a list before the signal
 *               is seen by the look that follows the consume. Sleep (release) with signal
 *               (acquire): who finds it asleep sees what it sends to. The store-load pair "put,
 *               then see whether it sleeps" against "sleep, then see whether there is something" is
 *               safe because both ends are read-modify-writes of one word.
 */
#ifndef MPCC__EVENT_H
#define MPCC__EVENT_H

#include <stdatomic.h>
#include <stdbool.h>

enum { MPCC__EVENT_AWAKE, MPCC__EVENT_SIGNALLED, MPCC__EVENT_ASLEEP };

struct mpcc__event {
  atomic_int word;
};

void mpcc__event_init(struct mpcc__event *event);

/* Any thread. True if the caller, and nobody else, must send. */
bool mpcc__event_signal(struct mpcc__event *event);

/* The sleeper, before it looks for work. True if it had been signalled. */
bool mpcc__event_consume(struct mpcc__event *event);

/* The sleeper: whether it has been signalled, by the look of it. */
bool mpcc__event_peek(const struct mpcc__event *event);

/* The sleeper, when it found no more work. False if it was signalled meanwhile: look again. */
bool mpcc__event_sleep(struct mpcc__event *event);

#endif
