# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""libmpcc by ctypes: what batches.py needs of it, and a class that keeps the rules.

docs/languages.md says why things are as they are here.
"""
import ctypes
import sys
import traceback
from ctypes import c_bool, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

PENDING = 2**31 - 1
ETIMEDOUT = -30006
NO_TIMEOUT = 2**64 - 1
ALL_SLOTS = 2**32 - 1
DRAIN = 0
FAILED = -1  # what a pump that raised answers


class Batch(ctypes.Structure):
    """struct mpcc_batch"""

    _fields_ = [
        ("items", c_void_p), ("count", c_size_t), ("slot", c_uint32), ("attempt", c_uint32),
        ("id", c_uint64), ("due", c_int), ("waited_ms", c_uint64), ("data", c_void_p),
    ]  # fmt: skip


class Options(ctypes.Structure):
    """struct mpcc_options; the types of callbacks that are not used here are plain pointers."""

    _fields_ = [
        ("item_size", c_size_t), ("slot_count", c_uint32), ("batch_size", c_uint32),
        ("max_concurrency", c_uint32), ("push_interval_ms", c_uint64), ("capacity", c_size_t),
        ("max_memory", c_size_t), ("loop", c_void_p), ("pump_on", c_int),
        ("worker_count", c_uint32), ("max_attempts", c_uint32), ("retry_delay_ms", c_uint64),
        ("retry_delay_max_ms", c_uint64), ("pump_timeout_ms", c_uint64),
        ("max_batch_weight", c_size_t), ("weigh", c_void_p), ("weigh_arg", c_void_p),
        ("on_drop", c_void_p), ("on_room", c_void_p), ("on_cancel", c_void_p),
        ("isolate_failures", c_bool), ("manual", c_bool), ("on_wake", c_void_p),
        ("wake_arg", c_void_p), ("lane_capacity", c_size_t), ("allocator", c_void_p),
        ("reserved", c_uint64 * 16),
    ]  # fmt: skip


class Stats(ctypes.Structure):
    """struct mpcc_stats"""

    _fields_ = [
        (name, c_uint64)
        for name in (
            "pushed rejected delivered dropped orphaned queued queued_peak batches batches_full "
            "batches_interval batches_flush batches_drain in_flight retries timeouts wakeups "
            "pump_ns_total pump_ns_max wait_ms_max"
        ).split()
    ] + [("reserved", c_uint64 * 13)]


STRUCTS = {"mpcc_batch_t": Batch, "mpcc_options_t": Options, "mpcc_stats_t": Stats}
PUMP = ctypes.CFUNCTYPE(c_int, ctypes.POINTER(Batch), c_void_p)
DROP = ctypes.CFUNCTYPE(None, ctypes.POINTER(Batch), c_int, c_void_p)


class Error(Exception):
    """A negative code, as an exception; .code is the number."""

    def __init__(self, library, code):
        super().__init__(library.mpcc_strerror(code).decode())
        self.code = code


def load(path):
    """The library with every function's types. CDLL, not PyDLL: a call lets other threads run."""
    library = ctypes.CDLL(path)

    def declare(name, result, *arguments):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
        return function

    def declare_checked(name, *arguments):
        def check(code, _function, _arguments):
            if code < 0:
                raise Error(library, code)
            return code

        declare(name, c_int, *arguments).errcheck = check

    declare("mpcc_strerror", c_char_p, c_int)
    declare("mpcc_options_init", None, ctypes.POINTER(Options))
    declare_checked("mpcc_create", ctypes.POINTER(c_void_p), ctypes.POINTER(Options))
    declare_checked("mpcc_start", c_void_p, PUMP, c_void_p)
    declare_checked("mpcc_push_wait", c_void_p, c_char_p, c_uint32, c_uint64)
    declare_checked("mpcc_flush_wait", c_void_p, c_uint32, c_uint64)
    declare_checked("mpcc_batch_done_id", c_void_p, c_uint64, c_int)
    declare_checked("mpcc_complete", c_void_p, c_int, c_void_p, c_void_p)
    declare_checked("mpcc_wait", c_void_p, c_uint64)
    declare_checked("mpcc_destroy", c_void_p)
    declare_checked("mpcc_stats", c_void_p, ctypes.POINTER(Stats))
    return library


class Mpcc:
    """An instance, as a context manager: leaving it delivers what is queued.

    pump(batch_id, slot, items) gets the items as bytes, a copy; it returns None when they are
    delivered, PENDING if done() will be called, or a status; an exception is a failure.
    on_drop(slot, items, reason) sees what will not be delivered.
    """

    def __init__(self, library, pump, item_size, on_drop=None, **options):
        self._library, self._item_size = library, item_size
        self._user_pump, self._user_drop = pump, on_drop
        # The library calls these as long as it lives, and does not keep them alive.
        self._pump, self._drop = PUMP(self._on_batch), DROP(self._on_drop)
        settings = Options()
        library.mpcc_options_init(ctypes.byref(settings))
        settings.item_size = item_size
        settings.on_drop = ctypes.cast(self._drop, c_void_p)
        for name, value in options.items():
            if name not in (field[0] for field in Options._fields_):
                raise TypeError(f"there is no option {name}")
            setattr(settings, name, value)
        self._instance = c_void_p()
        library.mpcc_create(ctypes.byref(self._instance), ctypes.byref(settings))
        try:
            library.mpcc_start(self._instance, self._pump, None)
        except Error:
            library.mpcc_destroy(self._instance)
            raise

    def _items(self, batch):
        return ctypes.string_at(batch.items, batch.count * self._item_size)

    def _on_batch(self, pointer, _state):
        # ctypes would print an exception and answer 0, which means delivered.
        try:
            batch = pointer.contents
            status = self._user_pump(batch.id, batch.slot, self._items(batch))
            return 0 if status is None else status
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            return FAILED

    def _on_drop(self, pointer, reason, _state):
        if self._user_drop is not None:
            batch = pointer.contents
            self._user_drop(batch.slot, self._items(batch), reason)

    def push(self, item, slot=0):
        """Waits for room where there is a limit. C would read on behind bytes that are too few."""
        if len(item) != self._item_size:
            raise ValueError(f"an item is {self._item_size} bytes, not {len(item)}")
        self._library.mpcc_push_wait(self._instance, item, slot, NO_TIMEOUT)

    def done(self, batch_id, status=0):
        """On any thread: finishes a batch whose pump answered PENDING."""
        self._library.mpcc_batch_done_id(self._instance, batch_id, status)

    def flush(self):
        """Waits until everything pushed so far is delivered or dropped."""
        self._library.mpcc_flush_wait(self._instance, ALL_SLOTS, NO_TIMEOUT)

    def stats(self):
        stats = Stats()
        self._library.mpcc_stats(self._instance, ctypes.byref(stats))
        return stats

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self._library.mpcc_complete(self._instance, DRAIN, None, None)
        while True:
            try:  # in slices, between which Python sees Ctrl-C
                self._library.mpcc_wait(self._instance, 200)
                break
            except Error as error:
                if error.code != ETIMEDOUT:
                    raise
        self._library.mpcc_destroy(self._instance)
        self._instance = c_void_p()
