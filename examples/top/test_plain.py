# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""top into a pipe: frames as lines, and what it says when something is wrong."""

import re
import signal
import subprocess
import sys

from endpoint import Endpoint, check, done, finish

TOP = sys.argv[1]
TIMEOUT_S = 60


def run(*options):
    return subprocess.run([TOP, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S)


def plain(text):
    """No control character but newlines, and no line beyond 80 columns."""
    return all(c == "\n" or " " <= c <= "~" for c in text) and \
        all(len(line) <= 80 for line in text.split("\n"))


def frames(text):
    return text.count("libmpcc at ")


endpoint = Endpoint()

got = run("--once", "--interval", "0.2", endpoint.where)
lines = got.stdout.split("\n")
check(got.returncode == 0 and got.stderr == "", "--once: " + got.stderr)
check(plain(got.stdout) and frames(got.stdout) == 1, "--once: one plain frame")
check(lines[0] == "libmpcc at http://%s/metrics, every 0.2 s" % endpoint.where, lines[0])
check(lines[2].split()[0] == "QUEUE", "the heads")
row = lines[3].split()
check(row[0] == "orders" and row[1] == row[2] and row[3:5] == ["0", "77"], "queues: %s" % row)
check(row[5:] == ["4", "100", "-", "-", "7.0ms", "127ms"], "sizes and times: %s" % row)
slots = [line.split() for line in lines[6:-1]]
check(len(slots) == 40 and slots[0][0] == "orders/3" and slots[0][7] == "61%", "slots")
check([slot[0] for slot in slots[1:4]] == ["orders/0", "orders/1", "orders/2"], "in their order")
done("--once")

got = run("--frames", "3", "--interval", "0.1", endpoint.where)
check(got.returncode == 0 and frames(got.stdout) == 3 and plain(got.stdout), "three frames")
check("TERM" not in got.stderr and got.stderr == "", "nothing else")
done("a frame for each interval")

top = subprocess.Popen([TOP, "--interval", "0.1", endpoint.where], stdout=subprocess.PIPE,
                       text=True)


def read_until(wanted):
    for line in top.stdout:
        check(not re.search(r" -[0-9]", line), "nothing is negative: " + line)
        if wanted in line:
            return line
    check(False, "it has ended before " + wanted)
    return ""


read_until("orders ")
endpoint.end()
line = read_until("no answer for ")
check("onnect" in line, "why: " + line)
endpoint.numbers.looks = 0  # as after a restart
endpoint.begin()
read_until("orders/3 ")
row = read_until("orders ").split()
check(all(cell[0].isdigit() for cell in row[1:7]), "after a restart: %s" % row)
endpoint.numbers.text = "<html>sorry</html>\n"
read_until("not Prometheus' text format")
endpoint.numbers.text = ""
read_until("there are no series of libmpcc")
top.send_signal(signal.SIGTERM)
check(top.wait(TIMEOUT_S) == 128 + signal.SIGTERM, "SIGTERM")
top.stdout.close()
done("an endpoint that goes, comes again, and talks nonsense")

top = subprocess.Popen([TOP, "--interval", "0.05", endpoint.where], stdout=subprocess.PIPE)
top.stdout.readline()
top.stdout.close()
check(top.wait(TIMEOUT_S) != 0, "nobody reads it any more")
done("a pipe that is closed ends it")

endpoint.end()
got = run("--once", endpoint.where)
check(got.returncode == 1 and "no answer for" in got.stdout, "--once, and nobody there")
for options in (["--interval"], ["--interval", "0"], ["--interval", "nan"], ["--frames", "x"],
                ["--nothing"], ["a:1", "b:2"], [""], ["x" * 600]):
    got = run(*options)
    check(got.returncode == 2 and "usage: top" in got.stderr, "refused: %s" % options)
got = run("--help")
check(got.returncode == 0 and got.stdout.startswith("usage: top") and plain(got.stdout), "--help")
done("options")
finish()
