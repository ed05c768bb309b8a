// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//
// One queue of {slot, item} for all slots, whatever queue that is: producers push into it, the
// ticker's thread takes out what there is and sorts it. A producer wakes that thread each time it
// has pushed as many items as a batch holds, and when no tick is to come.
//
// A Queue has push(lane, record), take(records, count) and a Lane, which is what a producer
// pushes through; the thread that takes is always the same one.
#ifndef BENCH_INGRESS_HPP
#define BENCH_INGRESS_HPP

#include <cstdint>
#include <new>

#include "demux.h"
#include "peers.h"
#include "ticker.h"

template <typename Queue>
class ingress {
 public:
  static void *open(const peer_job *job)
  {
    ingress *opened = new (std::nothrow) ingress(*job);

    if (opened == nullptr)
      return nullptr;
    if (opened->start())
      return opened;
    delete opened;
    return nullptr;
  }

  static void *join(void *peer, uint32_t)
  {
    return new (std::nothrow) producer(*static_cast<ingress *>(peer));
  }

  static void leave(void *joined)
  {
    delete static_cast<producer *>(joined);
  }

  static int push(void *joined, const peer_item *item, uint32_t slot)
  {
    producer &from = *static_cast<producer *>(joined);

    if (!from.into.queue.push(from.lane, demux_record{*item, slot}))
      return -1;
    if (++from.since_wake >= from.batch) {
      from.since_wake = 0;
      ticker_wake(from.into.ticker);
    } else if (from.dormant.load(std::memory_order_relaxed)) { // see ticker.h
      ticker_wake(from.into.ticker);
    }
    return 0;
  }

  static uint64_t wakeups(void *peer)
  {
    return ticker_wakeups(static_cast<ingress *>(peer)->ticker);
  }

  static void close(void *peer)
  {
    ingress *closing = static_cast<ingress *>(peer);

    ticker_close(closing->ticker);
    delete closing;
  }

 private:
  // The producer's alone, and on lines of its own.
  struct alignas(64) producer {
    explicit producer(ingress &from)
        : into(from), lane(from.queue), dormant(*ticker_dormant(from.ticker)),
          batch(from.job.batch)
    {
    }

    ingress &into;
    typename Queue::Lane lane;
    const ticker_flag &dormant;
    const uint32_t batch;
    uint32_t since_wake = 0;
  };

  explicit ingress(const peer_job &from) : job(from), demux(demux_open(&from)) {}

  ~ingress()
  {
    if (demux != nullptr)
      demux_close(demux);
  }

  bool start()
  {
    const ticker_calls calls = {take_all, flush};

    if (demux != nullptr)
      ticker = ticker_open(&calls, job.interval_ms, this);
    return ticker != nullptr;
  }

  // Not for ever: if the producers keep up with this, a tick may be due meanwhile.
  static void take_all(void *peer)
  {
    ingress &from = *static_cast<ingress *>(peer);

    for (int turn = 0; turn < 128; turn++) {
      const size_t count = from.queue.take(from.records, DEMUX_RECORDS);

      if (count == 0)
        return;
      demux_add(from.demux, from.records, count);
    }
    ticker_wake(from.ticker);
  }

  static bool flush(void *peer)
  {
    take_all(peer);
    return demux_flush(static_cast<ingress *>(peer)->demux);
  }

  const peer_job job;
  struct demux *const demux;
  struct ticker *ticker = nullptr;
  demux_record records[DEMUX_RECORDS];
  Queue queue;
};

#endif // BENCH_INGRESS_HPP
