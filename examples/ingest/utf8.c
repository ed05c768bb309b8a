/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* The length of the ASCII bytes at the start, NUL not among them. */
static size_t ascii_run(const unsigned char *s, size_t length)
{
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  size_t i = 0;
  uint64_t word;

  for (; length - i >= sizeof word; i += sizeof word) {
    memcpy(&word, s + i, sizeof word);
    /* Without a high bit and without a 0, no byte of word - ones borrows or has a high bit. */
    if (((word | (word - ones)) & highs) != 0)
      break;
  }
  while (i < length && s[i] != 0 && s[i] < 0x80)
    i++;
  return i;
}

/* The length of the character of two to four bytes at the start, or 0: there is none. */
static size_t long_character(const unsigned char *s, size_t length)
{
  const unsigned char first = s[0];
  const size_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  /* What the second byte may not be: overlong forms, surrogates, and beyond the end of Unicode. */
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

  if (first < 0xc2 || first > 0xf4 || length < need || s[1] < low || s[1] > high)
    return 0;
  for (size_t i = 2; i < need; i++)
    if (s[i] < 0x80 || s[i] > 0xbf)
      return 0;
  return need;
}

bool utf8_is_text(const char *bytes, size_t length)
{
  const unsigned char *s = (const unsigned char *)bytes;
  size_t step;

  for (size_t i = 0; i < length; i += step) {
    step = ascii_run(s + i, length - i);
    if (step == 0)
      step = long_character(s + i, length - i);
    if (step == 0)
      return false;
  }
  return true;
}
