/* SPDX-FileCopyrightText: 2026 The libmpcc authors */
/* SPDX-License-Identifier: MIT */
/*
 * libmpcc: many threads push, one loop hands out batches.
 *
 * Any number of threads push fixed-size items into slots: a slot is whatever must not be
 * mixed (a receiver, a connection, a shard, a tenant). When a slot holds batch_size items,
 * or its oldest item has waited push_interval_ms, one loop takes up to batch_size items of
 * that slot, in FIFO order, as one contiguous array - a batch - and hands it to your pump.
 * Up to max_concurrency batches of one slot are in the pump's hands at once.
 *
 *     mpcc_options_init -> mpcc_create -> mpcc_start -> push ... -> mpcc_complete
 *                                                         -> mpcc_wait -> mpcc_destroy
 *
 *     create --> IDLE --start--> RUNNING --complete--> COMPLETING --> STOPPED --start--> RUNNING
 *                 '-------- complete (nothing to pump, or MPCC_DISCARD) -------^
 *     a push is   accepted       accepted              MPCC_ECLOSED   MPCC_ECLOSED
 *
 * Thread roles
 *   any    producers, and whoever finishes a batch: every thread you have
 *   loop   the thread on which your callbacks run: the library's own thread, the thread
 *          that runs options.loop, or, of a manual instance, the one inside mpcc_step().
 *          Which thread runs options.loop is known from its first turn after mpcc_start(); before
 *          that, the thread that started is taken for it if it has to wait and the loop does
 *          not turn elsewhere within its timeout, or a second
 *   worker one of the instance's own threads on which the pump runs with MPCC_PUMP_ON_WORKER; in
 *          everything else a thread like any other
 *
 * Which calls on one instance may overlap?  All of them, on any threads, except:
 *   mpcc_destroy     with nothing: you see to it that no other call is under way or follows
 *   mpcc_start       with options.loop: on the loop's thread, or while the loop is not running
 *   mpcc_destroy     with options.loop: the same
 *   mpcc_step        with another mpcc_step: the second one is told MPCC_EBUSY
 *   mpcc_batch_done  of one batch from two threads: one wins; once the batch is done, only
 *                    mpcc_batch_done_id() may still name it
 *   mpcc_producer_*  two of one handle: a handle belongs to one thread at a time
 *
 * Which calls may be made from inside a callback?
 *                        pump, on_drop,   complete callback,   complete callback,  on_wake,
 *                        on_cancel,       library's own loop   your loop, manual   weigh
 *                        on_room
 *   push, push_many,     yes              yes (MPCC_ECLOSED)   yes                 no
 *   producer_push
 *   producer_open, close yes              yes                  yes                 no
 *   flush, stats,        yes              yes                  yes                 no
 *   histogram_read, dump
 *   discard, complete    yes              yes                  yes                 no
 *   batch_fail           yes              yes                  yes                 no
 *   batch_done, _id,     yes              yes                  yes                 no
 *   batch_cancelled
 *   push_wait, wait,     MPCC_EDEADLK     MPCC_EDEADLK         MPCC_EDEADLK        no
 *   flush_wait
 *   step (manual only)   MPCC_EDEADLK     -                    MPCC_EDEADLK        no
 *   start                MPCC_EALREADY,   MPCC_EBUSY           yes                 no
 *                        MPCC_ECLOSED
 *   destroy              MPCC_EBUSY       MPCC_EBUSY           yes                 no
 * A pump on a worker may also wait: push_wait is safe there as long as other batches make room;
 * flush_wait and wait never end before that pump returns, so give them a timeout. No lock is
 * held while your code runs. on_wake may only signal: see its own page. A callback returns in the
 * ordinary way: no exception and no longjmp out of it.
 *
 * Lifetimes
 *   An item is copied in by the push; the caller keeps its own.
 *   batch->items belongs to the pump until the batch is done, and is then used again. Nothing
 *   takes it away before: no timeout, no discard, and after MPCC_ABANDON not even mpcc_destroy().
 *   The options struct is copied by mpcc_create(). options.loop and every callback must
 *   outlive the instance, the allocator's functions also the last batch that was abandoned.
 *
 * Progress
 *   mpcc_push(), mpcc_push_many() and mpcc_batch_done() take no lock. A thread that is stopped
 *   in the middle of a push delays what was pushed to the same slot after it, and no other
 *   slot. One limit: in a bounded instance (options.capacity) the memory is exactly planned,
 *   and while a thread is stopped between taking a piece of memory and putting it to use, other
 *   pushes that need a new piece may have to wait for it (they yield the processor).
 *   A thread that is cancelled in a push leaves the instance whole: a push is not a
 *   cancellation point. After fork() the child may only exec or exit. Nothing here may be
 *   called in a signal handler.
 *
 * Units
 *   Times are milliseconds, and names say so (_ms); sizes are bytes; counts are items unless
 *   the name says batches. Threads wait on the monotonic clock.
 *
 * Errors
 *   Functions return 0, or a count, or one of the negative codes below. A call that fails has
 *   changed nothing, and an out-pointer it was given is untouched. Arguments are checked before
 *   state: MPCC_EINVAL comes first, then MPCC_EDEADLK, then the rest. The library never aborts,
 *   prints or exits. libuv itself aborts in cases that no caller can prevent: uv_loop_init
 *   (in mpcc_start, own loop) when its memory is refused, in libuv before 1.51, or when other
 *   threads take the last descriptors while it runs (mpcc_start sees to it that there are enough
 *   when it begins); and uv_run when the system refuses epoll_ctl.
 */
#ifndef MPCC_H
#define MPCC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifndef MPCC_API
#if defined(_WIN32) && defined(MPCC_BUILDING_SHARED)
#define MPCC_API __declspec(dllexport)
#elif defined(_WIN32) && defined(MPCC_USING_SHARED)
#define MPCC_API __declspec(dllimport)
#elif defined(__GNUC__)
#define MPCC_API __attribute__((visibility("default")))
#else
#define MPCC_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* libuv's uv_loop_t; only who sets options.loop needs <uv.h> */

/** An instance: slots, a pump and a loop. From mpcc_create() to mpcc_destroy(). */
typedef struct mpcc mpcc_t;
/** A batch: see struct mpcc_batch. */
typedef struct mpcc_batch mpcc_batch_t;

/* -- Codes and constants ---------------------------------------------------------------- */

#define MPCC_VERSION_MAJOR 0 /**< of the header; the library's own is mpcc_version() */
#define MPCC_VERSION_MINOR 1 /**< of the header; may break what was, until the first major one */
#define MPCC_VERSION_PATCH 0 /**< of the header; breaks nothing */

/** Every code; the numbers lie far from errno, libuv's and sink libraries', which pumps return. */
enum {
  MPCC_OK = 0,               /**< done */
  MPCC_PENDING = INT_MAX,    /**< a pump's answer: "I will call mpcc_batch_done" */
  MPCC_EINVAL = -30001,      /**< an argument is out of range */
  MPCC_ENOMEM = -30002,      /**< memory was refused */
  MPCC_EALREADY = -30003,    /**< already started, or already done */
  MPCC_ECLOSED = -30004,     /**< the instance is completing or completed */
  MPCC_EFULL = -30005,       /**< the slot is at its capacity, or the instance at max_memory */
  MPCC_ETIMEDOUT = -30006,   /**< the time given ran out */
  MPCC_EBUSY = -30007,       /**< not now: batches in flight, or not completed */
  MPCC_EDEADLK = -30008,     /**< would wait for the thread that is calling */
  MPCC_ECANCELED = -30009,   /**< discarded or cancelled before it was done */
  MPCC_ESTATE = -30010,      /**< not started */
  MPCC_ESYSTEM = -30011,     /**< the system refused a thread, a descriptor, a loop */
  MPCC_E2BIG = -30012        /**< one item outweighs a whole batch */
};

#define MPCC_NO_INTERVAL UINT64_MAX /**< push_interval_ms: a partial batch waits for ever */
#define MPCC_NO_TIMEOUT UINT64_MAX  /**< timeout_ms: wait for ever */
#define MPCC_ALL_SLOTS UINT32_MAX   /**< in place of a slot: every slot */

/** options.pump_on: where the pump runs. */
enum {
  MPCC_PUMP_ON_LOOP = 0,  /**< on the loop's thread: it must not block */
  MPCC_PUMP_ON_WORKER = 1 /**< on one of worker_count threads of the instance's own */
};

/** mpcc_complete(): what happens to what is queued and in flight. */
enum {
  MPCC_DRAIN = 0,   /**< pump what is queued, wait for what is in flight */
  MPCC_DISCARD = 1, /**< drop what is queued, cancel and wait for what is in flight */
  MPCC_ABANDON = 2  /**< drop what is queued, leave what is in flight to the pump */
};

/** batch->due: why a batch was formed. */
enum {
  MPCC_DUE_FULL = 1, /**< batch_size items or max_batch_weight, or the slot was at capacity */
  MPCC_DUE_INTERVAL, /**< its oldest item had waited push_interval_ms */
  MPCC_DUE_FLUSH,    /**< mpcc_flush() or mpcc_flush_wait() */
  MPCC_DUE_DRAIN     /**< mpcc_complete() with MPCC_DRAIN */
};

/**
 * The library's version, "major.minor.patch". Compare with MPCC_VERSION_... to see whether
 * header and library belong together.
 *
 * Thread:   any.   Blocks: never.
 * Returns:  a constant string, never NULL.
 */
MPCC_API const char *mpcc_version(void);

/**
 * A code as a sentence, for people: "the slot is at its capacity".
 *
 * Thread:   any.   Blocks: never.
 * Returns:  a constant string, never NULL, for codes that are not the library's too.
 */
MPCC_API const char *mpcc_strerror(int code);

/**
 * A code by its name, for logs: "MPCC_EFULL".
 *
 * Thread:   any.   Blocks: never.
 * Returns:  a constant string, never NULL; "MPCC_UNKNOWN" for what is not a code of the library.
 */
MPCC_API const char *mpcc_err_name(int code);

/* -- Batches and callbacks -------------------------------------------------------------- */

/**
 * What the pump gets: items of one slot, oldest first. Read-only to you, but for `data`.
 * Valid until the batch is done (pump) or until the callback returns (on_drop, on_cancel).
 */
struct mpcc_batch {
  const void *items;    /**< count * item_size bytes, aligned to the largest power of two that
                             divides item_size, at most 64 */
  size_t count;         /**< 1..options.batch_size */
  uint32_t slot;        /**< where every one of the items was pushed */
  uint32_t attempt;     /**< 1 on the first try, and on the first try of a part (isolate_failures);
                             in on_drop 0: no pump ever saw it */
  uint64_t id;          /**< new for every hand-over to the pump (tries and parts too); never 0
                             there; 0 if no pump saw it */
  int due;              /**< why it was formed: MPCC_DUE_...; 0 if it was dropped from the queue */
  uint64_t waited_ms;   /**< how long its oldest item had waited when it was formed; or longer,
                             behind a discard, with weights, or where handles and mpcc_push() meet */
  void *data;           /**< yours: NULL on the first try, kept over further tries and to on_cancel
                             and on_drop; of a batch that is split it stays with the first half */
};

/**
 * The pump: your function that takes a batch and finishes it, now or later.
 *
 * Thread:   loop (MPCC_PUMP_ON_LOOP): it must not block, every slot waits for it meanwhile.
 *           Worker (MPCC_PUMP_ON_WORKER): it may block, and delays others only when all
 *           worker_count workers are blocked: then every slot waits until one returns.
 * Owns:     batch->items is yours until the batch is done; it is never taken away before.
 * Orders:   sees everything its items' producers wrote before they pushed.
 * Returns:  0              done, the items are delivered (but those marked by mpcc_batch_fail());
 *           MPCC_PENDING   mpcc_batch_done() or mpcc_batch_done_id() will be called, from any
 *                          thread, at any time, even before the pump returns;
 *           anything else  failed: tried again up to options.max_attempts, then split
 *                          (options.isolate_failures), then on_drop with this status as reason.
 *           If the batch was already done when the pump returns, what it returns is ignored.
 */
typedef int (*mpcc_pump_cb)(mpcc_batch_t *batch, void *state);

/**
 * Shows items that will not be delivered, each exactly once.
 *
 * batch->attempt is 0 if no pump ever saw them (a discard). reason is the status of the last try
 * (of items marked by mpcc_batch_fail(): that of the first of them), or MPCC_ECANCELED if they
 * were discarded while no pump had them: queued, waiting for another try, for their turn as a part,
 * or for a worker. batch->data is what the pump left there.
 *
 * Thread:   loop; or, for a discard in IDLE, the thread that calls mpcc_complete(). A slow
 *           on_drop delays every slot.
 * Owns:     the batch and its items until it returns; mpcc_batch_done() on it is MPCC_EALREADY.
 */
typedef void (*mpcc_drop_cb)(const mpcc_batch_t *batch, int reason, void *state);

/**
 * Tells that a batch in flight is not wanted any more: it took longer than
 * options.pump_timeout_ms, or was discarded (mpcc_discard(), mpcc_complete() with MPCC_DISCARD or
 * MPCC_ABANDON). At most once per hand-over to the pump. It stays the pump's: finish it soon,
 * with any status (0 still delivers it).
 *
 * Thread:   loop, also when the pump is on a worker. Never for a batch that was already done when
 *           the loop looked; but a mpcc_batch_done() from another thread may overlap it.
 * Owns:     the batch's fields and items may be read until it returns, even if the batch is
 *           done meanwhile.
 */
typedef void (*mpcc_cancel_cb)(mpcc_batch_t *batch, void *state);

/**
 * Tells that a completion has ended: after the last batch is done and, on a loop of yours,
 * after every libuv handle of the instance is closed. Once per completion; status is 0.
 *
 * Thread:   loop; in IDLE the thread that calls mpcc_complete(), before that returns.
 */
typedef void (*mpcc_complete_cb)(mpcc_t *mpcc, int status, void *arg);

/**
 * The weight of an item, in units of your own (bytes, rows, cost), from 0.
 *
 * Thread:   the pushing thread and the loop, also at the same time. It must give the same answer
 *           whenever it is asked about the same item, must not block or call the library.
 */
typedef size_t (*mpcc_weigh_cb)(const void *item, void *arg);

/**
 * A push into this slot was refused with MPCC_EFULL, and there is room again: for producers that
 * are event loops themselves and can't wait. Once after one or many refusals; other producers
 * may have taken the room by the time you push. Not called for a slot once the instance completes.
 *
 * Thread:   loop. ${state} is that of the last mpcc_start().
 */
typedef void (*mpcc_room_cb)(mpcc_t *mpcc, uint32_t slot, void *state);

/**
 * A manual instance asks for a mpcc_step() soon. Called once until the next step begins.
 *
 * Thread:   any, inside a push, a done, a flush, a discard, a start, a complete: it may only signal
 *           (write to an eventfd, post a semaphore); it must not block and must not call the
 *           library.
 */
typedef void (*mpcc_wake_cb)(mpcc_t *mpcc, void *arg);

/* -- Options ---------------------------------------------------------------------------- */

/** Where memory comes from. All four functions must be set and be thread-safe, and must not call the
 *  library. */
typedef struct mpcc_allocator {
  void *(*malloc)(size_t size, void *user);                /**< as the C library's */
  void *(*calloc)(size_t count, size_t size, void *user);  /**< likewise: zeroed */
  void *(*realloc)(void *memory, size_t size, void *user); /**< likewise */
  void (*free)(void *memory, void *user);                  /**< likewise */
  void *user;                                              /**< yours: what all four are given */
} mpcc_allocator_t;

/**
 * How an instance behaves. Fill it with mpcc_options_init(), then set what differs.
 */
typedef struct mpcc_options {
  size_t item_size;            /**< bytes, 1..65536; must be set */
  uint32_t slot_count;         /**< 1..UINT32_MAX-1, default 1; an idle slot costs 320 bytes,
                                    with weigh and with on_room 32 more each */
  uint32_t batch_size;         /**< items, 1..1048576, default 500 */
  uint32_t max_concurrency;    /**< batches of one slot in flight, from 1, default 1 */
  uint64_t push_interval_ms;   /**< default 100; 0 = as soon as the loop can; MPCC_NO_INTERVAL =
                                    never */
  size_t capacity;             /**< items queued in a slot before MPCC_EFULL; 0 (default) =
                                    unbounded.
                                    Bounded: all memory is reserved by mpcc_create(). Below
                                    batch_size: a slot is due when it is at capacity */
  size_t max_memory;           /**< bytes of batches, queued and in flight, in the whole instance
                                    before MPCC_EFULL; 0 (default) = no limit. Memory comes in
                                    pieces of a whole batch, so each slot with items holds at least
                                    one until its batch is done: with long intervals allow for one
                                    per slot. With capacity both limits hold, nothing is reserved */
  struct uv_loop_s *loop;      /**< NULL (default): a loop and a thread of the library's own */
  int pump_on;                 /**< MPCC_PUMP_ON_LOOP (default) or MPCC_PUMP_ON_WORKER */
  uint32_t worker_count;       /**< threads for MPCC_PUMP_ON_WORKER, 1..1024, default 4 */
  uint32_t max_attempts;       /**< tries per batch, from 1, default 1 */
  uint64_t retry_delay_ms;     /**< before the second try, then doubling, each plus or minus up to
                                    half of it by chance; default 100; 0 = at once, in a
                                    manual instance in the same step */
  uint64_t retry_delay_max_ms; /**< no delay is longer; default 30000; 0 = all at once */
  uint64_t pump_timeout_ms;    /**< a batch in flight for longer is cancelled; counts from the call
                                    of the pump; 0 (default) = none */
  size_t max_batch_weight;     /**< a batch's items never weigh more together, and a slot that
                                    weighs as much is due; 0 (default) = none; needs weigh */
  mpcc_weigh_cb weigh;         /**< default NULL; needs max_batch_weight */
  void *weigh_arg;             /**< for weigh */
  mpcc_drop_cb on_drop;        /**< default NULL: drops are only counted */
  mpcc_room_cb on_room;        /**< a slot that refused with MPCC_EFULL has room again; default
                                    NULL */
  mpcc_cancel_cb on_cancel;    /**< default NULL: only mpcc_batch_cancelled() tells */
  bool isolate_failures;       /**< split a batch that failed its last try, to find the items that
                                    fail alone; default false */
  bool manual;                 /**< no loop, no thread, no clock: you call mpcc_step(); default
                                    false */
  mpcc_wake_cb on_wake;        /**< manual: mpcc_step() should be called soon; default NULL */
  void *wake_arg;              /**< for on_wake */
  size_t lane_capacity;        /**< items that a producer handle holds before MPCC_EFULL; default
                                    4096, which 0 means, too; memory: see mpcc_producer_open() */
  const mpcc_allocator_t *allocator; /**< copied; NULL (default): malloc, calloc, realloc, free */
  uint64_t reserved[16];       /**< zero */
} mpcc_options_t;

/**
 * Fill ${options} with every default above. NULL is allowed and does nothing.
 *
 * Thread:   any.   Blocks: never.
 */
MPCC_API void mpcc_options_init(mpcc_options_t *options);

/* -- Life: one thread at a time --------------------------------------------------------- */

/**
 * Make an instance, in state IDLE: it takes pushes, and pumps nothing before mpcc_start().
 *
 * Thread:   any.
 * Blocks:   never; with options.capacity it reserves slot_count * (capacity + batch_size *
 *           (max_concurrency + 3)) items, up to 1 MiB (or two batches) to spare and a table of half
 *           a MiB, all untouched until they are used.
 * Owns:     *mpcc is yours until mpcc_destroy(). ${options} and its allocator are copied.
 * Returns:  0, or
 *           MPCC_EINVAL  NULL; a zero in item_size, slot_count, batch_size, max_concurrency,
 *                        max_attempts or, with workers, worker_count; item_size over 65536;
 *                        batch_size over 1048576; worker_count over 1024; slot_count UINT32_MAX; an
 *                        unknown pump_on; manual with a loop or with workers; max_batch_weight
 *                        without weigh or the reverse; max_memory too small for one batch; an
 *                        allocator with a function missing; a reserved field that is not zero;
 *                        or numbers whose products no address space can hold
 *           MPCC_ENOMEM  memory was refused
 */
MPCC_API int mpcc_create(mpcc_t **mpcc, const mpcc_options_t *options);

/**
 * Start pumping: what was pushed before, with the same rules (full batches at once, the interval
 * counts from now), and what is pushed from now on. After STOPPED it opens the instance again.
 *
 * Thread:   any; with options.loop the loop's thread, or any while the loop is not running.
 * Blocks:   until the loop and the workers are ready or the failure is known.
 * Owns:     ${state} is yours; it is passed to pump, on_drop, on_cancel and on_room.
 * Returns:  0, or
 *           MPCC_EINVAL    NULL instance or pump
 *           MPCC_EALREADY  it is running
 *           MPCC_ECLOSED   it is completing
 *           MPCC_EBUSY     inside the complete callback, on the library's own loop
 *           MPCC_ENOMEM    memory was refused; try again, nothing is lost. With options.capacity
 *                          start asks for memory in one case only: it replaces what abandoned
 *                          batches and workers still hold
 *           MPCC_ESYSTEM   the system refused a thread or a descriptor; likewise
 */
MPCC_API int mpcc_start(mpcc_t *mpcc, mpcc_pump_cb pump, void *state);

/**
 * Stop. From now on every push is MPCC_ECLOSED.
 *
 * MPCC_DRAIN    hands everything queued to the pump, full batches first come, then what remains,
 *               without waiting for intervals, and waits for every batch in flight. Batches that
 *               fail are still tried again; nothing is cancelled but by pump_timeout_ms.
 * MPCC_DISCARD  drops what is queued (on_drop, MPCC_ECANCELED, attempt 0) and what waits for
 *               another try (MPCC_ECANCELED), cancels what is in flight (mpcc_batch_cancelled,
 *               on_cancel) and waits for it. A cancelled batch that is then done with 0 is
 *               delivered, with another status dropped for that reason.
 * MPCC_ABANDON  as MPCC_DISCARD, but what is in flight is not waited for. It counts as orphaned;
 *               the pump keeps its memory until it is done with it: a late mpcc_batch_done() is
 *               MPCC_ECLOSED and frees it, also after mpcc_destroy(). A worker that hangs in its
 *               pump is left behind and ends by itself when that returns.
 *
 * So a stop that must end by a deadline is: MPCC_DRAIN, mpcc_wait() with a timeout, MPCC_DISCARD,
 * mpcc_wait(), MPCC_ABANDON, mpcc_wait(); and it always ends, unless a callback of yours keeps the
 * loop's thread for ever. A second call may go on from DRAIN to
 * DISCARD to ABANDON; its callback and argument then take the place of the first one's if the
 * callback is not NULL. In IDLE the items are dropped on this thread, and the instance is STOPPED
 * when the call returns. Every mode also waits for calls that are still inside a push (one that
 * has a place in the queue, or waits for room) or a done: they take nanoseconds, unless their
 * thread is stopped there. MPCC_DRAIN and MPCC_DISCARD also wait until every pump on a worker has
 * returned.
 *
 * Thread:   any, and inside every callback.
 * Blocks:   never: it marks and wakes. (In IDLE: for other threads' pushes that are under way.)
 * Owns:     ${arg} is yours; ${cb} may be NULL.
 * Returns:  0, or
 *           MPCC_EINVAL    NULL instance, or an unknown mode
 *           MPCC_EALREADY  it is completing in this mode or a stronger one, or STOPPED; or its end
 *                          has already begun
 *           MPCC_ESTATE    MPCC_DRAIN in IDLE with items queued: there is no pump to drain into
 */
MPCC_API int mpcc_complete(mpcc_t *mpcc, int mode, mpcc_complete_cb cb, void *arg);

/**
 * Wait until the completion that is under way has ended, its callback included.
 *
 * Thread:   any but the loop's.
 * Blocks:   up to ${timeout_ms}; 0 only asks; MPCC_NO_TIMEOUT for ever.
 * Returns:  0 when STOPPED, or
 *           MPCC_EINVAL     NULL instance
 *           MPCC_EDEADLK    on the loop's thread
 *           MPCC_ESTATE     IDLE or RUNNING: there is nothing to wait for
 *           MPCC_ETIMEDOUT  time ran out; wait again, discard, or abandon
 */
MPCC_API int mpcc_wait(mpcc_t *mpcc, uint64_t timeout_ms);

/**
 * Free everything but the batches that were abandoned, whose memory goes with their late done.
 * Right after mpcc_wait() returned 0 on the same thread it is always safe.
 *
 * Thread:   one that knows that no other call is under way or follows, but for mpcc_batch_done()
 *           and mpcc_batch_cancelled() of abandoned batches; with options.loop the loop's thread,
 *           or any while the loop is not running.
 * Blocks:   until the library's own thread, which has already finished, is gone.
 * Returns:  0 (also for NULL), or
 *           MPCC_EBUSY  not STOPPED, and not IDLE with an empty queue; or a producer handle is
 *                       open; or inside a callback, except the complete callback on a loop of
 *                       yours and in manual instances
 */
MPCC_API int mpcc_destroy(mpcc_t *mpcc);

/* -- Pushing: any thread ---------------------------------------------------------------- */

/**
 * Append a copy of ${item} to ${slot}.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never. Makes no system call but the one that wakes a sleeping loop: at most once per
 *           batch, and once when a slot gets its first item after it was idle (2 ms without
 *           items); asks the allocator only when an unbounded queue grows. Where threads push into
 *           the same slots at full speed, or into hundreds, each of up to 64 threads gets a buffer
 *           besides, of item_size + 8 bytes for each of 1024 items at first, and of 65,536 at most
 *           (87,040 while it grows), until the instance is destroyed. In instances of 32,768 slots
 *           or more, with an interval of 100 ms at most, that get half a million items a second,
 *           but few into each slot, all go through buffers of item_size + 16 bytes for each, and
 *           the loop sorts them, until it has found little in them for 500 ms. Then each thread
 *           that pushes has one, until the instance is destroyed, and a further one whenever 65,536
 *           items in it wait for the loop; a push that finds the loop asleep wakes it; the clock is
 *           read for some of them; and a slot that fills up may be seen 2 ms later.
 * Owns:     the caller keeps ${item}; the library has copied item_size bytes.
 * Orders:   if one push returned before another into the same slot began, its item comes first.
 *           Everything written before the call is visible to the pump that gets the item.
 * Returns:  0: the item will be delivered, or shown to on_drop, exactly once; or
 *           MPCC_EINVAL   NULL instance or item, or slot >= slot_count
 *           MPCC_ECLOSED  the instance is completing or STOPPED
 *           MPCC_EFULL    the slot holds options.capacity items, or the instance
 *                         options.max_memory; or mpcc_push_wait() callers have the room before you
 *           MPCC_E2BIG    the item alone weighs more than options.max_batch_weight
 *           MPCC_ENOMEM   the queue, or a buffer, could not grow
 */
MPCC_API int mpcc_push(mpcc_t *mpcc, const void *item, uint32_t slot);

/**
 * Append copies of as many of ${count} items as fit, in order; others' items may come between.
 * An item is pushed as by mpcc_push() in everything else.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never.
 * Owns:     ${items} is an array of count * item_size bytes and stays the caller's. It may be NULL
 *           only if count is 0.
 * Returns:  how many were taken, 1..count (0 only for count 0); or, if none was,
 *           MPCC_EINVAL, MPCC_ECLOSED, MPCC_EFULL, MPCC_E2BIG, MPCC_ENOMEM as mpcc_push();
 *           MPCC_EINVAL also for a count over PTRDIFF_MAX. An item that is too heavy ends the
 *           call: what stands before it was taken
 */
MPCC_API ptrdiff_t mpcc_push_many(mpcc_t *mpcc, const void *items, size_t count, uint32_t slot);

/**
 * Push, and wait for room if there is none. Room goes to waiters first, in the order in which
 * they came. Without options.capacity and options.max_memory it is mpcc_push().
 *
 * Thread:   any but the loop's.
 * Blocks:   up to ${timeout_ms}; 0 only tries; MPCC_NO_TIMEOUT for ever. In IDLE nothing makes room
 *           before mpcc_start().
 * Owns:     as mpcc_push().
 * Returns:  0, or
 *           MPCC_EINVAL     as mpcc_push()
 *           MPCC_EDEADLK    on the loop's thread, also when there is room
 *           MPCC_ECLOSED    the instance completes, now or while waiting
 *           MPCC_ETIMEDOUT  no room in time; the item is not queued
 *           MPCC_E2BIG      as mpcc_push()
 *           MPCC_ENOMEM     as mpcc_push(), or the system refused what a thread needs to wait
 */
MPCC_API int mpcc_push_wait(mpcc_t *mpcc, const void *item, uint32_t slot, uint64_t timeout_ms);

/**
 * Make what is queued now due at once, in ${slot} or in MPCC_ALL_SLOTS. Full batches stay full; the
 * rest follows as one partial batch. Items pushed later join that batch while it is not yet formed
 * and has room, else they wait as usual.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never, but while another thread empties producer handles, or buffers (mpcc_push); and
 *           it empties them, of all slots. MPCC_ALL_SLOTS looks at every slot, on the calling
 *           thread.
 * Returns:  0, or
 *           MPCC_EINVAL   NULL instance, or slot >= slot_count
 *           MPCC_ESTATE   IDLE
 *           MPCC_ECLOSED  completing or STOPPED
 *           MPCC_ENOMEM   there was no memory for what producer handles or buffers hold; try again
 */
MPCC_API int mpcc_flush(mpcc_t *mpcc, uint32_t slot);

/**
 * mpcc_flush(), and wait until every item that was accepted in ${slot} before the call has its
 * fate: delivered, shown to on_drop, or orphaned. It waits for no interval and for no item that was
 * pushed after it; but for the retries of those before, and for pushes that were under way. With
 * MPCC_ALL_SLOTS it takes one slot after the other, and may also wait for what is pushed meanwhile
 * into those that are still to come.
 *
 * Thread:   any but the loop's.
 * Blocks:   up to ${timeout_ms}; 0 only asks; MPCC_NO_TIMEOUT for ever. A completion that begins
 *           meanwhile settles the items, and so ends the wait.
 * Returns:  0, or
 *           MPCC_EINVAL     NULL instance, or slot >= slot_count
 *           MPCC_EDEADLK    on the loop's thread
 *           MPCC_ESTATE     IDLE
 *           MPCC_ECLOSED    completing or STOPPED when it was called
 *           MPCC_ETIMEDOUT  some are still on their way; they stay flushed
 *           MPCC_ENOMEM     as mpcc_flush(), or the system refused what a thread needs to wait
 */
MPCC_API int mpcc_flush_wait(mpcc_t *mpcc, uint32_t slot, uint64_t timeout_ms);

/**
 * Empty a slot whose sink has died, such as a closed channel, whose delivery tags mean something
 * else on the next one. What was accepted in ${slot} before the call and is not in flight is
 * dropped (on_drop, MPCC_ECANCELED), batches that wait for another try are, too; what is in flight
 * is cancelled (mpcc_batch_cancelled, on_cancel) and not tried again: done with 0 it is delivered,
 * with another status dropped for that reason. What is pushed after the call is untouched.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never, but while another thread empties producer handles, or buffers (mpcc_push); and
 *           it empties them, of all slots: the loop drops. MPCC_ALL_SLOTS looks at every slot, on
 *           the calling thread.
 * Returns:  0 (in COMPLETING, too), or
 *           MPCC_EINVAL   NULL instance, or slot >= slot_count
 *           MPCC_ESTATE   IDLE
 *           MPCC_ECLOSED  STOPPED
 *           MPCC_ENOMEM   there was no memory for what producer handles or buffers hold; try again
 */
MPCC_API int mpcc_discard(mpcc_t *mpcc, uint32_t slot);

/* -- Producer handles: one thread at a time for each ------------------------------------- */

/**
 * Items pushed through one handle into one slot keep their order; between handles, and between a
 * handle and mpcc_push(), there is no order. That is the price of a push without contention: a
 * handle is a lane of its own, which the loop empties into the slots. For threads that push hard.
 *
 * What a handle holds is queued in its slot for every purpose: batches, intervals, flush, discard,
 * stop and statistics. The loop looks into a handle when one item is pushed into an empty one, when
 * it holds batch_size items (of whatever slots; not where there are several, and it was half full
 * the last time) or is half full, and every 2 ms until it is found empty (at once, if
 * push_interval_ms is shorter). Behind full batches of one slot's items it may leave what fills none
 * until the next look. An item counts from the last look before it on, so none waits longer than its
 * interval. mpcc_discard() cuts between what was pushed through a handle before the call and, at the
 * latest, its end. A slot that is full does not hold up other slots' items in a handle.
 */
typedef struct mpcc_producer mpcc_producer_t;

/**
 * Make a handle. It survives stops and starts of its instance.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   only for the moment in which another thread empties handles, or reads statistics.
 * Owns:     *producer is yours until mpcc_producer_close(), which must come before mpcc_destroy().
 * Memory:   lane_capacity items, and 4 bytes for each; or, in an unbounded instance without
 *           max_memory or weigh, where lane_capacity is 2 to 63 batches: what so many batches, and
 *           three more, take while they are queued, out of what the instance keeps, and where there
 *           are several slots 4 bytes for each item. The instance's first handle brings 32 bytes
 *           for each slot; and while items of a slot wait to be due, 256 bytes, or an item if that is
 *           larger, or a batch. What an instance has got for these it keeps until mpcc_destroy().
 * Returns:  0, or
 *           MPCC_EINVAL  a NULL argument
 *           MPCC_ENOMEM  memory was refused
 */
MPCC_API int mpcc_producer_open(mpcc_t *mpcc, mpcc_producer_t **producer);

/**
 * Append a copy of ${item} to ${slot}, through the handle.
 *
 * Thread:   any, one at a time for one handle, and inside every callback but on_wake.
 * Blocks:   never (wait-free, but for what options.capacity, max_memory or weigh add, and beside a
 *           mpcc_complete() of an instance that was not started). Makes no
 *           system call but the one that wakes a sleeping loop, and asks for no memory; with
 *           max_memory or weigh it is a mpcc_push().
 * Owns:     the caller keeps ${item}; the library has copied item_size bytes.
 * Orders:   everything written before the call is visible to the pump that gets the item.
 * Returns:  0: the item will be delivered, or shown to on_drop, exactly once; or
 *           MPCC_EINVAL   NULL handle or item, or slot >= slot_count
 *           MPCC_ECLOSED  the instance is completing or STOPPED
 *           MPCC_EFULL    the handle holds options.lane_capacity items, also of an unbounded
 *                         instance; or as mpcc_push(). on_room follows as after a mpcc_push()
 *           MPCC_E2BIG, MPCC_ENOMEM  as mpcc_push()
 */
MPCC_API int mpcc_producer_push(mpcc_producer_t *producer, const void *item, uint32_t slot);

/**
 * Free a handle. What was pushed through it stays queued.
 *
 * Thread:   the handle's, and inside every callback but on_wake.
 * Blocks:   only for the moment in which another thread empties handles, or reads statistics.
 * Returns:  0 (also for NULL)
 */
MPCC_API int mpcc_producer_close(mpcc_producer_t *producer);

/* -- Finishing batches: any thread ------------------------------------------------------ */

/**
 * Mark one item of a batch in flight as failed, before the batch is done with 0: the unmarked items
 * are then delivered, and the marked ones, in their order, are the batch that is tried again, or
 * dropped for the status of the first of them. They are not split any further. Marks are ignored
 * when the batch is done with an error, and gone with the next try.
 *
 * Thread:   any, one at a time for one batch.
 * Blocks:   never.
 * Returns:  0 (also when ${index} is already marked: its first status stays), or
 *           MPCC_EINVAL    NULL batch, index >= batch->count, status 0 or MPCC_PENDING
 *           MPCC_EALREADY  it is not in flight, as far as that can be told
 *           MPCC_ECLOSED   it was abandoned
 */
MPCC_API int mpcc_batch_fail(mpcc_batch_t *batch, size_t index, int status);

/**
 * Finish a batch that the pump answered, or will answer, with MPCC_PENDING.
 *
 * Thread:   any, and inside every callback but on_wake; also before the pump has returned.
 * Blocks:   never.
 * Owns:     the batch and its items are the library's again: do not touch them.
 * Orders:   everything written before the call is visible to later callbacks of the instance.
 * Returns:  0, or
 *           MPCC_EINVAL    NULL batch, or status MPCC_PENDING
 *           MPCC_EALREADY  it is not in flight - as far as that can be told: once the memory of a
 *                          done batch has been used again, this names the new batch. Where two
 *                          may answer (a reply and a timeout), use mpcc_batch_done_id().
 *           MPCC_ECLOSED   it was abandoned (MPCC_ABANDON): the items stay orphaned, and its memory
 *                          is free now. Works after mpcc_destroy(), too
 */
MPCC_API int mpcc_batch_done(mpcc_batch_t *batch, int status);

/**
 * As mpcc_batch_done(), by batch->id. Always tells a second answer, also after the memory has been
 * used again: the id holds a generation. Ids are an instance's own.
 *
 * Thread:   any, and inside every callback but on_wake; also before the pump has returned.
 * Blocks:   never.
 * Returns:  0, or
 *           MPCC_EINVAL    NULL instance, or status MPCC_PENDING
 *           MPCC_EALREADY  no batch with this id is in flight
 *           MPCC_ECLOSED   it was abandoned, as mpcc_batch_done(); not after mpcc_destroy()
 */
MPCC_API int mpcc_batch_done_id(mpcc_t *mpcc, uint64_t id, int status);

/**
 * Whether a batch in flight has been cancelled, so that a long-running pump may stop early.
 * During a drain nothing is cancelled but by pump_timeout_ms.
 *
 * Thread:   any, while the batch is in flight or abandoned, also after mpcc_destroy().
 * Blocks:   never.
 * Returns:  true once the slot or the instance was discarded or abandoned after the hand-over, or
 *           the loop has seen pump_timeout_ms run out (a pump that itself keeps the loop's thread
 *           keeps it from seeing that); false before, and for NULL.
 */
MPCC_API bool mpcc_batch_cancelled(const mpcc_batch_t *batch);

/* -- Manual instances: the thread that steps --------------------------------------------- */

/**
 * Do on this thread what the loop would do at time ${now_ms}: serve all that is due, and what that
 * makes due. What its own callbacks push makes nothing due in this step - *next_ms is then now_ms -
 * but it may ride along in a batch of its slot that is due and not yet formed.
 *
 * Time is whatever you say it is, and never goes back: an earlier now_ms is taken as the last one.
 * An item pushed between two steps is as old as the second one sees it.
 *
 * Thread:   any, one at a time, not inside a callback.
 * Blocks:   never, but for your callbacks.
 * Owns:     *next_ms (may be NULL) is set to the time of the next call wanted; UINT64_MAX: only
 *           when on_wake is called. It may be now_ms: call again at once.
 * Returns:  0 (in IDLE and STOPPED too, where there is nothing to do), or
 *           MPCC_EINVAL   NULL instance, or it is not manual
 *           MPCC_EDEADLK  inside a callback of a step
 *           MPCC_EBUSY    another thread is inside mpcc_step()
 */
MPCC_API int mpcc_step(mpcc_t *mpcc, uint64_t now_ms, uint64_t *next_ms);

/* -- Numbers: any thread ----------------------------------------------------------------- */

/**
 * Counters since mpcc_create(), of an instance or a slot. At rest
 * pushed == delivered + dropped + orphaned + queued + items in flight; while running a reader
 * never sees more fates than pushes.
 */
typedef struct mpcc_stats {
  uint64_t pushed;           /**< items accepted */
  uint64_t rejected;         /**< items refused with MPCC_EFULL or MPCC_ENOMEM, those that a
                                  mpcc_push_many() could not take included */
  uint64_t delivered;        /**< items whose batch was done with 0 */
  uint64_t dropped;          /**< items shown to on_drop */
  uint64_t orphaned;         /**< items abandoned in the pump's hands (MPCC_ABANDON) */
  uint64_t queued;           /**< items accepted and not yet taken into a batch */
  uint64_t queued_peak;      /**< the largest queued seen when a batch was formed or here; of an
                                  instance: the largest of any one slot, without what producer
                                  handles hold */
  uint64_t batches;          /**< batches formed, and by why they were due: */
  uint64_t batches_full;     /**< it had batch_size items or max_batch_weight, or its slot was at
                                  capacity */
  uint64_t batches_interval; /**< its oldest item had waited push_interval_ms */
  uint64_t batches_flush;    /**< mpcc_flush() */
  uint64_t batches_drain;    /**< mpcc_complete(MPCC_DRAIN) */
  uint64_t in_flight;        /**< batches given to the pump and not yet done, those that wait for
                                  another try or a worker included */
  uint64_t retries;          /**< hand-overs to the pump after a batch's first: tries and parts;
                                  on workers counted when they have ended */
  uint64_t timeouts;         /**< hand-overs cancelled by pump_timeout_ms */
  uint64_t wakeups;          /**< times a sleeping loop was woken; instance only, 0 in a slot */
  uint64_t pump_ns_total;    /**< time from the call of the pump to done, summed over batches; in a
                                  manual instance by the steps' clock */
  uint64_t pump_ns_max;      /**< the longest of them */
  uint64_t wait_ms_max;      /**< the age of the oldest item ever handed over */
  uint64_t reserved[13];     /**< zero */
} mpcc_stats_t;

/**
 * Fill ${stats} for the whole instance. Looks at every slot. Stops nobody; but where a producer
 * handle was ever opened, the loop, and who opens, closes, flushes or discards, may have to wait
 * for it, up to 0.1 us a slot.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never, but while another thread empties producer handles.
 * Returns:  0, or MPCC_EINVAL for a NULL argument
 */
#if defined(__cplusplus) && defined(__GNUC__) /* in C++ a struct of the same name is shadowed */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
MPCC_API int mpcc_stats(const mpcc_t *mpcc, mpcc_stats_t *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/**
 * Fill ${stats} for one slot.
 *
 * Thread:   any, and inside every callback but on_wake.
 * Blocks:   never, but while another thread empties producer handles.
 * Returns:  0, or MPCC_EINVAL for a NULL argument or slot >= slot_count
 */
MPCC_API int mpcc_slot_stats(const mpcc_t *mpcc, uint32_t slot, mpcc_stats_t *stats);

/** Buckets of a mpcc_histogram_t. */
enum { MPCC_HISTOGRAM_BUCKETS = 65 };

/** What mpcc_histogram_read() can read. */
enum {
  MPCC_HISTOGRAM_ITEMS = 0, /**< items of each batch, when it was formed */
  MPCC_HISTOGRAM_WAIT_MS,   /**< how long its oldest item had waited then, in ms */
  MPCC_HISTOGRAM_PUMP_NS    /**< from each call of the pump to done, in ns; in a manual instance
                                 by the steps' clock */
};

/**
 * Values counted by powers of two: buckets[0] counts the value 0, buckets[b] the values from
 * 2^(b-1) to 2^b - 1.
 */
typedef struct mpcc_histogram {
  uint64_t count;                           /**< values: the sum of all buckets */
  uint64_t sum;                             /**< of the values, modulo 2^64 */
  uint64_t buckets[MPCC_HISTOGRAM_BUCKETS]; /**< see above */
  uint64_t reserved[5];                     /**< zero */
} mpcc_histogram_t;

/**
 * Fill ${histogram} with what the whole instance has counted of ${which} since mpcc_create(). The
 * loop always counts. Numbers never fall, so a difference of two readings is a histogram, too.
 *
 * Thread:   any, and inside every callback but on_wake and weigh.
 * Blocks:   never.
 * Returns:  0, or MPCC_EINVAL for a NULL argument, or a ${which} that there is not
 */
MPCC_API int mpcc_histogram_read(const mpcc_t *mpcc, int which, mpcc_histogram_t *histogram);

/**
 * The largest value that a bucket counts: 0, 1, 3, 7 ... UINT64_MAX.
 *
 * Thread:   any.
 * Blocks:   never.
 * Returns:  it; UINT64_MAX also for a bucket that there is not
 */
MPCC_API uint64_t mpcc_histogram_bound(unsigned bucket);

/**
 * The bound of the bucket below whose end ${quantile} of all values lie: the median for 0.5. At
 * most twice the true quantile.
 *
 * Thread:   any, when nobody writes ${histogram}.
 * Blocks:   never.
 * Returns:  it; 0 for NULL, or if there are no values. ${quantile} is taken from 0 to 1.
 */
MPCC_API uint64_t mpcc_histogram_quantile(const mpcc_histogram_t *histogram, double quantile);

/**
 * Write to ${file}, for a person, what the instance is doing: state, options, loop, memory, what
 * producer handles hold together, each slot that has more than that, and each batch in flight with
 * its age and attempt. The text is not for programs: it changes between versions.
 *
 * For debuggers, too: it asks for no memory and waits for no lock of the library's, so it also
 * works while every other thread stands still. In gdb: call (int)mpcc_dump(m, stderr)
 *
 * Thread:   any, and inside every callback but on_wake and weigh.
 * Blocks:   never, but for ${file}.
 * Returns:  0, or
 *           MPCC_EINVAL   a NULL argument
 *           MPCC_ESYSTEM  writing to ${file} has failed; what it keeps in a buffer may still fail
 *                         when you flush or close it
 */
MPCC_API int mpcc_dump(const mpcc_t *mpcc, FILE *file);

#ifdef __cplusplus
}
#endif

#endif /* MPCC_H */
