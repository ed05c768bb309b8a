# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""libmpcc in gdb: what an instance is doing, read from memory alone.

    (gdb) source .../mpcc_gdb.py     or by itself: see README.md
    (gdb) print *mpcc                an instance in a line, and its slots that are not idle
    (gdb) print *batch               what a pump has got; print/r shows it as it is
    (gdb) mpcc dump mpcc             all of it: queues, batches in flight and their ages

No function of the process is called and no lock is asked for, so a core file does, too. What is
needed is the library's debug information (-g). A thread may have been stopped in the middle of a
change: then a number is one behind, or a batch is missing from its list.
"""

import sys
import time

import gdb
import gdb.printing

STATES = ("IDLE", "RUNNING", "COMPLETING", "STOPPED")
MODES = {0: "drain", 1: "discard", 2: "abandon"}
DUES = {0: "none", 1: "full", 2: "interval", 3: "flush", 4: "drain"}
LOOP_WORDS = ("awake", "signalled", "asleep")
ON_WORKER = 1
UNLIMITED = (0, 2**64 - 1)
TOP_BIT = 1 << 63      # of a base: unset; of a batch's live: abandoned
TAIL_CLOSED = 1 << 31  # src/queue.h
FIRST_TICKET = (1 << 62) - 3  # where builds with checks begin to count (src/check.h), others at 0
SLOTS_SHOWN = 100
LIST_LIMIT = 100000    # a list in the middle of a change might lead in a circle


def number(value):
    """An integer, whether its type is atomic or not."""
    return int(value)


def behind(ahead, back):
    """How far one counter, modulo 2^64, is behind another; 0 if it is not."""
    distance = (ahead - back) % 2**64
    return distance if distance < TOP_BIT else 0


def offset_of(type_, path):
    """Bytes from the start of a struct to a.b.c in it."""
    offset = 0
    for name in path.split("."):
        field = type_.strip_typedefs()[name]
        offset += field.bitpos // 8
        type_ = field.type
    return offset


class Instance:
    """An mpcc_t, by its value."""

    def __init__(self, value):
        self.value = value
        self.world = value["world"]
        self.options = self.world["options"]
        self.shelf = self.world["pool"]["shelf"]
        self.slot_count = number(self.options["slot_count"])
        self.batch_pointer = gdb.lookup_type("struct mpcc__batch").pointer()

    def state(self):
        state = number(self.value["state"])
        text = STATES[state] if state < len(STATES) else "state %d" % state
        if text == "COMPLETING":
            text += " (%s)" % MODES.get(number(self.value["mode"]), "?")
        return text

    def segment(self, which):
        """A segment by its number, as the batch that lives in it."""
        index, shift = which - 1, number(self.shelf["slab_shift"])
        slab = number(self.shelf["slabs"][index >> shift])
        place = slab + (index & number(self.shelf["slab_mask"])) * number(self.shelf["stride"])
        return gdb.Value(place).cast(self.batch_pointer).dereference()["segment"]

    def ticket(self, queue):
        """Items ever claimed: src/queue.h says how they are counted."""
        tail = number(queue["tail"])
        which, index, cap = tail >> 32, tail & 0xffffffff, number(self.shelf["cap"])
        if which == 0:
            return number(queue["idle_base"])
        claimed = min(index, cap)
        for _ in range(LIST_LIMIT):
            segment = self.segment(which)
            base = number(segment["base"])
            if not base & TOP_BIT:
                return base + claimed
            which = number(segment["prev"])
            if which == 0:
                return number(queue["idle_base"]) + claimed
            claimed += cap
        raise gdb.GdbError("mpcc: segments without end")

    def slot(self, which):
        return Slot(self, which)

    def busy_slots(self):
        """Numbers of those that have items or batches or waiters: one look at all memory of slots,
        since there may be many."""
        slot_type = self.world["slots"].type.target()
        size = slot_type.sizeof
        names = ("queue.tail", "queue.idle_base", "end.taken", "in_flight_count", "waiting")
        sizes = (8, 8, 8, 4, 4)
        offsets = [offset_of(slot_type, name) for name in names]
        inferior, start = gdb.selected_inferior(), number(self.world["slots"])
        staged = self.staged()
        for first in range(0, self.slot_count, 4096):
            count = min(4096, self.slot_count - first)
            memory = bytes(inferior.read_memory(start + first * size, count * size))
            for i in range(count):
                at = i * size
                tail, base, taken, in_flight, waiting = (
                    int.from_bytes(memory[at + offset:at + offset + length], sys.byteorder)
                    for offset, length in zip(offsets, sizes))
                if tail >> 32 or base != taken or in_flight or waiting or first + i in staged:
                    yield first + i

    def staged(self):
        """{slot: items} that have come out of producer handles and are not in a queue."""
        stage = self.world["lanes"]["stage"]
        if number(stage) == 0:
            return {}
        table, counts, lists = stage["table"], {}, ("due", "passing")
        for name in lists:
            at = number(stage[name]["first"])
            while at and len(counts) < LIST_LIMIT:
                count = number(table[at - 1]["count"])
                if count == 0 or at - 1 in counts:
                    break
                counts[at - 1] = count
                at = number(table[at - 1]["next"])
        return counts

    def handles(self):
        """How many producer handles are open, and the items in them."""
        lanes, items = self.world["lanes"], 0
        producer = lanes["first"]
        for _ in range(LIST_LIMIT):
            if number(producer) == 0:
                break
            lane = producer["lane"]
            items += behind(number(lane["tail"]), number(lane["head"]))
            producer = producer["next"]
        return number(lanes["open_count"]), items

    def now_ns(self):
        """The time by the instance's clock, and whether that is known: of a core file only when
        the loop last looked."""
        inferior = gdb.selected_inferior()
        kind = getattr(getattr(inferior, "connection", None), "type", None)
        if kind == "native" and number(self.world["outside"]["clock_ns"]) != 0:
            return time.monotonic_ns(), True
        return number(self.world["seen_ms"]) * 1000000, number(self.options["manual"]) != 0


class Slot:
    def __init__(self, instance, which):
        self.instance, self.number = instance, which
        self.value = instance.world["slots"][which]
        self.pushed = instance.ticket(self.value["queue"])
        self.staged = instance.staged().get(which, 0)
        taken = number(self.value["end"]["taken"])
        self.queued = behind(self.pushed, taken) + self.staged
        if self.pushed >= FIRST_TICKET:
            self.pushed -= FIRST_TICKET
        self.pushed += self.staged
        self.in_flight = number(self.value["in_flight_count"])
        self.waiting = number(self.value["waiting"])
        tally = self.value["tally"]
        self.fates = [(number(tally[name]), name) for name in ("delivered", "dropped", "orphaned")]

    def batches(self):
        batch = self.value["oldest"]
        for _ in range(LIST_LIMIT):
            if number(batch) == 0:
                return
            yield batch.dereference()
            batch = batch["next"]

    def describe(self):
        text = "%d queued, %d batches in flight, of %d pushed " % (self.queued, self.in_flight,
                                                                  self.pushed)
        text += ", ".join("%d %s" % fate for fate in self.fates)
        rejected = number(self.value["rejected"])
        if rejected:
            text += ", %d rejected" % rejected
        if number(self.value["queue"]["tail"]) in range(TAIL_CLOSED, 1 << 32):
            text += "; closed"
        if self.waiting:
            text += "; %d threads wait for room" % self.waiting
        return text


def describe_batch(shown):
    """A struct mpcc_batch."""
    return "batch %#x of slot %d: %d items, due: %s, attempt %d" % (
        number(shown["id"]), number(shown["slot"]), number(shown["count"]),
        DUES.get(number(shown["due"]), "?"), number(shown["attempt"]))


def whereabouts(batch, instance):
    """Who has a struct mpcc__batch."""
    live, started_ns = number(batch["live"]), number(batch["started_ns"])
    if number(batch["waiting"]):
        return "waits for another try"
    if live & TOP_BIT:
        return "abandoned"
    if live != number(batch["shown"]["id"]):
        return "answered"
    if number(instance.options["pump_on"]) == ON_WORKER and started_ns == 0:
        return "waits for a worker"
    now_ns, known = instance.now_ns()
    age = "in the pump for %d ms" % (max(now_ns - started_ns, 0) // 1000000)
    if not known:
        age += " when the loop last looked"
    return age + (", cancelled" if number(batch["cancelled"]) else "")


def limit(value, none, zero=True):
    return none if number(value) in UNLIMITED[0 if zero else 1:] else str(number(value))


def dump_lines(instance, shown_count=SLOTS_SHOWN):
    options, world = instance.options, instance.world
    yield "mpcc %#x: %s" % (number(instance.value.address), instance.state())
    yield "  options: item_size %d, slot_count %d, batch_size %d, max_concurrency %d," % tuple(
        number(options[name]) for name in ("item_size", "slot_count", "batch_size",
                                           "max_concurrency"))
    yield "    push_interval_ms %s, capacity %s, max_memory %s, max_attempts %d" % (
        limit(options["push_interval_ms"], "never", False), limit(options["capacity"], "unbounded"),
        limit(options["max_memory"], "unlimited"), number(options["max_attempts"]))
    word = number(world["event"]["word"])
    yield "  loop: %s, %s, woken %d times, pass %d; the pump runs on %s" % (
        "manual" if number(options["manual"]) else
        "the user's" if number(options["loop"]) else "its own thread",
        LOOP_WORDS[word] if word < len(LOOP_WORDS) else word, number(world["wakeups"]),
        number(world["loop"]["pass"]),
        "%d workers" % number(options["worker_count"])
        if number(options["pump_on"]) == ON_WORKER else "it")
    open_count, items = instance.handles()
    if open_count or items:
        yield "  producer handles: %d open, %d items in them" % (open_count, items)
    busy = list(instance.busy_slots())
    for which in busy[:shown_count]:
        slot = instance.slot(which)
        yield "  slot %d: %s" % (which, slot.describe())
        for batch in slot.batches():
            yield "    %s, %s; had waited %d ms" % (
                describe_batch(batch["shown"]), whereabouts(batch, instance),
                number(batch["shown"]["waited_ms"]))
    if len(busy) > shown_count:
        yield "  busy slots that are not shown: %d" % (len(busy) - shown_count)
    yield "  idle slots: %d" % (instance.slot_count - len(busy))


# -- print -----------------------------------------------------------------------------------------


class InstancePrinter:
    def __init__(self, value):
        self.instance = Instance(value)
        self.busy = list(self.instance.busy_slots())

    def to_string(self):
        return "mpcc: %s, %d of %d slots are busy" % (self.instance.state(), len(self.busy),
                                                      self.instance.slot_count)

    def children(self):
        for which in self.busy[:SLOTS_SHOWN]:
            yield "slot %d" % which, self.instance.slot(which).describe()


def instance_printer(value):
    """None, so that gdb prints it itself, without the library's debug information."""
    return InstancePrinter(value) if value.type.strip_typedefs().fields() else None


class BatchPrinter:
    """What a pump gets; its fields follow."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return describe_batch(self.value)

    def children(self):
        for name in ("items", "waited_ms", "data"):
            yield name, self.value[name]


class InnerBatchPrinter(BatchPrinter):
    def __init__(self, value):
        super().__init__(value["shown"])


class ProducerPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        lane = self.value["lane"]
        return "producer handle: %s, %d items of %d" % (
            "open" if number(self.value["open"]) else "closed",
            behind(number(lane["tail"]), number(lane["head"])), number(lane["capacity"]))


# -- mpcc dump -------------------------------------------------------------------------------------


class MpccCommand(gdb.Command):
    """Commands for libmpcc."""

    def __init__(self):
        super().__init__("mpcc", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class DumpCommand(gdb.Command):
    """Show what an instance is doing: mpcc dump [-slots N] EXPRESSION

The expression is an mpcc_t or a pointer to one. At most N busy slots are shown, else 100."""

    def __init__(self):
        super().__init__("mpcc dump", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        count, words = SLOTS_SHOWN, argument.split(None, 2)
        try:
            gdb.lookup_type("struct mpcc__batch")
        except gdb.error:
            raise gdb.GdbError("mpcc dump: libmpcc has no debug information here (-g)") from None
        if len(words) == 3 and words[0] == "-slots" and words[1].isdigit():
            count, argument = int(words[1]), words[2]
        if not argument.strip():
            raise gdb.GdbError("mpcc dump: of which instance?")
        value = gdb.parse_and_eval(argument)
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            if number(value) == 0:
                raise gdb.GdbError("mpcc dump: that is NULL")
            value = value.cast(gdb.lookup_type("struct mpcc").pointer()).dereference()
        if value.type.strip_typedefs().tag != "mpcc":
            raise gdb.GdbError("mpcc dump: that is no mpcc_t, but a %s" % value.type)
        for line in dump_lines(Instance(value), count):
            gdb.write(line + "\n")


def register(objfile):
    printers = gdb.printing.RegexpCollectionPrettyPrinter("mpcc")
    printers.add_printer("mpcc", "^mpcc$", instance_printer)
    printers.add_printer("mpcc_batch", "^mpcc_batch$", BatchPrinter)
    printers.add_printer("mpcc__batch", "^mpcc__batch$", InnerBatchPrinter)
    printers.add_printer("mpcc_producer", "^mpcc_producer$", ProducerPrinter)
    gdb.printing.register_pretty_printer(objfile, printers, replace=True)
    MpccCommand()
    DumpCommand()


register(gdb.current_objfile())
