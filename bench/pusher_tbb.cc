/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * oneTBB's unbounded concurrent queue, of items of 16 bytes: one for each slot.
 */
#include <tbb/concurrent_queue.h>

#include <memory>
#include <new>
#include <vector>

#include "pusher.h"
#include "pusher_gather.h"
#include "pusher_sizes.h"

namespace {

/* Copied as by everybody else here, see item_copy(). */
struct item {
  uint64_t words[2];

  item() = default;
  item(const item &from) noexcept
  {
    item_copy(reinterpret_cast<unsigned char *>(words), from.words, sizeof words);
  }
  item &operator=(const item &) = default;
};

struct queues {
  explicit queues(const pusher_job &wanted) : job(wanted)
  {
    for (uint32_t i = 0; i < job.slots; i++)
      slots.push_back(std::make_unique<tbb::concurrent_queue<item>>());
  }

  pusher_job job;
  std::vector<std::unique_ptr<tbb::concurrent_queue<item>>> slots;
  gather gathered;
};

int push(void *with, const void *pushed, uint32_t slot)
{
  try {
    static_cast<queues *>(with)->slots[slot]->push(*static_cast<const item *>(pushed));
    return 0;
  } catch (const std::bad_alloc &) {
    return -1;
  }
}

void *open_queues(const pusher_job *job)
{
  try {
    return new queues(*job);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

bool join(void *pusher, pushing *pushing)
{
  *pushing = {push, nullptr, pusher};
  return true;
}

size_t drain(void *pusher)
{
  auto *all = static_cast<queues *>(pusher);

  gather_begin(&all->gathered, &all->job);
  for (auto &slot : all->slots) {
    while (slot->try_pop(*reinterpret_cast<item *>(gather_place(&all->gathered))))
      gather_next(&all->gathered);
    gather_flush(&all->gathered);
  }
  return all->gathered.total;
}

void close_queues(void *pusher)
{
  delete static_cast<queues *>(pusher);
}

} /* namespace */

extern "C" {

extern const pusher pusher_tbb;

const pusher pusher_tbb = {
    "TBB concurrent_queue",
    "oneTBB " PUSHER_TBB_VERSION "; unbounded; one by one out",
    sizeof(item),
    false,
    open_queues,
    join,
    nullptr,
    drain,
    close_queues,
};
}
