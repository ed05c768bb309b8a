# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""What the tests of metrics share: running it, and asking it over a socket."""

import atexit
import socket
import subprocess
import sys
import time

TIMEOUT_S = 60
START = time.monotonic()

failures = 0


def check(holds, what):
    global failures
    if not holds:
        failures += 1
        print("FAILED  " + what, flush=True)


def done(what):
    print("ok      %s (%d s)" % (what, time.monotonic() - START), flush=True)


def finish():
    sys.exit(1 if failures else 0)


class Server:
    """A process of metrics, on a port of its own choice."""

    def __init__(self, program, *options, address="127.0.0.1"):
        self.address = address
        self.process = subprocess.Popen([program, "-p", "0", "-a", address, *options],
                                        stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        line = self.process.stdout.readline()
        assert line.startswith("listening on " + address), line
        self.port = int(line.split()[-1])

    def connect(self):
        return socket.create_connection((self.address, self.port), TIMEOUT_S)

    def get(self):
        """The text, by way of a connection of its own."""
        with Client(self) as client:
            client.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = client.answer()
            assert answer.status == 200, answer.status
            return answer.body.decode()

    def rests(self):
        """Wait until it says that it rests: its lines about that."""
        lines = []
        for line in self.process.stdout:
            if line == "at rest\n":
                return lines
            lines.append(line.split())
        raise AssertionError("it has ended")

    def stop(self):
        self.process.terminate()
        status = self.process.wait(TIMEOUT_S)
        self.process.stdout.close()
        return status


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body


class Client:
    """A connection, and the answers that come on it."""

    def __init__(self, server):
        self.socket = server.connect()
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(65536)
        self.rest += data
        return data != b""

    def closed(self):
        """Whether the server ends it, with nothing more to say."""
        try:
            return self.rest == b"" and not self._more()
        except ConnectionResetError:
            return True

    def answer(self, head=False):
        """The next one, or None: the connection was closed."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        text, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = text.decode("ascii").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1", first
        fields = {}
        for line in lines:
            name, value = line.split(": ", 1)
            assert name not in fields, name
            fields[name] = value
        length = 0 if head else int(fields["Content-Length"])
        while len(self.rest) < length:
            assert self._more(), "cut off"
        body, self.rest = self.rest[:length], self.rest[length:]
        return Answer(int(status), fields, body)
