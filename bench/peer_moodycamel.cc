// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//
// moodycamel::ConcurrentQueue, one of {slot, item} for all slots: with tokens, which is how its
// author says it is fastest, and without.
#include "ingress.hpp"
#include "moodycamel.hpp"

namespace {

using queue_of_records = moodycamel::ConcurrentQueue<demux_record, moodycamel_traits>;

class token_queue {
 public:
  struct Lane {
    explicit Lane(token_queue &into) : token(into.queue) {}

    moodycamel::ProducerToken token;
  };

  bool push(Lane &lane, const demux_record &record)
  {
    return queue.enqueue(lane.token, record);
  }

  size_t take(demux_record *records, size_t count)
  {
    return queue.try_dequeue_bulk(token, records, count);
  }

 private:
  queue_of_records queue;
  moodycamel::ConsumerToken token{queue};
};

class implicit_queue {
 public:
  struct Lane {
    explicit Lane(implicit_queue &) {}
  };

  bool push(Lane &, const demux_record &record)
  {
    return queue.enqueue(record);
  }

  size_t take(demux_record *records, size_t count)
  {
    return queue.try_dequeue_bulk(records, count);
  }

 private:
  queue_of_records queue;
};

using with_tokens = ingress<token_queue>;
using without = ingress<implicit_queue>;

} // namespace

const peer peer_moodycamel_tokens = {
  "moodycamel tokens",
  MOODYCAMEL ", one for all slots; tokens; blocks of 512; bulk dequeue; demultiplexer",
  0, false, with_tokens::open, with_tokens::join, with_tokens::leave, with_tokens::push,
  with_tokens::wakeups, with_tokens::close,
};

const peer peer_moodycamel = {
  "moodycamel",
  "as moodycamel tokens, without tokens",
  0, false, without::open, without::join, without::leave, without::push, without::wakeups,
  without::close,
};
