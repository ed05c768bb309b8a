#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""Whether the tests have gone through all of src/: each line, and nearly each way of each branch.

    gate.py BUILD [--gcov PROGRAM] [--least PERCENT] [--branches]

BUILD is a build by gcc with --coverage after its tests have run. gcov says what each program did in
each file of src/; that is added up, whichever program it was. A line that nobody reached must stand
in exceptions.txt beside this script, and what stands there must be needed: an entry for a line that
is not there any more, or for one that is "never" reached but was, is an error, too.

--least is for branches (95), of all there are: exceptions are not left out. --branches lists those
that went one way only. Exit status 1: a line, an entry, a file or too many branches are wrong.
"""
import argparse
import json
import os
import subprocess
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SOURCES = os.path.join(ROOT, "src")
AT_ONCE = 40  # files in one call of gcov

Entry = namedtuple("Entry", "at kind file function text above")


class Line:
    def __init__(self, function):
        self.function = function
        self.count = 0
        self.branches = []

    def add(self, count, branches):
        self.count += count
        # A line has the same branches in every program, but where the preprocessor says otherwise.
        self.branches += [0] * (len(branches) - len(self.branches))
        for at, taken in enumerate(branches):
            self.branches[at] += taken


def counters(build):
    """What the programs have left."""
    for folder, _, names in os.walk(build):
        for name in names:
            if name.endswith(".gcda"):
                yield os.path.join(folder, name)


def reports(gcov, build):
    """What gcov makes of it: one document for each object that has run."""
    files = sorted(counters(build))
    if not files:
        sys.exit(f"{build}: no program has run that was built with --coverage")
    for start in range(0, len(files), AT_ONCE):
        command = [gcov, "--json-format", "--stdout", "--branch-probabilities"]
        run = subprocess.run(command + files[start:start + AT_ONCE], cwd=build, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode != 0:
            sys.exit(f"{gcov} has failed (was a build interrupted? remove {build}):\n"
                     + run.stderr.decode())
        for text in run.stdout.splitlines():
            if text.strip():
                yield json.loads(text)


def add_up(gcov, build):
    """Of each file in src/ its lines with code, by number."""
    sources = {}
    for report in reports(gcov, build):
        for file in report["files"]:
            folder = report["current_working_directory"]
            path = os.path.realpath(os.path.join(folder, file["file"]))
            if os.path.dirname(path) != os.path.realpath(SOURCES):
                continue
            lines = sources.setdefault(os.path.basename(path), {})
            for found in file["lines"]:
                line = lines.setdefault(found["line_number"],
                                        Line(found.get("function_name", "")))
                line.add(found["count"], [branch["count"] for branch in found["branches"]])
    return sources


def read_exceptions(name):
    """Entries stand at the beginning of a line, and the reason indented below them."""
    entries, owing = [], False
    with open(name, encoding="utf-8") as file:
        for at, text in enumerate(file, 1):
            if owing and not text.strip():
                sys.exit(f"{name}:{at}: the entry above has no reason")
            if text.startswith("#") or not text.strip():
                continue
            if text.startswith(" "):
                owing = False
                continue
            words = text.split(None, 3)
            if len(words) != 4 or words[0] not in ("never", "chance"):
                sys.exit(f"{name}:{at}: not an entry: {text.strip()}")
            above, _, text = words[3].strip().rpartition(" >> ")
            entries.append(Entry(at, words[0], words[1], words[2], text, above))
            owing = True
    if owing:
        sys.exit(f"{name}: the last entry has no reason")
    return entries


class Gate:
    def __init__(self, sources, texts):
        self.sources = sources
        self.texts = texts
        self.excused = set()
        self.wrong = []

    def each(self):
        for file in sorted(self.sources):
            for number in sorted(self.sources[file]):
                yield file, number, self.sources[file][number]

    def place(self, file, number):
        line = self.sources[file][number]
        return f"src/{file}:{number}: {line.function}: {self.texts[file][number - 1].strip()}"

    def excuse(self, entry):
        here = f"exceptions.txt:{entry.at}: {entry.file} {entry.function}: {entry.text}"
        found = [number for number, line in self.sources.get(entry.file, {}).items()
                 if line.function == entry.function
                 and self.texts[entry.file][number - 1].strip() == entry.text
                 and entry.above in ("", self.texts[entry.file][number - 2].strip())]
        if not found:
            self.wrong.append(f"{here}\n  there is no such line of code")
        for number in found:
            if entry.kind == "never" and self.sources[entry.file][number].count > 0:
                self.wrong.append(f"{here}\n  it is reached, so it needs no exception")
            self.excused.add((entry.file, number))

    def check_files(self):
        for name in sorted(os.listdir(SOURCES)):
            if name.endswith(".c") and name not in self.sources:
                self.wrong.append(f"src/{name}: no test has anything of it")

    def check_lines(self):
        for file, number, line in self.each():
            if line.count == 0 and (file, number) not in self.excused:
                self.wrong.append(f"{self.place(file, number)}\n  no test reaches this line")

    def check_branches(self, least):
        every = [taken for _, _, line in self.each() for taken in line.branches]
        taken = sum(1 for count in every if count > 0)
        percent = 100 * taken / max(1, len(every))
        if percent < least:
            self.wrong.append(f"{percent:.2f} % of the branches were taken; {least} is the least")
        return taken, len(every)

    def list_branches(self):
        for file, number, line in self.each():
            if line.count > 0 and 0 in line.branches:
                ways = " ".join("-" if taken == 0 else "x" for taken in line.branches)
                print(f"{self.place(file, number)}\n  branches: {ways}")


def tell(gate, taken, branches):
    lines = sum(len(lines) for lines in gate.sources.values())
    missed = sum(1 for _, _, line in gate.each() if line.count == 0)
    print(f"size: {len(gate.sources)} files, {lines} lines, {branches} branches")
    print(f"lines: {lines - missed} reached, {missed} not; "
          f"exceptions are {len(gate.excused)} lines")
    print(f"branches: {taken} of {branches} taken, {100 * taken / max(1, branches):.2f} %")
    for text in gate.wrong:
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--gcov", default="gcov")
    parser.add_argument("--least", type=float, default=95)
    parser.add_argument("--branches", action="store_true")
    options = parser.parse_args()

    sources = add_up(options.gcov, os.path.abspath(options.build))
    texts = {}
    for name in sources:
        with open(os.path.join(SOURCES, name), encoding="utf-8") as file:
            texts[name] = file.read().splitlines()
    gate = Gate(sources, texts)
    for entry in read_exceptions(os.path.join(HERE, "exceptions.txt")):
        gate.excuse(entry)
    gate.check_files()
    gate.check_lines()
    taken, branches = gate.check_branches(options.least)
    if options.branches:
        gate.list_branches()
    tell(gate, taken, branches)
    return 1 if gate.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
