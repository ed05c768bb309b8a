# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# What Doxygen reads in place of include/mpcc.h, whose comments are written for people:
#
#   ${item}                       code
#   Thread:  Blocks:  Owns: ...   a paragraph with that title
#   Returns: 0, or                @return, and a @retval for each line "MPCC_CODE  why"
#   MPCC_DRAIN    what it does    an entry of a list, if it stands in the text
#   -- Life: one thread ... ----  a group
#   the comment that begins the file: its page; tables and drawings stay as they are
#
# Everything else goes through as it is. At the end comes the page that leads to all others.

function close_group()
{
  if (group != "")
    print "/** @} */"
  group = ""
}

function open_group(title)
{
  close_group()
  group = title
  sub(/:.*/, "", group)
  gsub(/[^A-Za-z]+/, "_", group)
  groups = groups " * - @ref " tolower(group) "\n"
  print "/** @defgroup " tolower(group) " " title
  print " * " title "."
  print " * @{ */"
}

function code(text,    start)
{
  while ((start = match(text, /\$\{[a-z_]+\}/)) > 0)
    text = substr(text, 1, start - 1) "`" substr(text, start + 2, RLENGTH - 3) "`" \
      substr(text, start + RLENGTH)
  return text
}

# "MPCC_A, MPCC_B  why": a @retval for each.
function retvals(names, why,    count, list, i)
{
  count = split(names, list, /, */)
  for (i = 1; i <= count; i++) {
    if (i > 1)
      print " *"
    print " * @retval " list[i] " " why
  }
}

# A line in a comment of the usual kind, without its " * ".
function doc_line(text,    names, why, inner)
{
  inner = text
  sub(/^ +/, "", inner)
  inner = code(inner)
  if (match(text, /^(Thread|Blocks|Owns|Orders|Memory|Returns): +/)) {
    base = RLENGTH
    names = substr(text, 1, index(text, ":") - 1)
    labelled(names, code(substr(text, base + 1)))
  } else if (in_returns && match(text, /^ +/) && RLENGTH == base && entry(inner)) {
    # printed
  } else if (in_returns && had_entry && match(text, /^ +/) && RLENGTH == base) {
    print " *"
    print " * @note " inner
    had_entry = 0
  } else if (!in_label && match(text, /^MPCC_[A-Z0-9_]+  +/)) {
    names = substr(text, 1, index(text, " ") - 1)
    sub(/^[A-Z0-9_]+ +/, "", text)
    print " * - `" names "` " code(text)
  } else {
    print " *" (inner == "" ? "" : " " inner)
  }
}

# True if it has printed "MPCC_CODE  why" as what it is.
function entry(text,    names, why)
{
  if (!match(text, /^(MPCC_[A-Z0-9]+(, MPCC_[A-Z0-9]+)*|0|anything else)  +/))
    return 0
  names = substr(text, 1, RLENGTH)
  why = substr(text, RLENGTH + 1)
  sub(/ +$/, "", names)
  if (names == "anything else")
    names = "other"
  print " *"
  retvals(names, why)
  had_entry = 1
  return 1
}

function labelled(name, text,    at, second)
{
  in_label = 1
  in_returns = name == "Returns"
  had_entry = 0
  # Two short ones share a line.
  second = ""
  if ((at = index(text, "   Blocks: ")) > 0) {
    second = substr(text, at + 11)
    text = substr(text, 1, at - 1)
  }
  print " *"
  if (in_returns && entry(text))
    return
  print " * " (in_returns ? "@return" : "@par " name)
  print " * " text
  if (second != "")
    labelled("Blocks", second)
}

# The comment that begins the file.

function lead_flush(    i, plain)
{
  if (held == 0)
    return
  plain = 1
  for (i = 1; i <= held; i++)
    if (hold[i] ~ /^    / || hold[i] ~ /[^ ]   +[^ ]/)
      plain = 0
  if (!plain)
    print " * @verbatim"
  for (i = 1; i <= held; i++) {
    if (plain)
      sub(/^ +/, "", hold[i])
    print (plain ? " * " : "") hold[i] # in verbatim text a star would be shown
  }
  if (!plain)
    print "@endverbatim"
  held = 0
}

function lead_line(text)
{
  if (text ~ /^ /) {
    if (pending != "") {
      print " * @par " pending
      pending = ""
    }
    hold[++held] = text
    return
  }
  lead_flush()
  if (pending != "")
    print " * " pending
  pending = ""
  if (text == "")
    print " *"
  else if (blank && text !~ /[.:]$/)
    pending = text
  else
    print " * " text
  blank = text == ""
}

function text_of(line)
{
  sub(/^ \* ?/, "", line)
  return line
}

state == "" && /^\/\*$/ && !seen_lead {
  seen_lead = 1
  state = "lead"
  blank = 0
  print "/** @file"
  next
}

state == "lead" && /^ \*\/$/ {
  lead_flush()
  print " */"
  state = ""
  next
}

state == "lead" {
  lead_line(text_of($0))
  next
}

/^\/\* -- .* --+ \*\/$/ {
  title = $0
  sub(/^\/\* -- /, "", title)
  sub(/ --+ \*\/$/, "", title)
  open_group(title)
  next
}

group != "" && /^#ifdef __cplusplus$/ {
  close_group()
}

/^\/\*\*$/ {
  state = "doc"
  in_label = in_returns = had_entry = 0
  print
  next
}

state == "doc" && /^ \*\/$/ {
  state = ""
  print
  next
}

state == "doc" {
  doc_line(text_of($0))
  next
}

{
  print code($0)
}

END {
  print "/** @mainpage libmpcc"
  print " * Everything is in one header: @ref mpcc.h says what holds for all of it. By subject:"
  printf "%s", groups
  print " */"
}
