#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""Weaken every memory order in src/, one at a time, and see whether the scenarios notice.

A mutant is one order, one step weaker, at one place in the source (wherever that was inlined). It
needs no compiler: explore is told to take the order for a weaker one at these addresses
(--weaken). The scenarios that reach the place are run, until one fails. What survives must stand
in survivors.txt, with the reason why the order is not needed. "open:" in place of a reason says
that nobody has shown yet whether it is; the summary counts these.

    mutate.py EXPLORE [--schedules N] [--seed N] [--jobs N] [--part K/N] [--only TEXT]
              [--skip-listed] [--write]

--schedules is for one mutant, over all scenarios that reach its place; those of its own room get
most, and small ones are exhausted. --part 2/5 takes each fifth mutant, from the second; --part
day/5 another fifth each day. --write prints lines for survivors.txt. Exit status 1: a survivor
that is not listed, or an order that no scenario reaches and that is not listed either.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "..", "src")
WEAKER = {  # of a read-modify-write, a load and a store
    "seq_cst": {"rmw": ["acq_rel"], "load": ["acquire"], "store": ["release"]},
    "acq_rel": {"rmw": ["acquire", "release"]},
    "acquire": {"rmw": ["relaxed"], "load": ["relaxed"]},
    "release": {"rmw": ["relaxed"], "store": ["relaxed"]},
}
FEWEST = 200  # schedules of a scenario
FAVOUR = 8    # times as many for the scenarios of the room itself
ROOMS = {"queue": ("queue_", "phase_"), "pool": ("pool_", "core_", "queue_"),
         "claim": ("phase_", "cut_", "memory_"), "front": ("phase_", "cut_"), "quick": ("cut_",),
         "room": ("room_", "memory_"), "waiters": ("room_", "memory_"),
         "slot": ("room_", "cut_", "push_flush"), "intake": ("room_", "memory_"),
         "lane": ("handle_",), "stage": ("handle_",), "weight": ("weighed_",),
         "outcome": ("weighed_", "done_"), "world": ("cut_", "done_discard"),
         "lifecycle": ("handle_", "stop_", "idle_")}
# Scenarios whose every schedule of two preemptions can be tried in a few seconds.
SMALL = ("phase_one", "phase_two", "phase_three", "event_sleep_wake", "gate_close", "gate_open",
         "gate_publish", "batch_two_answers", "batch_abandon", "core_late", "core_kept",
         "pool_grow")
CALL = re.compile(r"\batomic_(\w+)_explicit\s*\(")


class Site:
    """An atomic operation in the source, and where it is in the program."""

    def __init__(self, file, first, last, function, operation, target, orders):
        self.file, self.first, self.last = file, first, last
        self.operation = operation
        self.orders = orders
        self.addresses = set()
        self.scenes = set()
        self.name = f"{file} {function} {operation} {target}"
        self.kind = operation if operation in ("load", "store") else "rmw"


class Mutant:
    def __init__(self, site, which, order):
        self.site, self.which, self.order = site, which, order
        before = site.orders[1 if which == "f" else 0]
        place = ", failing" if which == "f" else ""
        self.key = f"{site.name}{place}: {before} -> {order}"
        self.verdict = None


def arguments(text, start):
    """The arguments of a call whose bracket is at ${start}, and where it ends."""
    depth, parts, begin = 0, [], start + 1
    for at in range(start, len(text)):
        if text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            depth -= 1
        if (text[at] == "," and depth == 1) or depth == 0:
            parts.append(" ".join(text[begin:at].split()))
            begin = at + 1
        if depth == 0:
            return parts, at
    raise ValueError("a call without an end")


def functions_of(text):
    """(line, name) of each function that begins in the text."""
    pattern = re.compile(r"^(?:[a-z_][\w ]*[ *])?([a-z_]\w*)\([^;]*?\)\n\{", re.M | re.S)
    return [(text.count("\n", 0, m.end()) + 1, m.group(1)) for m in pattern.finditer(text)]


def read_sites():
    sites = []
    for file in sorted(os.listdir(SOURCES)):
        if not file.endswith((".c", ".h")):
            continue
        with open(os.path.join(SOURCES, file), encoding="utf-8") as source:
            text = source.read()
        text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
        starts = functions_of(text)
        for match in CALL.finditer(text):
            parts, end = arguments(text, match.end() - 1)
            orders = [m.group(1) for part in parts
                      for m in [re.fullmatch(r"memory_order_(\w+)", part)] if m]
            first = text.count("\n", 0, match.start()) + 1
            function = [name for line, name in starts if line <= first]
            sites.append(Site(file, first, text.count("\n", 0, end) + 1,
                              function[-1] if function else "-", match.group(1), parts[0],
                              orders))
    return distinguish(sites)


def distinguish(sites):
    """The second one of the same name in a function gets a number."""
    count = {}
    for site in sites:
        key = (site.name, tuple(site.orders))
        count[key] = count.get(key, 0) + 1
        if count[key] > 1:
            site.name += f" #{count[key]}"
    return sites


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def find_addresses(explore, sites, schedules):
    """Which scenes reach which sites, and how long a schedule of each takes."""
    listed = run([explore, "--list"]).stdout.splitlines()
    scenes = [line.split()[0] for line in listed if not line.endswith(" scenarios")]
    reached, cost = {}, {}
    for scene in scenes:
        result = run([explore, "--quiet", "--sites", "--schedules", str(schedules), "--scenario",
                      scene])
        if result.returncode != 0:
            sys.exit(f"{scene} fails without any mutant:\n{result.stdout}")
        cost[scene] = float(re.search(r"([0-9.]+) s$", result.stdout, re.M).group(1))
        for address in re.findall(r"^site (\w+)", result.stdout, re.M):
            reached.setdefault(address, set()).add(scene)
    attach(explore, sites, reached)
    return cost


def attach(explore, sites, reached):
    addresses = sorted(reached)
    calls = [hex(int(address, 16) - 1) for address in addresses]
    lines = subprocess.run(["addr2line", "-e", explore], input="\n".join(calls),
                           capture_output=True, text=True, check=True).stdout.splitlines()
    by_file = {}
    for site in sites:
        by_file.setdefault(site.file, []).append(site)
    for address, answer in zip(addresses, lines):
        path, _, line = answer.partition(":")
        number = int(re.match(r"\d*", line).group() or 0)
        for site in by_file.get(os.path.basename(path), []):
            if "/src/" in path and site.first <= number <= site.last:
                site.addresses.add(address)
                site.scenes |= reached[address]


def make_mutants(sites):
    mutants = []
    for site in sites:
        places = [("s", site.orders[0], site.kind)]
        if len(site.orders) > 1:
            places.append(("f", site.orders[1], "load"))
        for which, order, kind in places:
            for weaker in WEAKER.get(order, {}).get(kind, []):
                mutants.append(Mutant(site, which, weaker))
    return mutants


def plan(mutant, options, cost):
    """What to run, cheapest first: (scenario, more options)."""
    scenes = sorted(mutant.site.scenes, key=lambda scene: cost[scene])
    prefixes = [prefix for room, names in ROOMS.items()
                if mutant.site.file.startswith(room) for prefix in names]
    weights = [FAVOUR if scene.startswith(tuple(prefixes)) else 1 for scene in scenes]
    share = options.schedules / sum(weights)
    for scene in scenes:
        if scene in SMALL:
            yield scene, ["--exhaust", "--schedules", "0"]
    for weight, scene in sorted(zip(weights, scenes), reverse=True):
        yield scene, ["--schedules", str(max(int(share * weight), FEWEST)), "--seed",
                      str(options.seed)]


def try_mutant(mutant, options, cost):
    if not mutant.site.addresses:
        mutant.verdict = "not reached"
        return mutant
    weaken = f"{','.join(sorted(mutant.site.addresses))}:{mutant.which}:{mutant.order}"
    total = 0
    for scene, how in plan(mutant, options, cost):
        result = run([options.explore, "--quiet", "--scenario", scene, "--weaken", weaken] + how)
        count = re.search(r"(\d+) schedules", result.stdout)
        if result.returncode == 1 and count:
            mutant.verdict = f"killed by {scene} after {count.group(1)}"
            return mutant
        if result.returncode != 0:
            mutant.verdict = f"explore ended with {result.returncode}: {result.stderr.strip()}"
            return mutant
        total += int(count.group(1))
    mutant.verdict = f"survived {total} schedules of {len(mutant.site.scenes)} scenarios"
    return mutant


def read_list():
    """Reasons by key."""
    reasons = {}
    with open(os.path.join(HERE, "survivors.txt"), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                key, _, reason = line.rstrip("\n").partition(" | ")
                reasons[key] = reason
    return reasons


def part_of(mutants, text):
    if not text:
        return mutants
    which, _, count = text.partition("/")
    count = int(count)
    first = int(time.time() // 86400) % count if which == "day" else int(which) - 1
    return mutants[first::count]


def report(mutants, everything, options, seconds):
    reasons, bad, unproven = read_list(), 0, 0
    for mutant in mutants:
        alive = not mutant.verdict.startswith("killed")
        listed = mutant.key in reasons
        if options.write and alive:
            print(f"{mutant.key} | {reasons.get(mutant.key, mutant.verdict)}")
        elif alive and not (listed and reasons[mutant.key]):
            print(f"NOT LISTED  {mutant.key}: {mutant.verdict}")
            bad += 1
        elif alive:
            unproven += reasons[mutant.key].startswith("open:")
            print(f"listed      {mutant.key}: {mutant.verdict}")
        else:
            print(f"{'KILLED, BUT LISTED' if listed else 'killed     '} {mutant.key}: "
                  f"{mutant.verdict[10:]}")
    gone = set(reasons) - {mutant.key for mutant in everything}
    for key in sorted(gone):
        print(f"NO SUCH ORDER  {key} is listed")
    alive = sum(not mutant.verdict.startswith("killed") for mutant in mutants)
    print(f"{len(mutants)} mutants: {len(mutants) - alive} killed, {alive} not, "
          f"{bad} of them not listed, {unproven} listed as open; {seconds:.0f} s")
    return bad + len(gone)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("explore")
    parser.add_argument("--schedules", type=int, default=24000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--skip-listed", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.explore = os.path.abspath(options.explore)
    begun = time.time()
    sites = read_sites()
    cost = find_addresses(options.explore, sites, 200)
    everything = make_mutants(sites)
    chosen = [mutant for mutant in part_of(everything, options.part) if options.only in mutant.key]
    if options.skip_listed:
        chosen = [mutant for mutant in chosen if mutant.key not in read_list()]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutant in pool.map(lambda one: try_mutant(one, options, cost), chosen):
            print(f"  {mutant.key}: {mutant.verdict}", file=sys.stderr, flush=True)
    print(f"{len(sites)} atomic operations, {len(everything)} mutants")
    return 1 if report(chosen, everything, options, time.time() - begun) else 0


if __name__ == "__main__":
    sys.exit(main())
