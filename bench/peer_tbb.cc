// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//
// oneTBB's concurrent_queue, one of {slot, item} for all slots. It has no bulk operations.
#include <tbb/concurrent_queue.h>

#include "ingress.hpp"

namespace {

class queue_of_records {
 public:
  struct Lane {
    explicit Lane(queue_of_records &) {}
  };

  bool push(Lane &, const demux_record &record)
  {
    queue.push(record);
    return true;
  }

  size_t take(demux_record *records, size_t count)
  {
    size_t taken = 0;

    while (taken < count && queue.try_pop(records[taken]))
      taken++;
    return taken;
  }

 private:
  tbb::concurrent_queue<demux_record> queue;
};

using batcher = ingress<queue_of_records>;

} // namespace

const peer peer_tbb = {
  "TBB",
  "concurrent_queue of oneTBB " PEER_TBB_VERSION ", one for all slots; demultiplexer",
  0, false, batcher::open, batcher::join, batcher::leave, batcher::push, batcher::wakeups,
  batcher::close,
};
