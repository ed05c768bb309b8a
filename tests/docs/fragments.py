#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""fragments.py <root of the tree> [--write]

Each piece of C in docs/ and the README is a part of a file that is compiled, word for word.

    ```c examples/guide/first.c pump      the lines between "guide: pump" and "guide: end" there,
                                          moved to the left
    ```c                                  the whole of some file in examples/

Fails on a difference, on a file that no CMakeLists.txt beside or above it names, and on a marked
part that no page shows. With --write it puts the parts into the pages instead of comparing.
"""
import pathlib
import re
import sys
import textwrap

BEGIN = re.compile(r"/\* guide: ([a-z-]+) \*/")
FENCE = re.compile(r"^```c\b *(.*)$")


def parts_of(path):
    """The marked parts of a file by name."""
    parts, name, lines = {}, None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        mark = BEGIN.search(line)
        if mark is None:
            lines.append(line)
        elif mark.group(1) == "end":
            if name is None:
                sys.exit(f"{path}: an end without a beginning")
            parts[name] = textwrap.dedent("\n".join(lines)).splitlines()
            name = None
        elif name is not None or mark.group(1) in parts:
            sys.exit(f"{path}: {mark.group(1)} begins inside another part, or twice")
        else:
            name, lines = mark.group(1), []
    if name is not None:
        sys.exit(f"{path}: {name} has no end")
    return parts


def is_compiled(root, path):
    """Whether a CMakeLists.txt names the file, with its ending or as a bare word."""
    word = re.compile(rf"(?<![\w.]){re.escape(path.stem)}(\.c)?(?![\w.])")
    folder = path.parent
    while folder != root.parent:
        lists = folder / "CMakeLists.txt"
        if lists.exists() and word.search(lists.read_text(encoding="utf-8")):
            return True
        folder = folder.parent
    return False


class Checker:
    """Goes through pages and remembers what it has seen."""

    def __init__(self, root, write):
        self.root, self.write = root, write
        self.sources = sorted((root / "examples").rglob("*.c"))
        self.parts = {path: parts_of(path) for path in self.sources}
        self.shown, self.errors, self.count = set(), [], 0

    def expected(self, where, info, lines):
        """What the block has to say, or None if that can't be told."""
        words = info.split()
        if not words:
            for path in self.sources:
                if path.read_text(encoding="utf-8").splitlines() == lines:
                    self.use(where, path)
                    return lines
            self.errors.append(f"{where}: no file in examples/ is this, as a whole")
            return None
        path = self.root / words[0]
        if len(words) != 2 or words[1] not in self.parts.get(path, {}):
            self.errors.append(f"{where}: there is no part {info}")
            return None
        self.use(where, path)
        self.shown.add((path, words[1]))
        return self.parts[path][words[1]]

    def use(self, where, path):
        if not is_compiled(self.root, path):
            self.errors.append(f"{where}: {path.relative_to(self.root)} is not compiled")

    def page(self, path):
        result, lines = [], iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
        for number, line in lines:
            result.append(line)
            fence = FENCE.match(line)
            if fence is None:
                continue
            block = []
            for _, inner in lines:
                if inner == "```":
                    break
                block.append(inner)
            self.count += 1
            where = f"{path.relative_to(self.root)}:{number}"
            wanted = self.expected(where, fence.group(1), block)
            if wanted is not None and wanted != block and not self.write:
                self.errors.append(f"{where}: differs from {fence.group(1)}")
            result += (block if wanted is None else wanted) + ["```"]
        if self.write:
            path.write_text("\n".join(result) + "\n", encoding="utf-8")

    def unused(self):
        for path, parts in self.parts.items():
            for name in parts:
                if (path, name) not in self.shown:
                    self.errors.append(f"{path.relative_to(self.root)}: no page shows {name}")


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    checker = Checker(root, "--write" in sys.argv[2:])
    for page in [root / "README.md"] + sorted((root / "docs").rglob("*.md")):
        checker.page(page)
    checker.unused()
    for error in checker.errors:
        print(error)
    print(f"{checker.count} pieces of C")
    return 1 if checker.errors or checker.count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
