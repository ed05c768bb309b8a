/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * moodycamel::ConcurrentQueue, with and without tokens: a queue for each slot, made large enough
 * at the start, and emptied in bulk. In it items keep the order of each producer, and there is none
 * between producers. Its blocks are as large as a batch, not 32 items as by default: that makes all
 * of it faster, a push by a quarter, bulk by half.
 */
#include <concurrentqueue.h>

#include <memory>
#include <new>
#include <vector>

#include "pusher.h"
#include "pusher_sizes.h"

namespace {

/* Copied as by everybody else here, see item_copy(). */
template <size_t Size> struct item {
  uint64_t words[Size / sizeof(uint64_t)];

  item() = default;
  item(const item &from) noexcept
  {
    item_copy(reinterpret_cast<unsigned char *>(words), from.words, Size);
  }
  item &operator=(const item &) = default;
};

struct traits : moodycamel::ConcurrentQueueDefaultTraits {
  static const size_t BLOCK_SIZE = 512;
};

template <size_t Size> using queue = moodycamel::ConcurrentQueue<item<Size>, traits>;

struct tokens {
  virtual ~tokens() = default;
};

/* The queues of all slots, whatever the size of their items. */
struct queues {
  virtual ~queues() = default;
  virtual pushing join() = 0;
  virtual pushing join_with_tokens() = 0;
  virtual size_t drain() = 0;
};

template <size_t Size> struct slot {
  explicit slot(const pusher_job &job)
      : items(job.room, job.threads, job.threads), consumer(items)
  {
  }

  queue<Size> items;
  moodycamel::ConsumerToken consumer;
};

template <size_t Size> using slots = std::vector<std::unique_ptr<slot<Size>>>;

/* A producer's tokens, one for each slot. */
template <size_t Size> struct sized_tokens final : tokens {
  explicit sized_tokens(slots<Size> &of) : all(of)
  {
    for (auto &slot : of)
      token.push_back(std::make_unique<moodycamel::ProducerToken>(slot->items));
  }

  slots<Size> &all;
  std::vector<std::unique_ptr<moodycamel::ProducerToken>> token;
};

template <size_t Size> struct sized_queues final : queues {
  explicit sized_queues(const pusher_job &wanted) : job(wanted)
  {
    for (uint32_t i = 0; i < job.slots; i++)
      all.push_back(std::make_unique<slot<Size>>(job));
  }

  static const item<Size> *as_items(const void *items)
  {
    return static_cast<const item<Size> *>(items);
  }

  static int push(void *with, const void *item, uint32_t slot)
  {
    auto *self = static_cast<sized_queues *>(static_cast<queues *>(with));

    return self->all[slot]->items.enqueue(*as_items(item)) ? 0 : -1;
  }

  static int push_many(void *with, const void *items, size_t count, uint32_t slot)
  {
    auto *self = static_cast<sized_queues *>(static_cast<queues *>(with));

    return self->all[slot]->items.enqueue_bulk(as_items(items), count) ? 0 : -1;
  }

  static int push_token(void *with, const void *item, uint32_t slot)
  {
    auto *mine = static_cast<sized_tokens<Size> *>(static_cast<tokens *>(with));

    return mine->all[slot]->items.enqueue(*mine->token[slot], *as_items(item)) ? 0 : -1;
  }

  static int push_many_token(void *with, const void *items, size_t count, uint32_t slot)
  {
    auto *mine = static_cast<sized_tokens<Size> *>(static_cast<tokens *>(with));
    auto &queue = mine->all[slot]->items;

    return queue.enqueue_bulk(*mine->token[slot], as_items(items), count) ? 0 : -1;
  }

  pushing join() override
  {
    return {push, push_many, static_cast<queues *>(this)};
  }

  pushing join_with_tokens() override
  {
    return {push_token, push_many_token, static_cast<tokens *>(new sized_tokens<Size>(all))};
  }

  size_t drain() override
  {
    size_t total = 0, count;

    for (auto &slot : all) {
      while ((count = slot->items.try_dequeue_bulk(slot->consumer, batch, PUSHER_BATCH)) != 0) {
        job.sink(batch, count, job.state);
        total += count;
      }
    }
    return total;
  }

  pusher_job job;
  slots<Size> all;
  item<Size> batch[PUSHER_BATCH];
};

/* -- For C --------------------------------------------------------------------------------- */

queues *make(const pusher_job &job)
{
  switch (job.item_size) {
  case 8:
    return new sized_queues<8>(job);
  case 16:
    return new sized_queues<16>(job);
  case 32:
    return new sized_queues<32>(job);
  default:
    return new sized_queues<64>(job);
  }
}

void *open_queues(const pusher_job *job)
{
  try {
    return make(*job);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

bool join(void *pusher, pushing *pushing)
{
  *pushing = static_cast<queues *>(pusher)->join();
  return true;
}

bool join_with_tokens(void *pusher, pushing *pushing)
{
  try {
    *pushing = static_cast<queues *>(pusher)->join_with_tokens();
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

void leave_with_tokens(pushing *pushing)
{
  delete static_cast<tokens *>(pushing->with);
}

size_t drain(void *pusher)
{
  return static_cast<queues *>(pusher)->drain();
}

void close_queues(void *pusher)
{
  delete static_cast<queues *>(pusher);
}

} /* namespace */

extern "C" {

extern const pusher pusher_moody_token, pusher_moody_implicit;

const pusher pusher_moody_token = {
    "moodycamel token",
    "ConcurrentQueue " PUSHER_MOODYCAMEL_VERSION "; producer and consumer tokens; blocks of 512",
    0,
    false,
    open_queues,
    join_with_tokens,
    leave_with_tokens,
    drain,
    close_queues,
};

const pusher pusher_moody_implicit = {
    "moodycamel implicit",
    "the same without producer tokens",
    0,
    false,
    open_queues,
    join,
    nullptr,
    drain,
    close_queues,
};
}
