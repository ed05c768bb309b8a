# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""What metrics says, as a format and as numbers. Usage: test_numbers.py PROGRAM format|load"""

import re
import shutil
import subprocess
import sys
import threading
import time

from client import Client, Server, check, done, finish

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
SUFFIXES = ("_bucket", "_sum", "_count")


def read_labels(text):
    labels = {}
    while text:
        match = LABEL.match(text)
        assert match, "labels: " + text
        assert match.group(1) not in labels, "a label twice: " + text
        labels[match.group(1)] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), match[2])
        text = text[match.end():]
        assert text == "" or text[0] == ",", "labels: " + text
        text = text[1:]
    return labels


def read_sample(line):
    match = NAME.match(line)
    assert match, line
    rest, labels = line[match.end():], {}
    if rest.startswith("{"):
        inside, rest = rest[1:].rsplit("}", 1)
        labels = read_labels(inside)
    assert rest.startswith(" ") and NUMBER.fullmatch(rest[1:]), "value: " + line
    return match.group(), labels, float(rest[1:])


def read(text):
    """{(name, labels): value} and {family: type}; an assertion if it is not the format."""
    samples, types, helped, family = {}, {}, set(), None
    assert text.endswith("\n"), "the last line has an end"
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in helped, "HELP twice, or a family in two pieces: " + line
            helped.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and name not in types, line
            assert kind in ("counter", "gauge", "histogram"), line
            types[name] = kind
        else:
            name, labels, value = read_sample(line)
            base = name
            if types[family] == "histogram":
                assert name.endswith(SUFFIXES), line
                base = name.rsplit("_", 1)[0]
            assert base == family, "outside its family: " + line
            assert (types[family] == "counter") == name.endswith("_total"), "_total: " + line
            key = (name, tuple(sorted(labels.items())))
            assert key not in samples, "twice: " + line
            samples[key] = value
    assert helped == set(types), "HELP and TYPE for each"
    return samples, types


def without(labels, name):
    return tuple(pair for pair in labels if pair[0] != name)


def check_histograms(samples, types):
    count = 0
    for family in (name for name, kind in types.items() if kind == "histogram"):
        rows = {}
        for (name, labels), value in samples.items():
            if name == family + "_bucket":
                bound = dict(labels)["le"]
                rows.setdefault(without(labels, "le"), []).append((bound, value))
        for labels, row in rows.items():
            bounds = [float(bound) for bound, _ in row]
            values = [value for _, value in row]
            check(bounds == sorted(set(bounds)), family + ": bounds ascend")
            check(values == sorted(values), family + ": buckets are cumulative")
            check(row[-1] == ("+Inf", samples[family + "_count", labels]), family + ": +Inf")
            check((family + "_sum", labels) in samples, family + ": sum")
            count += 1
    check(count >= 6, "three histograms of two instances")


def part_format(program):
    server = Server(program, "-s", "50", "-l", "8", "-n", "40000", "-r", "100000")
    for _ in range(20):
        check_histograms(*read(server.get()))
    server.rests()
    text = server.get()
    samples, types = read(text)
    check_histograms(samples, types)
    check(len(types) == 27, "families: %d" % len(types))
    slots = {dict(labels)["slot"] for name, labels in samples if name == "mpcc_slot_queued_items"}
    check("other" in slots and 2 < len(slots) <= 9, "slots with labels: %s" % sorted(slots))
    done("%d samples of %d families" % (len(samples), len(types)))
    if shutil.which("promtool"):
        got = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(got.returncode == 0 and got.stdout == "", "promtool: " + got.stdout)
        done("promtool check metrics")
    else:
        print("skipped promtool: it is not installed")
    check(server.stop() == 0, "it ends well")


def never_back(before, after, types):
    for (name, labels), value in before.items():
        family = name if name in types else name.rsplit("_", 1)[0]
        if types[family] != "gauge":
            check(after.get((name, labels), -1) >= value, "%s%s went back" % (name, labels))


def add_up(samples, queue):
    """Slots together are never more than the instance."""
    for what in ("pushed_items", "delivered_items", "rejected_items", "dropped_items"):
        total = samples["mpcc_%s_total" % what, (("queue", queue),)]
        parts = sum(value for (name, labels), value in samples.items()
                    if name == "mpcc_slot_%s_total" % what and dict(labels)["queue"] == queue)
        yield what, total, parts


def scrape(server, counts):
    """One scraper, on one connection, until the load has ended."""
    before, scrapes = {}, 0
    with Client(server) as client:
        while not counts["rest"] or scrapes < 2:
            client.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            samples, types = read(client.answer().body.decode())
            never_back(before, samples, types)
            check_histograms(samples, types)
            for what, total, parts in add_up(samples, "orders"):
                # Each slot is read after the instance, so it may be ahead by what came in between.
                if counts["all"]:
                    continue
                check(parts <= total + counts["ahead"], "%s: %d of %d" % (what, parts, total))
            before = samples
            scrapes += 1
            time.sleep(0.01)
    counts["scrapes"] += scrapes


def at_rest(server, lines):
    """Each number that the demonstration has printed, as mpcc_stats() has it, is in the scrape."""
    samples, _ = read(server.get())
    others = (("queue", "orders"), ("slot", "other"))
    all_shown = ("mpcc_slot_queued_items", others) not in samples
    compared = 0
    for words in lines:
        queue, _, slot = words[2].partition("/")
        for name, value in zip(words[3::2], words[4::2]):
            labels = [("queue", queue)] + ([("slot", slot)] if slot else [])
            if name in ("pushed", "rejected", "delivered", "dropped"):
                name += "_items"
            name = "mpcc_%s%s_total" % ("slot_" if slot else "", name)
            if slot and (name, tuple(labels)) not in samples:
                continue # it is one of the others
            if name == "mpcc_batches_total":
                got = sum(v for (n, l), v in samples.items()
                          if n == name and without(l, "due") == tuple(labels))
            else:
                got = samples[name, tuple(labels)]
            if not slot or all_shown:
                check(got == int(value), "%s%s is %d, not %s" % (name, labels, got, value))
                compared += 1
    for queue in ("orders", "mail"):
        for what, total, parts in add_up(samples, queue):
            check(total == parts, "%s of %s: %d in all, %d in slots" % (what, queue, total, parts))
        gauge = samples["mpcc_queued_items", (("queue", queue),)]
        check(gauge == 0, "%s: nothing is queued" % queue)
        items = samples["mpcc_batch_items_sum", (("queue", queue),)]
        check(items == samples["mpcc_pushed_items_total", (("queue", queue),)],
              "%s: the items of all batches are those that were pushed" % queue)
    return compared


def load(program, slots, limit):
    server = Server(program, "-s", str(slots), "-l", str(limit), "-n", "150000", "-r", "80000")
    counts = {"rest": False, "scrapes": 0, "all": slots <= limit, "ahead": 80000}
    scrapers = [threading.Thread(target=scrape, args=(server, counts)) for _ in range(3)]
    for scraper in scrapers:
        scraper.start()
    lines = server.rests()
    counts["rest"] = True
    for scraper in scrapers:
        scraper.join()
    compared = at_rest(server, lines)
    check(counts["scrapes"] >= 6 and compared >= 12, "something was compared")
    check(server.stop() == 0, "it ends well")
    done("%d slots: %d scrapes under load; %d numbers compared at rest"
         % (slots, counts["scrapes"], compared))


def part_load(program):
    load(program, 16, 20)
    load(program, 3000, 5)


try:
    {"format": part_format, "load": part_load}[sys.argv[2]](sys.argv[1])
except AssertionError as error:
    check(False, str(error))
finish()
