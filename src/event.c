/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "event.h"

void mpcc__event_init(struct mpcc__event *event)
{
  atomic_init(&event->word, MPCC__EVENT_AWAKE);
}

bool mpcc__event_signal(struct mpcc__event *event)
{
  /* pairs event.word: whoever consumes this signal sees what was done before it. */
  return atomic_exchange_explicit(&event->word, MPCC__EVENT_SIGNALLED, memory_order_acq_rel) ==
         MPCC__EVENT_ASLEEP;
}

bool mpcc__event_consume(struct mpcc__event *event)
{
  /* pairs event.word: acquires what was done before every signal so far. */
  return atomic_exchange_explicit(&event->word, MPCC__EVENT_AWAKE, memory_order_acquire) ==
         MPCC__EVENT_SIGNALLED;
}

bool mpcc__event_peek(const struct mpcc__event *event)
{
  /* relaxed: who believes it consumes it next. */
  return atomic_load_explicit(&event->word, memory_order_relaxed) == MPCC__EVENT_SIGNALLED;
}

bool mpcc__event_sleep(struct mpcc__event *event)
{
  int awake = MPCC__EVENT_AWAKE;

  /* pairs event.word: the next signal finds it asleep, and sees what to send to, or this fails. */
  return atomic_compare_exchange_strong_explicit(&event->word, &awake, MPCC__EVENT_ASLEEP,
                                                 memory_order_release, memory_order_relaxed);
}
