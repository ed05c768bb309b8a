# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""metrics as an HTTP server: what it answers, and what becomes of clients that are slow, many or
rude. Usage: test_http.py PROGRAM http|ends"""

import email.utils
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

from client import Client, Server, TIMEOUT_S, check, done, finish

GET = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
TYPE = "text/plain; version=0.0.4; charset=utf-8"


def answers(server):
    with Client(server) as client:
        for _ in range(3):
            client.send(GET)
            got = client.answer()
            check(got.status == 200 and got.fields["Content-Type"] == TYPE, "GET")
            check(got.fields["Connection"] == "keep-alive", "it goes on")
            check(b"mpcc_pushed_items_total" in got.body, "the numbers are there")
        date = email.utils.parsedate_to_datetime(got.fields["Date"])
        check(abs(date.timestamp() - time.time()) < 100, "the date is today's")
        client.send(GET.replace(b"GET", b"HEAD"))
        got = client.answer(head=True)
        check(got.status == 200 and int(got.fields["Content-Length"]) > 1000, "HEAD")
        for request, status in ((GET.replace(b"/metrics", b"/"), 404),
                                (GET.replace(b"GET", b"DELETE"), 405), (GET, 200)):
            client.send(request)
            got = client.answer()
            check(got.status == status, "%d on a connection that goes on" % status)
            check((status == 405) == ("Allow" in got.fields), "Allow")
    done("GET, HEAD, 404 and 405 on connections that go on")


def refusals(server):
    for request, status in ((b"nonsense\r\n\r\n", 400), (b"PRI * HTTP/2.0\r\n\r\n", 505),
                            (GET.replace(b"Host: a", b"No: a"), 400),
                            (b"GET /metrics HTTP/1.1\r\nHost: " + b"a" * 5000, 431),
                            (b"\r\n" * 3000, 431),
                            (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
                            (GET[:-2] + b"Connection: close\r\n\r\n", 200),
                            (b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
                             + b"x" * 200000, 405)):
        with Client(server) as client:
            client.send(request)
            got = client.answer()
            check(got.status == status, "%d expected, and it is %d" % (status, got.status))
            check(got.fields["Connection"] == "close", "%d: it says that it ends" % status)
            check(client.closed(), "%d: it ends" % status)
    done("what is wrong, too long, old or has a body is answered, and the connection closed")


def pieces(server):
    with Client(server) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET:
            client.send(bytes([byte]))
        check(client.answer().status == 200, "byte by byte")
        client.send(GET * 5 + GET.replace(b"/metrics", b"/") + GET[:10])
        check([client.answer().status for _ in range(6)] == [200] * 5 + [404], "in their order")
        client.send(GET[10:])
        check(client.answer().status == 200, "one whose beginning came with others")
    done("requests in pieces, and several in one")


def slow_clients(server):
    """Who has sent something is told, who has not is cut off, both after 10 seconds."""
    start = time.monotonic()
    with Client(server) as half, Client(server) as silent, Client(server) as dribbling:
        half.send(GET[:-1])
        for byte in GET[:6]:
            dribbling.send(bytes([byte]))
            time.sleep(1)
        got = half.answer()
        check(got is not None and got.status == 408, "half a request: 408")
        check(half.closed(), "half a request: closed")
        check(silent.closed(), "silence: closed")
        got = dribbling.answer()
        check(got is not None and got.status == 408, "a byte each second: 408, too")
        check(9 < time.monotonic() - start, "not before 9 seconds")
    done("slow clients are cut off")


def deaf_clients(server):
    """They ask and ask and never read. The others are served, and the memory is theirs."""
    deaf = []
    for _ in range(20):
        client = Client(server)
        client.socket.settimeout(0.05)
        deaf.append(client)
        try:
            for _ in range(2000):
                client.send(GET)
        except (TimeoutError, socket.timeout, OSError):
            pass
    check("mpcc_info" in server.get(), "others are served")
    status = "/proc/%d/status" % server.process.pid
    if os.path.exists(status):
        with open(status) as lines:
            peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
        check(not peak or peak[0] < 400 * 1024, "memory: %s KiB" % peak)
    for client in deaf:
        client.socket.close()
    done("clients that don't read hold nobody up, and not much memory")


def many_clients(server):
    """Far more than are served at a time: idle ones make room, silent ones are waited for."""
    clients = []
    for _ in range(200):
        client = Client(server)
        client.send(GET)
        clients.append(client)
    check(all(client.answer().status == 200 for client in clients), "200 at a time")
    for client in clients:
        client.socket.close()
    silent = [server.connect() for _ in range(40)]
    start = time.monotonic()
    check("mpcc_info" in server.get(), "behind 40 that say nothing")
    check(time.monotonic() - start < TIMEOUT_S / 2, "in time")
    for one in silent:
        one.close()
    done("200 connections, and 40 silent ones")


def rude_clients(server):
    for i in range(100):
        with Client(server) as client:
            client.send(GET * (1 + i % 4))
            if i % 2:
                client.socket.recv(100)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    check("mpcc_info" in server.get(), "it is still there")
    done("clients that reset the connection")


def part_http(program):
    server = Server(program, "-r", "1000")
    slow = threading.Thread(target=slow_clients, args=(server,))
    slow.start()
    answers(server)
    refusals(server)
    pieces(server)
    slow.join()
    rude_clients(server)
    many_clients(server)
    deaf_clients(server)
    if shutil.which("curl"):
        url = "http://127.0.0.1:%d/metrics" % server.port
        got = subprocess.run(["curl", "-sf", "--noproxy", "*", url, url], stdout=subprocess.PIPE)
        check(got.returncode == 0 and got.stdout.count(b"mpcc_info{") == 2, "curl")
        done("curl")
    check(server.stop() == 0, "it ends well")


def run(program, *options):
    return subprocess.run([program, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=TIMEOUT_S)


def part_ends(program):
    server = Server(program, "-r", "50000")
    asking = [server.connect() for _ in range(50)]
    for one in asking:
        one.sendall(GET * 20)
    check(server.stop() == 0, "stopped while it answers")
    done("it stops in the middle of its answers")

    server = Server(program, "-s", "100000", "-r", "50000")
    asking = server.connect()
    asking.sendall(GET)
    check(server.stop() == 0, "stopped while it collects")
    done("it stops in the middle of a collection")

    server = Server(program)
    got = run(program, "-p", str(server.port))
    check(got.returncode == 1 and "address already in use" in got.stderr, "a port that is taken")
    server.stop()
    for options in (["-a", "nowhere"], ["-a", "127.0.0.1.5"]):
        got = run(program, *options)
        check(got.returncode == 1 and "invalid argument" in got.stderr, "address " + options[1])
    for options in (["-p", "70000"], ["-p", "x"], ["-x"], ["word"], ["-s", "0"], ["-r", "-1"]):
        got = run(program, *options)
        check(got.returncode == 2 and "usage" in got.stderr, "option " + " ".join(options))
    got = run(program, "-h")
    check(got.returncode == 0 and got.stdout.startswith("usage"), "-h")
    done("addresses and options that are wrong")

    if socket.has_ipv6:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            print("skipped IPv6: %s" % error)
            return
        server = Server(program, address="::1")
        check("mpcc_info" in server.get(), "IPv6")
        check(server.stop() == 0, "IPv6: it ends well")
        done("IPv6")


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 1024), hard), hard))
{"http": part_http, "ends": part_ends}[sys.argv[2]](sys.argv[1])
finish()
