// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//
// moodycamel::ConcurrentQueue, one for each slot, without tokens: a token for each producer and
// slot would take more memory than the items. What comes out needs no sorting. A producer that has
// pushed as many items into a slot as a batch holds puts the slot on a list and wakes the thread;
// a tick looks at every slot.
#include <atomic>
#include <memory>
#include <new>
#include <vector>

#include "moodycamel.hpp"
#include "peers.h"
#include "ticker.h"

namespace {

using queue_of_items = moodycamel::ConcurrentQueue<peer_item, moodycamel_traits>;

class batcher {
 public:
  struct slot {
    queue_of_items queue{0};
    std::atomic<bool> listed{false};
    slot *next = nullptr; // in the list
    std::unique_ptr<peer_item[]> batch;
    uint32_t count = 0;
  };

  struct alignas(64) producer {
    explicit producer(batcher &from)
        : into(from), dormant(*ticker_dormant(from.ticker)), since_wake(from.job.slots)
    {
    }

    batcher &into;
    const ticker_flag &dormant;
    std::vector<uint32_t> since_wake; // by slot
  };

  explicit batcher(const peer_job &from) : job(from), slots(from.slots)
  {
    for (slot &each : slots)
      each.batch.reset(new peer_item[job.batch]);
  }

  bool start()
  {
    const ticker_calls calls = {on_wake, on_tick};

    ticker = ticker_open(&calls, job.interval_ms, this);
    return ticker != nullptr;
  }

  void list(slot &full)
  {
    // acq_rel: with on_wake(), which takes the mark away before it looks into the queue.
    if (full.listed.exchange(true, std::memory_order_acq_rel))
      return;
    full.next = first.load(std::memory_order_relaxed); // relaxed: checked by the exchange
    while (!first.compare_exchange_weak(full.next, &full, std::memory_order_release,
                                        std::memory_order_relaxed))
      continue;
  }

  // Full batches only; what is left is in slot.batch. Not for ever: see ingress.hpp.
  void take(slot &from)
  {
    for (int turn = 0; turn < 128; turn++) {
      const size_t count = from.queue.try_dequeue_bulk(from.batch.get() + from.count,
                                                       job.batch - from.count);

      from.count += static_cast<uint32_t>(count);
      if (from.count < job.batch)
        return;
      hand_out(from);
    }
    list(from);
    ticker_wake(ticker);
  }

  void hand_out(slot &from)
  {
    job.pump(from.batch.get(), from.count, static_cast<uint32_t>(&from - slots.data()),
             job.state);
    from.count = 0;
  }

  static void on_wake(void *peer)
  {
    batcher &from = *static_cast<batcher *>(peer);
    slot *full = from.first.exchange(nullptr, std::memory_order_acquire); // pairs with list()

    while (full != nullptr) {
      slot *const next = full->next; // it may be listed again from here on

      full->listed.exchange(false, std::memory_order_acq_rel);
      from.take(*full);
      full = next;
    }
  }

  static bool on_tick(void *peer)
  {
    batcher &from = *static_cast<batcher *>(peer);
    bool any = false;

    on_wake(peer);
    for (slot &each : from.slots) {
      if (each.count == 0 && each.queue.size_approx() == 0)
        continue;
      from.take(each);
      if (each.count != 0)
        from.hand_out(each);
      any = true;
    }
    return any;
  }

  const peer_job job;
  struct ticker *ticker = nullptr;

 private:
  alignas(64) std::atomic<slot *> first{nullptr};

 public:
  alignas(64) std::vector<slot> slots;
};

void *open_batcher(const peer_job *job)
{
  batcher *opened = new (std::nothrow) batcher(*job);

  if (opened == nullptr || opened->start())
    return opened;
  delete opened;
  return nullptr;
}

void *join(void *peer, uint32_t)
{
  return new (std::nothrow) batcher::producer(*static_cast<batcher *>(peer));
}

void leave(void *joined)
{
  delete static_cast<batcher::producer *>(joined);
}

int push(void *joined, const peer_item *item, uint32_t index)
{
  batcher::producer &from = *static_cast<batcher::producer *>(joined);
  batcher::slot &slot = from.into.slots[index];

  if (!slot.queue.enqueue(*item))
    return -1;
  if (++from.since_wake[index] >= from.into.job.batch) {
    from.since_wake[index] = 0;
    from.into.list(slot);
    ticker_wake(from.into.ticker);
  } else if (from.dormant.load(std::memory_order_relaxed)) { // see ticker.h
    ticker_wake(from.into.ticker);
  }
  return 0;
}

uint64_t wakeups(void *peer)
{
  return ticker_wakeups(static_cast<batcher *>(peer)->ticker);
}

void close(void *peer)
{
  batcher *closing = static_cast<batcher *>(peer);

  ticker_close(closing->ticker);
  delete closing;
}

} // namespace

const peer peer_moodycamel_slots = {
  "moodycamel per slot",
  MOODYCAMEL ", one for each slot; no tokens; blocks of 512; bulk dequeue",
  1000, false, open_batcher, join, leave, push, wakeups, close,
};
