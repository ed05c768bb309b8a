/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/* What gcc calls for each access that is not atomic, and what the program calls to copy memory. */
#include <stddef.h>
#include <string.h>

#include "shadow.h"

#define ACCESS(size) \
  void __tsan_read##size(const void *at); \
  void __tsan_read##size(const void *at) \
  { \
    sim_shadow_read(at, size); \
  } \
  void __tsan_write##size(const void *at); \
  void __tsan_write##size(const void *at) \
  { \
    sim_shadow_write(at, size); \
  } \
  void __tsan_unaligned_read##size(const void *at); \
  void __tsan_unaligned_read##size(const void *at) \
  { \
    sim_shadow_read(at, size); \
  } \
  void __tsan_unaligned_write##size(const void *at); \
  void __tsan_unaligned_write##size(const void *at) \
  { \
    sim_shadow_write(at, size); \
  }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __tsan_read_range(const void *at, size_t size);
void __tsan_read_range(const void *at, size_t size)
{
  sim_shadow_read(at, size);
}

void __tsan_write_range(const void *at, size_t size);
void __tsan_write_range(const void *at, size_t size)
{
  sim_shadow_write(at, size);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
  (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

void *sim_memcpy(void *to, const void *from, size_t size);
void *sim_memcpy(void *to, const void *from, size_t size)
{
  sim_shadow_read(from, size);
  sim_shadow_write(to, size);
  return memcpy(to, from, size);
}

void *sim_memmove(void *to, const void *from, size_t size);
void *sim_memmove(void *to, const void *from, size_t size)
{
  sim_shadow_read(from, size);
  sim_shadow_write(to, size);
  return memmove(to, from, size);
}

void *sim_memset(void *to, int value, size_t size);
void *sim_memset(void *to, int value, size_t size)
{
  sim_shadow_write(to, size);
  return memset(to, value, size);
}
