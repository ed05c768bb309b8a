// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
// This example shows how to own an instance, and what is pushed into it, in C++17.
#include <mpcc.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Batches of objects. The library copies bytes, so what it carries is the pointer; the object is
// the library's from a push that succeeded until it is delivered or dropped.
template <typename T>
class batcher {
 public:
  // Gets the objects of one batch, of one slot, and throws if they can't be delivered.
  using pump = std::function<void(uint32_t slot, T *const *objects, size_t count)>;

  static mpcc_options_t defaults()
  {
    mpcc_options_t options;

    mpcc_options_init(&options);
    return options;
  }

  explicit batcher(pump function, mpcc_options_t options = defaults())
      : deliver(std::move(function))
  {
    options.item_size = sizeof(T *);
    options.on_drop = on_drop;
    must(mpcc_create(&instance, &options));
    int err = mpcc_start(instance, on_batch, this);
    if (err != 0)
      mpcc_destroy(instance);
    must(err);
  }

  // The library holds this object's address, so it stays where it is.
  batcher(const batcher &) = delete;
  batcher &operator=(const batcher &) = delete;

  // On any thread but the pump's. Everything queued is delivered, if that takes five seconds at
  // most; then what is left is dropped, and only a pump that never returns keeps us here.
  ~batcher()
  {
    mpcc_complete(instance, MPCC_DRAIN, nullptr, nullptr);
    if (mpcc_wait(instance, 5000) != 0) {
      mpcc_complete(instance, MPCC_DISCARD, nullptr, nullptr);
      mpcc_wait(instance, MPCC_NO_TIMEOUT);
    }
    mpcc_destroy(instance);
  }

  void push(std::unique_ptr<T> object, uint32_t slot = 0)
  {
    T *item = object.get();

    must(mpcc_push(instance, &item, slot));
    (void)object.release(); // only now: a push that fails has not taken it
  }

 private:
  static void must(int err)
  {
    if (err != 0)
      throw std::runtime_error(mpcc_strerror(err));
  }

  // C calls these: no exception may leave them.
  static int on_batch(mpcc_batch_t *batch, void *state) noexcept
  {
    auto *objects = static_cast<T *const *>(batch->items);

    try {
      static_cast<batcher *>(state)->deliver(batch->slot, objects, batch->count);
    } catch (...) {
      return MPCC_ECANCELED; // tried again, or shown to on_drop, which still has the objects
    }
    release(*batch);
    return 0;
  }

  static void on_drop(const mpcc_batch_t *batch, int, void *) noexcept { release(*batch); }

  static void release(const mpcc_batch_t &batch) noexcept
  {
    auto *objects = static_cast<T *const *>(batch.items);

    for (size_t i = 0; i < batch.count; i++)
      delete objects[i];
  }

  mpcc_t *instance = nullptr;
  pump deliver;
};

namespace {

constexpr int threads = 3, pushes = 1000;
int living; // touched by one thread at a time: see below

struct message {
  explicit message(std::string text) : words(std::move(text)) {}
  ~message() { living--; }
  std::string words;
};

// Fails on its first call, and is then given the same batch again.
size_t send_all()
{
  size_t sent = 0;
  bool broken = true;
  mpcc_options_t options = batcher<message>::defaults();

  options.max_attempts = 2;
  options.retry_delay_ms = 1;
  {
    batcher<message> outbox(
      [&](uint32_t, message *const *messages, size_t count) {
        if (std::exchange(broken, false))
          throw std::runtime_error("the connection broke");
        for (size_t i = 0; i < count; i++)
          sent += messages[i]->words == "hello" ? 1 : 0;
      },
      options);
    std::vector<std::thread> crew;

    living = threads * pushes;
    for (int i = 0; i < threads; i++)
      crew.emplace_back([&outbox] {
        for (int n = 0; n < pushes; n++)
          outbox.push(std::make_unique<message>("hello"));
      });
    for (std::thread &thread : crew)
      thread.join();
  } // the destructor waits for the loop's thread, so that its writes are ours to read
  return sent;
}

// Nothing gets through: what was pushed must be freed by on_drop.
bool drop_all()
{
  living = pushes;
  {
    batcher<message> outbox([](uint32_t, message *const *, size_t) {
      throw std::runtime_error("no connection");
    });

    for (int n = 0; n < pushes; n++)
      outbox.push(std::make_unique<message>("lost"));
  }
  return living == 0;
}

} // namespace

int main()
{
  size_t sent = send_all();
  bool freed = living == 0, dropped = drop_all();

  std::printf("%zu messages sent, of %d; all freed: %s; after drops: %s\n", sent,
              threads * pushes, freed ? "yes" : "no", dropped ? "yes" : "no");
  return sent == threads * pushes && freed && dropped ? 0 : 1;
}
