#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""links.py <root of the tree>

Each relative link in a page of the tree leads to a file in the tree, and its #anchor to a heading
there, as forges make them. Links to other places are counted and not followed: a test must not
depend on the network. Links out of the tree are errors, and so is a page of docs/ to which no link
leads.
"""
import pathlib
import re
import sys

# Not those in code; a target ends at a blank (a title) or at its closing bracket.
LINK = re.compile(r"!?\[(?:[^\][]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def text_lines(path):
    """The lines of a page that are not in a fenced block, without `code` in them."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`", lambda code: "x" * len(code.group()), line), line


def anchors(path):
    """The anchors of a page's headings."""
    found = {}
    for _, _, line in text_lines(path):
        heading = re.match(r"^#{1,6} +(.*?) *#*$", line)
        if heading is None:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = found.get(slug, 0)
        found[slug] = count + 1
        if count > 0:
            found[f"{slug}-{count}"] = 1
    return set(found)


def check(root, page, errors, reached):
    """Checks a page's links; how many there are, inside and outside."""
    inside = outside = 0
    for number, line, _ in text_lines(page):
        for target in LINK.findall(line):
            where = f"{page.relative_to(root)}:{number}: {target}"
            if OUTSIDE.match(target):
                outside += 1
                continue
            inside += 1
            name, _, anchor = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            if root not in path.parents and path != root:
                errors.append(f"{where}: leads out of the tree")
            elif not path.exists():
                errors.append(f"{where}: is not there")
            elif anchor and (path.suffix != ".md" or anchor not in anchors(path)):
                errors.append(f"{where}: has no such heading")
            reached.add(path / "README.md" if path.is_dir() else path)
    return inside, outside


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = sorted(path for path in root.rglob("*.md")
                   if not {"build", ".git"} & set(path.relative_to(root).parts[:1]))
    errors, reached, inside, outside = [], {root / "README.md"}, 0, 0
    for page in pages:
        counts = check(root, page, errors, reached)
        inside, outside = inside + counts[0], outside + counts[1]
    for page in pages:
        if root / "docs" in page.parents and page not in reached:
            errors.append(f"{page.relative_to(root)}: no link leads here")
    for error in errors:
        print(error)
    print(f"{inside} links in {len(pages)} pages, and {outside} to other places, not followed")
    return 1 if errors or inside == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
