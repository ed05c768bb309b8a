# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""This example shows how to push from several Python threads and get batches in a Python pump.

batches.py <libmpcc.so>            push, pump, and check that nothing was lost or out of order
batches.py <libmpcc.so> --layout   print where ctypes puts the fields of C's structs
"""
import queue
import struct
import sys
import threading

import mpcc

THREADS, ITEMS, SLOTS = 4, 3000, 2
ITEM = struct.Struct("<II")  # thread, number


def push_from_threads(instance):
    def produce(thread):
        for number in range(ITEMS):
            instance.push(ITEM.pack(thread, number), number % SLOTS)

    threads = [threading.Thread(target=produce, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check_order(seen):
    """Each slot has each thread's numbers of that slot, in order, once."""
    for slot in range(SLOTS):
        for thread in range(THREADS):
            numbers = [number for of, number in seen[slot] if of == thread]
            assert numbers == list(range(slot, ITEMS, SLOTS)), (slot, thread, numbers[:10])


def answer_at_once(library):
    """The pump fails on its first batch, which comes again: nothing is lost or out of order."""
    seen = {slot: [] for slot in range(SLOTS)}
    calls = []

    def pump(_batch_id, slot, items):
        calls.append(slot)
        if len(calls) == 1:
            return mpcc.FAILED
        seen[slot].extend(ITEM.iter_unpack(items))
        return None

    options = {"slot_count": SLOTS, "batch_size": 100, "max_attempts": 2, "retry_delay_ms": 1}
    with mpcc.Mpcc(library, pump, ITEM.size, **options) as instance:
        push_from_threads(instance)
        instance.flush()
        stats = instance.stats()
    check_order(seen)
    assert stats.pushed == stats.delivered == THREADS * ITEMS, stats.delivered
    assert stats.retries == 1 and stats.dropped == 0, (stats.retries, stats.dropped)
    print(f"{stats.delivered} items in {stats.batches} batches, one of them twice")


def answer_later(library):
    """The pump hands batches to a Python thread, which finishes them."""
    seen = {slot: [] for slot in range(SLOTS)}
    todo = queue.SimpleQueue()

    def pump(batch_id, slot, items):
        todo.put((batch_id, slot, items))
        return mpcc.PENDING

    def work(instance):
        while (job := todo.get()) is not None:
            batch_id, slot, items = job
            seen[slot].extend(ITEM.iter_unpack(items))
            instance.done(batch_id)

    options = {"slot_count": SLOTS, "batch_size": 100, "capacity": 500}
    with mpcc.Mpcc(library, pump, ITEM.size, **options) as instance:
        worker = threading.Thread(target=work, args=(instance,))
        worker.start()
        push_from_threads(instance)
        instance.flush()
        todo.put(None)
        worker.join()
    check_order(seen)
    print(f"{sum(map(len, seen.values()))} items, finished by another thread")


def refuse_all(library):
    """A pump that raises delivers nothing: on_drop sees every item."""
    dropped = []

    def pump(_batch_id, _slot, _items):
        raise ConnectionError("this is meant to be here: the example's sink is down")

    def on_drop(_slot, items, reason):
        assert reason == mpcc.FAILED
        dropped.extend(ITEM.iter_unpack(items))

    with mpcc.Mpcc(library, pump, ITEM.size, on_drop) as instance:
        for number in range(10):
            instance.push(ITEM.pack(0, number))
        try:
            instance.push(b"short")
            raise AssertionError("an item that is too short was taken")
        except ValueError:
            pass
    assert dropped == [(0, number) for number in range(10)], dropped
    print(f"{len(dropped)} items dropped, and shown")


def print_layout():
    for name, fields in mpcc.STRUCTS.items():
        print(name, mpcc.ctypes.sizeof(fields))
        for field, *_ in fields._fields_:
            place = getattr(fields, field)
            print(f"  {field} {place.offset} {place.size}")


if __name__ == "__main__":
    if sys.argv[2:] == ["--layout"]:
        print_layout()
    else:
        mpcc_library = mpcc.load(sys.argv[1])
        answer_at_once(mpcc_library)
        answer_later(mpcc_library)
        refuse_all(mpcc_library)
