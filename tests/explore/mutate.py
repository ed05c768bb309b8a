#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""Weaken every memory order in src/, one at a time, and see whether the scenarios notice.

A mutant is one order, one step weaker, at one place in the source (wherever that was inlined). It
needs no compiler: explore is told to take the order for a weaker one at these addresses
(--weaken). The scenarios that reach the place are run, until one fails: first the one that has
noticed it before (killers.txt), then all at random, in rounds that grow, those of the place's own
room first, and of these every schedule of those that are small. What survives must stand in survivors.txt, with the reason why the order
is not needed or not shown.

    mutate.py EXPLORE [--schedules N] [--seed N] [--jobs N] [--part K/N] [--only TEXT]
              [--unknown] [--table FILE] [--learn] [--write]

--schedules is for one mutant, over all scenarios that reach its place. --part 2/5 takes each fifth
mutant, from the second; --part day/5 another fifth each day; --unknown those that are not in
killers.txt. --table writes the results as a table;
--learn writes killers.txt anew; --write prints lines for survivors.txt. Exit status 1: a survivor
that is not listed, an order that no scenario reaches and that is not listed either, or one that is
listed and does not survive or is not there.
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
ROUNDS = (100, 500, 2500)  # schedules of a scenario, if it is of the room itself
OTHERS = 5                 # so many times fewer of the others
ROOMS = {"queue": ("queue_", "phase_"), "pool": ("pool_", "core_", "queue_"),
         "claim": ("phase_", "cut_", "memory_"), "front": ("phase_", "cut_"), "quick": ("cut_",),
         "room": ("room_", "memory_"), "waiters": ("room_", "memory_"),
         "slot": ("room_", "numbers", "fate_"), "intake": ("room_", "memory_"),
         "lane": ("handle_", "loop_handle"), "stage": ("handle_",), "weight": ("weighed_",),
         "outcome": ("weighed_", "done_", "numbers"), "world": ("cut_", "done_discard"),
         "lifecycle": ("handle_", "cut_stop", "cut_cancel", "loop_", "users_"),
         "stats": ("numbers",), "cut": ("cut_",), "dump": ("dump_",),
         "sight": ("sight_",), "event": ("event_", "loop_"), "gate": ("gate_", "abandon_"),
         "memory": ("memory_",), "batch": ("batch_", "done_", "cut_"), "core": ("core_",)}
# Scenarios whose every schedule of two preemptions can be tried in about a second.
SMALL = ("sight_next", "phase_claim", "phase_one", "event_sleep_wake", "gate_close", "gate_open",
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
        self.verdict = self.killer = None
        self.schedules = 0  # in all, and of them in the scenario that has noticed it
        self.last = 0

    def tell(self):
        if self.killer:
            return f"killed by {self.killer} after {self.schedules}"
        if self.verdict == "survives":
            return f"survived {self.schedules} schedules of {len(self.site.scenes)} scenarios"
        return self.verdict


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


def read_sites(sources):
    sites = []
    for file in sorted(os.listdir(sources)):
        if not file.endswith((".c", ".h")):
            continue
        with open(os.path.join(sources, file), encoding="utf-8") as source:
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


def find_addresses(options, sites, schedules):
    """Which scenes reach which sites, and how long a schedule of each takes."""
    listed = run([options.explore, "--list"]).stdout.splitlines()
    scenes = [line.split()[0] for line in listed if not line.endswith(" scenarios")]
    reached, cost = {}, {}

    def note(scene):
        return scene, run([options.explore, "--quiet", "--sites", "--schedules", str(schedules),
                           "--scenario", scene])

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for scene, result in pool.map(note, scenes):
            if result.returncode != 0:
                sys.exit(f"{scene} fails without any mutant:\n{result.stdout}{result.stderr}")
            cost[scene] = float(re.search(r"([0-9.]+) s$", result.stdout, re.M).group(1))
            for address in re.findall(r"^site (\w+)", result.stdout, re.M):
                reached.setdefault(address, set()).add(scene)
    attach(options.explore, sites, reached)
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
            if "/src" in path and site.first <= number <= site.last:
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


def at_random(count, seed):
    return ["--schedules", str(count), "--seed", str(seed)]


def plan(mutant, options, cost, killers):
    """What to run, most promising first: (scenario, more options)."""
    scenes = sorted(mutant.site.scenes, key=lambda scene: cost[scene])
    prefixes = tuple(prefix for room, names in ROOMS.items()
                     if mutant.site.file.startswith(room) for prefix in names)
    near = [scene for scene in scenes if scene.startswith(prefixes)]
    far = [scene for scene in scenes if scene not in near]
    killer, count = killers.get(mutant.key, ("", 0))
    if killer in scenes:
        yield killer, at_random(max(4 * count, ROUNDS[-1]), options.seed)
    left = options.schedules
    for number in range(64):
        count = ROUNDS[min(number, len(ROUNDS) - 1)]
        for scene in SMALL if number == len(ROUNDS) - 1 else ():
            if scene in near:
                yield scene, ["--exhaust", "--schedules", "0"]
        for scene in near + far:
            some = min(count if scene in near else count // OTHERS, left)
            if some <= 0:
                return
            left -= some
            yield scene, at_random(some, options.seed + 1000 * (number + 1))


def try_mutant(mutant, options, cost, killers):
    if not mutant.site.addresses:
        mutant.verdict = "not reached"
        return mutant
    weaken = f"{','.join(sorted(mutant.site.addresses))}:{mutant.which}:{mutant.order}"
    for scene, how in plan(mutant, options, cost, killers):
        result = run([options.explore, "--quiet", "--scenario", scene, "--weaken", weaken] + how)
        count = re.search(r"(\d+) schedules", result.stdout)
        if result.returncode not in (0, 1) or not count:
            mutant.verdict = f"explore ended with {result.returncode}: {result.stderr.strip()}"
            return mutant
        mutant.schedules += int(count.group(1))
        if result.returncode == 1:
            mutant.killer, mutant.verdict = scene, "killed"
            mutant.last = 0 if "--exhaust" in how else int(count.group(1))
            return mutant
    mutant.verdict = "survives"
    return mutant


def read_lines(name):
    """What stands behind each key in a file of this folder."""
    found = {}
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                key, _, rest = line.rstrip("\n").partition(" | ")
                found[key] = rest
    return found


def read_killers():
    if not os.path.exists(os.path.join(HERE, "killers.txt")):
        return {}
    return {key: (rest.split()[0], int(rest.split()[1]))
            for key, rest in read_lines("killers.txt").items()}


def write_killers(mutants, before):
    killers = dict(before)
    for mutant in mutants:
        killers.pop(mutant.key, None)
        if mutant.killer:
            killers[mutant.key] = (mutant.killer, mutant.last)
    with open(os.path.join(HERE, "killers.txt"), "w", encoding="utf-8") as file:
        file.write("# SPDX-FileCopyrightText: 2026 The libmpcc authors\n"
                   "# SPDX-License-Identifier: MIT\n#\n"
                   "# Which scenario has noticed that an order was weaker, and after how many "
                   "schedules (0: when\n# exhausted), so that mutate.py begins with it. Written by "
                   "mutate.py --learn.\n\n")
        for key in sorted(killers):
            file.write(f"{key} | {killers[key][0]} {killers[key][1]}\n")


def write_table(mutants, reasons, name):
    with open(name, "w", encoding="utf-8") as file:
        file.write("| order | result | check, or why | schedules |\n| --- | --- | --- | --- |\n")
        for mutant in mutants:
            check = mutant.killer or reasons.get(mutant.key, "")
            file.write(f"| `{mutant.key}` | {mutant.verdict} | {check} | {mutant.schedules} |\n")


def part_of(mutants, text):
    if not text:
        return mutants
    which, _, count = text.partition("/")
    count = int(count)
    first = int(time.time() // 86400) % count if which == "day" else int(which) - 1
    return mutants[first::count]


def sort_out(mutants, everything, reasons, options):
    """Prints a line for each mutant; how many are not as they are listed."""
    wrong = 0
    for mutant in mutants:
        listed = bool(reasons.get(mutant.key))
        if options.write and not mutant.killer:
            print(f"{mutant.key} | {reasons.get(mutant.key, mutant.tell())}")
        elif mutant.killer:  # what is open may be found any day
            wrong += listed and not reasons[mutant.key].startswith("Open:")
            print(f"{'KILLED, BUT LISTED' if listed else 'killed'}  {mutant.key}: {mutant.tell()}")
        else:
            wrong += not listed
            print(f"{'listed' if listed else 'NOT LISTED'}  {mutant.key}: {mutant.tell()}")
    for key in sorted(set(reasons) - {mutant.key for mutant in everything}):
        wrong += 1
        print(f"NO SUCH ORDER  {key} is listed")
    return wrong


def report(mutants, everything, sites, options, seconds):
    reasons = read_lines("survivors.txt")
    wrong = sort_out(mutants, everything, reasons, options)
    if options.table:
        write_table(mutants, reasons, options.table)
    alive = [mutant for mutant in mutants if not mutant.killer]
    tried = {mutant.site.name for mutant in mutants}
    places = {mutant.site.name for mutant in alive}
    ordered = {mutant.site.name for mutant in everything}
    print(f"{len(sites)} atomic operations, {len(ordered)} of them with an order, "
          f"{len(everything)} mutants")
    print(f"{len(mutants)} mutants tried: {len(mutants) - len(alive)} killed, {len(alive)} not "
          f"({100 * len(alive) / max(len(mutants), 1):.1f} %); at {len(places)} of {len(tried)} "
          f"operations; {wrong} not as listed; {sum(m.schedules for m in mutants)} schedules, "
          f"{seconds:.0f} s")
    return wrong


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("explore")
    parser.add_argument("--schedules", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--table", default="")
    parser.add_argument("--sources", default=SOURCES)
    parser.add_argument("--unknown", action="store_true")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.explore = os.path.abspath(options.explore)
    return options


def main():
    options = read_options()
    begun = time.time()
    sites = read_sites(options.sources)
    killers = read_killers()
    cost = find_addresses(options, sites, 100)
    everything = make_mutants(sites)
    chosen = [mutant for mutant in part_of(everything, options.part)
              if options.only in mutant.key and not (options.unknown and mutant.key in killers)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutant in pool.map(lambda one: try_mutant(one, options, cost, killers), chosen):
            print(f"  {mutant.key}: {mutant.tell()}", file=sys.stderr, flush=True)
    if options.learn:
        write_killers(chosen, killers)
    return 1 if report(chosen, everything, sites, options, time.time() - begun) else 0


if __name__ == "__main__":
    sys.exit(main())
