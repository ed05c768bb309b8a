// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.TimeoutHandler;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The whole job of bench_batcher, done with the LMAX Disruptor: one ring for all slots, as large as
 * the window, of events that are made once; its handler sorts them into an array for each slot, and
 * hands out 500 at once or what there is after 10 ms. Prints how many million items a second one
 * round takes, after some to get warm.
 *
 * <pre>java PeerDisruptor PRODUCERS SLOTS</pre>
 *
 * When there is nothing, the handler's thread looks again every 50 us, as with the library's
 * SleepingWaitStrategy, which knows no timeout: so producers never wake it, which with one of the
 * blocking strategies is most of what they do. The price is that it never rests.
 */
public final class PeerDisruptor implements EventHandler<PeerDisruptor.Item>, TimeoutHandler {
  private static final int BATCH = 500;
  private static final int TOGETHER = 256;
  private static final int WARM_ROUNDS = 12;
  private static final long FIRST_ITEMS = 100000;
  private static final int YIELDS = 100;
  private static final long LOOK_NS = 50000;
  private static final long NAP_NS = 100000;
  private static final long INTERVAL_NS = 10000000;
  private static final long ROUND_NS = 100000000;
  private static final long PATIENCE_S = 60;

  /** What is pushed: two words, and the slot. */
  static final class Item {
    long value;
    long more;
    int slot;
  }

  /** What a slot has of a batch. */
  private static final class Slot {
    final long[] words = new long[2 * BATCH];
    int count;
    boolean listed;
  }

  /** Yields a while, then sleeps between looks, and ends when a tick is due. */
  private static final class SleepingUntilTick implements WaitStrategy {
    @Override
    public long waitFor(long sequence, Sequence cursor, Sequence dependent,
        SequenceBarrier barrier) throws AlertException, TimeoutException {
      long untilNs = System.nanoTime() + INTERVAL_NS;
      int yields = YIELDS;
      long available;

      while ((available = dependent.get()) < sequence) {
        barrier.checkAlert();
        if (yields-- > 0)
          Thread.yield();
        else
          LockSupport.parkNanos(LOOK_NS);
        if (System.nanoTime() >= untilNs)
          throw TimeoutException.INSTANCE;
      }
      return available;
    }

    @Override
    public void signalAllWhenBlocking() {}
  }

  private final int producers;
  private final Slot[] slots;
  private final int[] active; // slots that have something
  private int activeCount;
  private long tickNs = System.nanoTime();
  private final long window;
  private final RingBuffer<Item> ring;
  private final AtomicLong booked = new AtomicLong();
  private final AtomicLong pumped = new AtomicLong();
  private long sum;
  private boolean reads; // in this round the handler adds up what it gets
  private volatile long expected;
  private volatile long endNs;
  private volatile CountDownLatch ended;

  private PeerDisruptor(int producers, int slots) {
    this.producers = producers;
    this.slots = new Slot[slots];
    for (int i = 0; i < slots; i++)
      this.slots[i] = new Slot();
    active = new int[slots];
    window = slots <= 16 ? 131072 : 1048576;
    Disruptor<Item> disruptor =
        new Disruptor<>(Item::new, (int) window, DaemonThreadFactory.INSTANCE, ProducerType.MULTI,
            new SleepingUntilTick());
    disruptor.handleEventsWith(this);
    ring = disruptor.start();
  }

  private static void fail(String what) {
    System.err.println("PeerDisruptor: " + what);
    System.exit(1);
  }

  // -- The handler's thread -------------------------------------------------------------------

  private void handOut(Slot slot) {
    for (int i = 0; reads && i < slot.count; i++)
      sum += slot.words[2 * i];
    long now = pumped.get() + slot.count;
    slot.count = 0;
    pumped.lazySet(now); // no other thread writes it
    if (now == expected) {
      endNs = System.nanoTime();
      ended.countDown();
    }
  }

  private void tick(long nowNs) {
    for (int i = 0; i < activeCount; i++) {
      Slot slot = slots[active[i]];
      slot.listed = false;
      if (slot.count != 0)
        handOut(slot);
    }
    activeCount = 0;
    tickNs = nowNs;
  }

  @Override
  public void onEvent(Item item, long sequence, boolean endOfBatch) {
    Slot slot = slots[item.slot];
    if (!slot.listed) {
      slot.listed = true;
      active[activeCount++] = item.slot;
    }
    slot.words[2 * slot.count] = item.value;
    slot.words[2 * slot.count + 1] = item.more;
    if (++slot.count == BATCH)
      handOut(slot);
    if (endOfBatch) {
      long nowNs = System.nanoTime();
      if (nowNs - tickNs >= INTERVAL_NS)
        tick(nowNs);
    }
  }

  @Override
  public void onTimeout(long sequence) {
    tick(System.nanoTime());
  }

  // -- Producers -------------------------------------------------------------------------------

  private void book(long count) {
    long all = booked.addAndGet(count);
    while (pumped.get() + window < all)
      LockSupport.parkNanos(NAP_NS);
  }

  /** Values are 1 to each; slots are picked by a xorshift of the producer's own. */
  private void produce(int producer, long each) {
    long random = (producer + 1) * 0x9e3779b97f4a7c15L;
    for (long done = 0; done < each; ) {
      long until = Math.min(each, done + TOGETHER);
      book(until - done);
      while (done < until) {
        int slot = 0;
        if (slots.length > 1) {
          random ^= random << 13;
          random ^= random >>> 7;
          random ^= random << 17;
          slot = (int) ((random >>> 32) * slots.length >>> 32);
        }
        done++;
        long sequence = ring.next();
        Item item = ring.get(sequence);
        item.value = done;
        item.more = slot;
        item.slot = slot;
        ring.publish(sequence);
      }
    }
  }

  /** How many nanoseconds it took until the last item had been handed out. */
  private long round(long items, boolean adds) throws InterruptedException {
    long each = items / producers;
    reads = adds;
    long sumBefore = sum; // nothing runs between rounds
    booked.set(0);
    pumped.set(0);
    ended = new CountDownLatch(1);
    expected = each * producers;
    CountDownLatch start = new CountDownLatch(1);
    for (int i = 0; i < producers; i++) {
      int producer = i;
      Thread thread = new Thread(() -> {
        try {
          start.await();
        } catch (InterruptedException e) {
          fail("interrupted");
        }
        produce(producer, each);
      });
      thread.setDaemon(true);
      thread.start();
    }
    long beginNs = System.nanoTime();
    start.countDown();
    if (!ended.await(PATIENCE_S, TimeUnit.SECONDS))
      fail("items were lost");
    if (adds && sum - sumBefore != producers * (each * (each + 1) / 2))
      fail("what came out is not what was pushed");
    return endNs - beginNs;
  }

  public static void main(String[] args) throws InterruptedException {
    if (args.length != 2)
      fail("usage: PeerDisruptor <producers> <slots>");
    PeerDisruptor peer = new PeerDisruptor(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    long items = FIRST_ITEMS;
    for (int i = 0; i < WARM_ROUNDS; i++) {
      long tookNs = Math.max(1000000, peer.round(items, i == 0) - INTERVAL_NS);
      items = Math.max(FIRST_ITEMS, (long) ((double) items * ROUND_NS / tookNs));
    }
    items -= items % peer.producers;
    System.out.printf(java.util.Locale.ROOT, "%.6g%n", items * 1e3 / peer.round(items, false));
  }
}
