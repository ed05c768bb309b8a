# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""An endpoint whose numbers the tests of top choose: each scrape finds them STEP further on."""

import http.server
import socket
import sys
import threading
import time

failures = 0


def check(holds, what):
    global failures
    if not holds:
        failures += 1
        print("FAILED  " + what, flush=True)


def done(what):
    print("ok      " + what, flush=True)


def finish():
    sys.exit(1 if failures else 0)


def wait_for(holds, what, seconds=60):
    """Whether it comes true, however slow the machine."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            check(False, what)
            return False
        time.sleep(0.02)
    return True


class Numbers:
    """A thousand items in a batch of 100 each, at every look; slot 3 gets most of them."""

    def __init__(self):
        self.looks = 0
        self.text = None  # to say instead

    def page(self):
        if self.text is not None:
            return self.text
        self.looks += 1
        n = self.looks
        lines = ['mpcc_pushed_items_total{queue="orders"} %d' % (1000 * n),
                 'mpcc_delivered_items_total{queue="orders"} %d' % (1000 * n),
                 'mpcc_batches_total{queue="orders",due="full"} %d' % (10 * n),
                 'mpcc_batch_items_sum{queue="orders"} %d' % (1000 * n),
                 'mpcc_queued_items{queue="orders"} 77',
                 'mpcc_in_flight_batches{queue="orders"} 4']
        for bound, count in (("0.007", 5), ("0.127", 10), ("+Inf", 10)):
            lines.append('mpcc_pump_seconds_bucket{queue="orders",le="%s"} %d' % (bound, count * n))
        for slot in range(40):
            lines.append('mpcc_slot_pushed_items_total{queue="orders",slot="%d"} %d'
                         % (slot, (610 if slot == 3 else 10) * n))
        return "\n".join(lines) + "\n"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.numbers.page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Listener(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


class Endpoint:
    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.numbers = Numbers()
        self.begin()

    def begin(self):
        self.server = Listener(("127.0.0.1", self.port), Handler)
        self.server.numbers = self.numbers
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def where(self):
        return "127.0.0.1:%d" % self.port
