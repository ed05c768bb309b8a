# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# awk -f page.awk -v results=FOLDER -v plots=FOLDER -v linked=FOLDER [-v quick=1] \
#     results.csv page.md.in
#
# The page with its marks filled in. A mark stands alone on its line, fields have bars between:
#
#   @machine                     FOLDER/machine.txt, a list
#   @said PROGRAM                what bench_PROGRAM says of its subjects, from FOLDER/PROGRAM.txt
#   @targets                     FOLDER/targets.tsv, which targets.awk has made
#   @plot NAME | what it shows   if the folder ${plots} has NAME.svg, as the page sees it: ${linked}
#   @subjects PROGRAM | METRIC | CONFIGURATIONS | REST
#        a line for each subject, a column for each configuration; ratios in brackets
#   @plain, @ratios              the same without the ratios' intervals, and the ratios alone
#   @configs PROGRAM | METRICS | CONFIGURATIONS | REST
#        a line for each configuration and subject, a column for each metric
#
# METRIC is a name; METRICS, CONFIGURATIONS and REST, which is left out of headings, are patterns.
# A table without a line is an error, unless ${quick}.

function trim(text)
{
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  return text
}

# Three significant digits; whole numbers below 1000 as they are.
function digits(number,    size, text, scale)
{
  number += 0
  size = number < 0 ? -number : number
  if (number == int(number) && size < 1000)
    return sprintf("%d", number)
  if (size < 999.5) {
    text = sprintf("%#.3g", number)
    sub(/\.$/, "", text)
    return text
  }
  for (scale = 1; size / scale >= 999.5; scale *= 10)
    continue
  return thousands(sprintf("%.0f", sprintf("%.0f", number / scale) * scale))
}

function thousands(text,    left)
{
  for (left = text; length(left) > 3; left = substr(left, 1, length(left) - 3))
    text = substr(left, 1, length(left) - 3) "," substr(text, length(left) - 2)
  return text
}

# In a table, bars would begin a new cell.
function cell(text)
{
  gsub(/\|/, "\\|", text)
  return text
}

function complain(what)
{
  if (quick)
    print "(not measured)"
  else {
    print "page.awk: " what >"/dev/stderr"
    failed = 1
  }
}

# -- Marks -----------------------------------------------------------------------------------

function machine(    line)
{
  while ((getline line <(results "/machine.txt")) > 0)
    print "- " line
}

# The log's lines "  name   what it is": those of bench_push begin with two spaces, those of
# bench_batcher end at the first empty line.
function said(program,    line, file, name, seen, found)
{
  file = results "/" program ".txt"
  print "| subject | what it is |\n| --- | --- |"
  while ((getline line <file) > 0) {
    if (program == "batcher" && line == "")
      break
    if (program != "batcher" && line !~ /^  [^ ]/)
      continue
    sub(/^  /, "", line)
    name = trim(substr(line, 1, 24))
    if (length(line) < 26 || substr(line, 25, 1) != " " || line ~ /^(mpcc [0-9]|all on)/ ||
        seen[line]++)
      continue
    print "| " cell(name) " | " cell(trim(substr(line, 26))) " |"
    found = 1
  }
  close(file)
  if (!found)
    complain(file " says nothing of subjects")
}

function interval(low, high)
{
  return low == "" ? "" : digits(low) " to " digits(high)
}

function targets(    line, field, file, met, all)
{
  file = results "/targets.tsv"
  print "| measure | target | measured | 95 % | bounded | |"
  print "| --- | --- | ---: | --- | ---: | --- |"
  while ((getline line <file) > 0) {
    split(line, field, "\t")
    all++
    met += field[8] == "met"
    print "| " cell(field[1]) (field[6] != "" ? " (" field[6] ")" : "") " | " field[2] " | " \
      (field[3] != "" ? digits(field[3]) : "-") " | " interval(field[4], field[5]) " | " \
      (field[7] != "" ? digits(field[7]) : "") " | " \
      (field[8] ~ /^missed/ ? "**" field[8] "**" : field[8]) " |"
  }
  print "\n" met + 0 " of " all + 0 " are met."
  if (!all)
    complain(file " is empty")
}

function plot(name, text,    line)
{
  if ((getline line <(plots "/" name ".svg")) > 0)
    print "![" text "](" linked "/" name ".svg)"
}

# -- Tables ----------------------------------------------------------------------------------

# By ${mark}: a ratio alone, none of its interval, or everything.
function value_and_ratio(key,    text)
{
  if (!(key in value))
    return ""
  if (mark == "@ratios")
    return ratio[key] != "" ? digits(ratio[key]) : "1"
  text = digits(value[key])
  if (mark == "@plain" && ratio[key] != "")
    text = text " (" digits(ratio[key]) ")"
  else if (ratio[key] != "")
    text = text " (" digits(ratio[key]) (rounds[key] >= 6 && ratio_high[key] > 0 ? \
      "; " interval(ratio_low[key], ratio_high[key]) : "") ")"
  return text
}

# Collects what fits into ${columns} and ${lines}, in the order of the results.
function collect(program, metrics, exact, configs, by_subject,    i, column, line)
{
  column_count = line_count = 0
  split("", column_seen)
  split("", line_seen)
  for (i = 1; i <= rows; i++) {
    if (row_bench[i] != "bench_" program || row_config[i] !~ configs ||
        (exact ? row_metric[i] != metrics : row_metric[i] !~ metrics))
      continue
    column = by_subject ? row_config[i] : row_metric[i] ", " row_unit[i]
    line = by_subject ? row_subject[i] : row_config[i] SUBSEP row_subject[i]
    if (!column_seen[column]++)
      columns[++column_count] = column
    if (!line_seen[line]++)
      lines[++line_count] = line
  }
}

function subjects_table(program, metric, configs, rest,    i, j, text, rule, name)
{
  collect(program, metric, 1, configs, 1)
  if (!line_count)
    return complain("no line of bench_" program ", " metric ", " configs)
  text = "| |"
  rule = "| --- |"
  for (j = 1; j <= column_count; j++) {
    name = columns[j]
    if (rest != "")
      gsub(rest, "", name)
    text = text " " trim(name) " |"
    rule = rule " ---: |"
  }
  print text "\n" rule
  for (i = 1; i <= line_count; i++) {
    text = "| " lines[i] " |"
    for (j = 1; j <= column_count; j++)
      text = text " " value_and_ratio("bench_" program SUBSEP columns[j] SUBSEP lines[i] \
                                      SUBSEP metric) " |"
    print text
  }
}

function configs_table(program, metrics, configs, rest,    i, j, text, rule, part, name)
{
  collect(program, metrics, 0, configs, 0)
  if (!line_count)
    return complain("no line of bench_" program ", " metrics ", " configs)
  text = "| | |"
  rule = "| --- | --- |"
  for (j = 1; j <= column_count; j++) {
    name = columns[j]
    if (rest != "")
      gsub(rest, "", name)
    text = text " " trim(name) " |"
    rule = rule " ---: |"
  }
  print text "\n" rule
  for (i = 1; i <= line_count; i++) {
    split(lines[i], part, SUBSEP)
    text = "| " part[1] " | " part[2] " |"
    for (j = 1; j <= column_count; j++) {
      name = columns[j]
      sub(/, [^,]*$/, "", name)
      text = text " " value_and_ratio("bench_" program SUBSEP lines[i] SUBSEP name) " |"
    }
    print text
  }
}

# -- The two files ---------------------------------------------------------------------------

FNR == NR {
  if (FNR == 1)
    next
  split($0, field, ",")
  rows++
  row_bench[rows] = field[1]
  row_config[rows] = field[2]
  row_subject[rows] = field[3]
  row_metric[rows] = field[4]
  row_unit[rows] = field[5]
  key = field[1] SUBSEP field[2] SUBSEP field[3] SUBSEP field[4]
  value[key] = field[6]
  ratio[key] = field[9]
  ratio_low[key] = field[10]
  ratio_high[key] = field[11]
  rounds[key] = field[12]
  next
}

/^@/ {
  mark = $1
  rest_of_line = $0
  sub(/^@[a-z]+ */, "", rest_of_line)
  gsub(/\\\|/, SUBSEP, rest_of_line) # a bar inside of a pattern is written with a backslash
  count = split(rest_of_line, argument, "|")
  for (i = 1; i <= 4; i++) {
    argument[i] = i <= count ? trim(argument[i]) : ""
    gsub(SUBSEP, "|", argument[i])
  }
  print "" # what is one too many, page.sh takes away again
  if (mark == "@machine")
    machine()
  else if (mark == "@said")
    said(argument[1])
  else if (mark == "@targets")
    targets()
  else if (mark == "@plot")
    plot(argument[1], argument[2])
  else if (mark ~ /^@(subjects|plain|ratios)$/)
    subjects_table(argument[1], argument[2], argument[3], argument[4])
  else if (mark == "@configs")
    configs_table(argument[1], argument[2], argument[3], argument[4])
  else {
    print "page.awk: there is no mark " mark >"/dev/stderr"
    failed = 1
  }
  print ""
  next
}

{ print }

END {
  if (failed)
    exit 1
}
