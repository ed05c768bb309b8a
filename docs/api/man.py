#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""man.py <folder of Doxygen's XML> <output folder> <version>

A manual page for each function, callback and struct of the header, one for its codes and constants
(mpcc_codes), and one for the header as a whole (mpcc). Doxygen's own would be one page for all
of a file. Fails if anything in the header is not documented.
"""
import pathlib
import re
import sys
import textwrap
import xml.etree.ElementTree as ET

LABELS = {"Thread": "THREAD", "Blocks": "BLOCKS", "Owns": "OWNERSHIP", "Orders": "ORDERING",
          "Memory": "MEMORY"}
missing = []


def flat(element):
    """The text of an element, in one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def escape(text):
    """Text that troff takes as text, line by line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def declared(text):
    """A definition as it is written in C."""
    text = re.sub(r"\(\* (\w+)\) \(", r"(*\1)(", text)
    return re.sub(r"(\w)\(\*", r"\1 (*", re.sub(r"(\w)\* ", r"\1 *", text))


def wrap(text):
    """One input line a few words, since troff fills lines itself."""
    return escape("\n".join(textwrap.wrap(" ".join(text.split()), 90, break_on_hyphens=False)))


class Page:
    """The lines of one manual page."""

    def __init__(self, name, version, brief):
        self.name = name
        self.lines = ['.\\" Made of include/mpcc.h by docs/api/man.py.',
                      f'.TH {name.upper()} 3 "" "libmpcc {version}" "libmpcc"',
                      ".SH NAME", escape(f"{name} - ") + escape(brief.rstrip("."))]

    def head(self, title):
        self.lines.append(f'.SH "{title}"')

    def start(self):
        if not self.lines[-1].startswith(".SH"):
            self.lines.append(".PP")

    def text(self, text):
        if text.strip():
            self.start()
            self.lines.append(wrap(text))

    def item(self, tag, text):
        self.lines += [".TP", f".B {escape(tag)}", wrap(text)]

    def plain(self, text, synopsis=False):
        """Lines as they are."""
        self.start()
        self.lines += [".nf", ".ft B" if synopsis else ".ft CR"]
        self.lines += [escape(line) or "\\&" for line in text.strip("\n").split("\n")]
        self.lines += [".ft R", ".fi"]

    def write(self, folder):
        path = folder / f"{self.name}.3"
        path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def paragraph(page, para):
    """Text between blocks, and the blocks, in their order."""
    text = para.text or ""
    for child in para:
        if child.tag in ("verbatim", "itemizedlist", "simplesect", "parameterlist"):
            page.text(text)
            text = ""
            block(page, child)
        else:
            text += "".join(child.itertext())
        text += child.tail or ""
    page.text(text)


def block(page, element):
    if element.tag == "verbatim":
        page.plain(textwrap.dedent(element.text or ""))
    elif element.tag == "itemizedlist":
        for entry in element.findall("listitem"):
            text = flat(entry)
            tag = flat(entry.find("para/computeroutput"))
            page.item(tag, text[len(tag):]) if tag else page.item("\\(bu", text)
    elif element.tag == "parameterlist":
        for entry in element.findall("parameteritem"):
            page.item(flat(entry.find("parameternamelist")),
                      flat(entry.find("parameterdescription")))
    elif element.get("kind") in ("return", "retval"):
        page.head("RETURN VALUE")
        page.text(flat(element))
    elif element.get("kind") == "par":
        title = flat(element.find("title"))
        page.head(LABELS.get(title, title))
        for para in element.findall("para"):
            paragraph(page, para)
    else:
        page.text(flat(element))


def has_return(member):
    return member.find(".//simplesect[@kind='return']") is not None


def describe(page, member):
    """What the comment says: first the text, then the labels, then what it returns."""
    page.head("DESCRIPTION")
    page.text(flat(member.find("briefdescription")))
    for para in member.findall("detaileddescription/para"):
        lists = para.findall("parameterlist[@kind='retval']")
        if lists and not has_return(member):
            first = ET.Element("simplesect", {"kind": "return"})
            para.insert(list(para).index(lists[0]), first)
        paragraph(page, para)


def see_also(page, names):
    page.head("SEE ALSO")
    page.lines.append(",\n".join(f".BR {escape(name)} (3)" for name in names))


def documented(member, where):
    if not flat(member.find("briefdescription")) and not flat(member.find("detaileddescription")):
        missing.append(f"{where}{flat(member.find('name')) or flat(member.find('compoundname'))}")


def brief_of(member):
    return flat(member.find("briefdescription")) or flat(member.find("detaileddescription"))


def signature(member):
    """As it stands in the header: a function's parameters one a line if they are long."""
    if member.get("kind") == "typedef":
        return declared(flat(member.find("definition"))) + ";"
    line = f"{flat(member.find('type'))} {flat(member.find('name'))}" \
           f"{flat(member.find('argsstring'))};".replace("* ", "*")
    indent = " " * (line.index("(") + 1)
    return "\n".join(textwrap.wrap(line, 76, subsequent_indent=indent))


def member_pages(folder, version, members, groups):
    for member in members:
        name = flat(member.find("name"))
        documented(member, "")
        page = Page(name, version, brief_of(member))
        page.head("SYNOPSIS")
        page.plain(f"#include <mpcc.h>\n\n{signature(member)}", synopsis=True)
        describe(page, member)
        see_also(page, [other for other in groups[name] if other != name] + ["mpcc"])
        page.write(folder)


def struct_pages(folder, version, structs):
    for struct in structs:
        name = flat(struct.find("compoundname"))
        documented(struct, "struct ")
        page = Page(f"{name}_t", version, brief_of(struct))
        page.head("SYNOPSIS")
        page.plain(f"#include <mpcc.h>\n\n{name}_t", synopsis=True)
        describe(page, struct)
        page.head("FIELDS")
        for field in struct.iter("memberdef"):
            documented(field, f"{name}.")
            page.item(declared(flat(field.find("definition")).replace(f"{name}::", "")),
                      f"{brief_of(field)} {flat(field.find('detaileddescription'))}")
        see_also(page, ["mpcc"])
        page.write(folder)


def codes_page(folder, version, enums, defines):
    page = Page("mpcc_codes", version, "codes and constants of libmpcc")
    page.head("SYNOPSIS")
    page.plain("#include <mpcc.h>", synopsis=True)
    page.head("DESCRIPTION")
    for enum in enums:
        documented(enum, "an enum: ")
        page.text(flat(enum.find("briefdescription")))
        for value in enum.findall("enumvalue"):
            if enum.find("enumvalue[2]") is not None:
                documented(value, "")
            name = flat(value.find("name"))
            page.item(f"{name} {flat(value.find('initializer'))}".rstrip(), brief_of(value))
    for define in defines:
        documented(define, "")
        page.item(f"{flat(define.find('name'))} {flat(define.find('initializer'))}",
                  brief_of(define))
    see_also(page, ["mpcc_strerror", "mpcc_err_name", "mpcc"])
    page.write(folder)


def overview_page(folder, version, header, names):
    page = Page("mpcc", version, brief_of(header).split(":", 1)[1].strip())
    page.head("SYNOPSIS")
    page.plain("#include <mpcc.h>\n\ncc ... $(pkg-config --cflags --libs mpcc)", synopsis=True)
    describe(page, header)
    see_also(page, sorted(names))
    page.write(folder)


def main():
    source, folder, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    compounds = [ET.parse(path).getroot().find("compounddef")
                 for path in sorted(source.glob("*.xml")) if path.name != "index.xml"]
    compounds = [compound for compound in compounds if compound is not None]
    files = [c for c in compounds if c.get("kind") == "file"]
    structs = [c for c in compounds if c.get("kind") == "struct"]
    members, groups, enums, defines = {}, {}, [], []
    for compound in files + [c for c in compounds if c.get("kind") == "group"]:
        found = [m for m in compound.iter("memberdef") if m.get("kind") in ("function", "typedef")]
        for member in found:
            name = flat(member.find("name"))
            members[name] = member
            groups[name] = [flat(other.find("name")) for other in found]
        enums += [m for m in compound.iter("memberdef") if m.get("kind") == "enum"]
        defines += [m for m in compound.iter("memberdef") if m.get("kind") == "define"]
    for name in [n for n in members if f"struct {n[:-2]}" in flat(members[n].find("type"))]:
        documented(members[name], "")
        if any(flat(s.find("compoundname")) == name[:-2] for s in structs):
            del members[name]  # the struct has a page of that name
    member_pages(folder, version, members.values(), groups)
    struct_pages(folder, version, structs)
    codes_page(folder, version, enums, defines)
    overview_page(folder, version, files[0], list(members))
    if missing:
        sys.exit("not documented: " + ", ".join(sorted(set(missing))))
    print(f"{len(list(folder.glob('*.3')))} manual pages")


if __name__ == "__main__":
    main()
