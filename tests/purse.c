/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
#include "purse.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x6d706363, HEADER = 64 };

struct block {
  purse_t *owner;
  size_t size;
  uint32_t magic;
};

static bool may_have(purse_t *purse, size_t size)
{
  purse->asked++;
  bool refuse = purse->refuse_at != 0 &&
                (purse->asked == purse->refuse_at ||
                 (purse->sticky && purse->asked > purse->refuse_at));
  refuse |= size > SIZE_MAX - HEADER;
  refuse |= purse->limit != 0 && (size > purse->limit || purse->live_bytes > purse->limit - size);
  purse->refused += refuse;
  return !refuse;
}

static void *take(purse_t *purse, size_t size, bool zeroed)
{
  unsigned char *memory = NULL;
  pthread_mutex_lock(&purse->mutex);
  purse->calls++;
  if (may_have(purse, size))
    memory = zeroed ? calloc(1, HEADER + size) : malloc(HEADER + size);
  if (memory != NULL) {
    *(struct block *)(void *)memory = (struct block){purse, size, MAGIC};
    purse->live++;
    purse->live_bytes += size;
    memory += HEADER;
  }
  pthread_mutex_unlock(&purse->mutex);
  return memory;
}

static struct block *block_of(void *memory)
{
  return (struct block *)(void *)((unsigned char *)memory - HEADER);
}

static void *purse_malloc(size_t size, void *user)
{
  return take(user, size, false);
}

static void *purse_calloc(size_t count, size_t size, void *user)
{
  size_t whole = size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
  return take(user, whole, true);
}

static void purse_free(void *memory, void *user)
{
  purse_t *purse = user;
  pthread_mutex_lock(&purse->mutex);
  purse->calls++;
  if (memory != NULL) {
    struct block *block = block_of(memory);
    if (block->magic == MAGIC && block->owner == purse) {
      purse->live--;
      purse->live_bytes -= block->size;
      block->magic = 0;
      free(block);
    } else {
      purse->strangers++;
    }
  }
  pthread_mutex_unlock(&purse->mutex);
}

static void *purse_realloc(void *memory, size_t size, void *user)
{
  void *larger = take(user, size, false);
  if (larger == NULL || memory == NULL)
    return larger;
  size_t kept = block_of(memory)->size;
  memcpy(larger, memory, kept < size ? kept : size);
  purse_free(memory, user);
  return larger;
}

void purse_open(purse_t *purse, mpcc_allocator_t *allocator)
{
  memset(purse, 0, sizeof(*purse));
  pthread_mutex_init(&purse->mutex, NULL);
  *allocator = (mpcc_allocator_t){purse_malloc, purse_calloc, purse_realloc, purse_free, purse};
}

void purse_refuse(purse_t *purse, uint64_t k, bool sticky)
{
  pthread_mutex_lock(&purse->mutex);
  purse->refuse_at = k == 0 ? 0 : purse->asked + k;
  purse->sticky = sticky;
  pthread_mutex_unlock(&purse->mutex);
}

uint64_t purse_calls(purse_t *purse)
{
  pthread_mutex_lock(&purse->mutex);
  uint64_t calls = purse->calls;
  pthread_mutex_unlock(&purse->mutex);
  return calls;
}

uint64_t purse_refused(purse_t *purse)
{
  pthread_mutex_lock(&purse->mutex);
  uint64_t refused = purse->refused;
  pthread_mutex_unlock(&purse->mutex);
  return refused;
}

bool purse_close(purse_t *purse)
{
  pthread_mutex_destroy(&purse->mutex);
  return purse->live == 0 && purse->strangers == 0;
}
