/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * One function for each size of item. PUSHER_EACH_SIZE(PUSHER_PUSH) makes push_8() to push_64() out
 * of an inline push() with one argument more, the size; PUSHER_OF_SIZE(push, size) is one of them.
 */
#ifndef BENCH_PUSHER_SIZES_H
#define BENCH_PUSHER_SIZES_H

#include <stddef.h>
#include <stdint.h>

#define PUSHER_EACH_SIZE(macro) macro(8) macro(16) macro(32) macro(64)

#define PUSHER_OF_SIZE(name, size) \
  ((size) == 8 ? name##_8 : (size) == 16 ? name##_16 : (size) == 32 ? name##_32 : name##_64)

#define PUSHER_PUSH(size) \
  static int push_##size(void *with, const void *item, uint32_t slot) \
  { \
    return push(with, item, slot, size); \
  }

#define PUSHER_PUSH_MANY(size) \
  static int push_many_##size(void *with, const void *items, size_t count, uint32_t slot) \
  { \
    return push_many(with, items, count, slot, size); \
  }

/* Word by word, as the caller has written it just before: a wider load would have to wait for those
 * stores. ${size} is a constant. */
static inline void item_copy(unsigned char *to, const void *item, size_t size)
{
  const volatile uint64_t *from = (const volatile uint64_t *)item;
  uint64_t *words = (uint64_t *)(void *)to;

  words[0] = from[0];
  if (size >= 16)
    words[1] = from[1];
  for (size_t i = 2; size >= 32 && i < 4; i++)
    words[i] = from[i];
  for (size_t i = 4; size >= 64 && i < 8; i++)
    words[i] = from[i];
}

#endif /* BENCH_PUSHER_SIZES_H */
