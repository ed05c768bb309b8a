# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# awk -f targets.awk [-v quick=1] results.csv targets.txt: the targets with what was measured.
#
# A line for each, of fields with tabs between: what is measured; the target; the number; its
# interval, or two empty fields; of which line it is, where several fit; the bounded instance's
# number; the verdict; how many times better than the target, and the interval of that, for the
# plot (empty where the target is 0). A target without a number is an error, unless ${quick}.

function trim(text)
{
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  return text
}

# Bars inside of slashes divide nothing.
function split_line(line, fields,    count, at, c, quoted)
{
  count = 1
  split("", fields)
  for (at = 1; at <= length(line); at++) {
    c = substr(line, at, 1)
    if (c == "/" && (quoted || trim(fields[count]) == ""))
      quoted = !quoted
    if (c == "|" && !quoted)
      count++
    else
      fields[count] = fields[count] c
  }
  for (at = 1; at <= count; at++)
    fields[at] = trim(fields[at])
  return count
}

function is_pattern(wanted)
{
  return wanted ~ /^\/.*\/$/
}

function fits(name, wanted)
{
  return is_pattern(wanted) ? name ~ substr(wanted, 2, length(wanted) - 2) : name == wanted
}

# Of the lines of the results that fit, which looks worst? 0: there is none.
function worst(bench, config, subject, metric, what, rule,    i, found, number, least)
{
  found = 0
  for (i = 1; i <= rows; i++) {
    if (row_bench[i] != bench || row_metric[i] != metric || stale(i) ||
        !fits(row_config[i], config) || !fits(row_subject[i], subject) ||
        (what != "value" && row_ratio[i] == ""))
      continue
    number = take(i, what)
    if (rule ~ /^same/ && row_ratio_low[i] != "")
      number = row_ratio_low[i] # what decides
    if (!found || (rule ~ /^>=/ ? number < least : number > least)) {
      found = i
      least = number
    }
  }
  return found
}

# A line that was measured again later does not count.
function stale(i)
{
  return last[row_bench[i], row_config[i], row_subject[i], row_metric[i]] != i
}

function take(i, what)
{
  if (what == "value")
    return row_value[i]
  return what == "inverse" ? 1 / row_ratio[i] : row_ratio[i]
}

# Sets low and high, to "" if there were too few rounds for an interval.
function take_interval(i, what)
{
  low = what == "value" ? row_value_low[i] : row_ratio_low[i]
  high = what == "value" ? row_value_high[i] : row_ratio_high[i]
  if (row_rounds[i] < 6 || low == "" || high == "" || high <= 0)
    low = high = ""
  else if (what == "inverse") {
    number = low
    low = 1 / high
    high = 1 / number
  }
}

# The median of one subject in place of what the ratio was taken of.
function quotient(i, name, what,    other)
{
  other = last[row_bench[i], row_config[i], name, row_metric[i]]
  if (!other)
    return ""
  return what == "inverse" ? row_value[other] / row_value[i] : row_value[i] / row_value[other]
}

function bounded_of(i, where, what, rule, config, subject,    found, name)
{
  name = where
  sub(/^[a-z]+ /, "", name)
  if (where == "also")
    name = (is_pattern(config) ? substr(config, 1, length(config) - 2) : config) " bounded" \
           (is_pattern(config) ? "$/" : "")
  if (where == "also" || where ~ /^in /)
    found = worst(row_bench[i], name, subject, row_metric[i], what, rule)
  else if (where ~ /^of /)
    found = last[row_bench[i], row_config[i], name, row_metric[i]]
  else if (where ~ /^by /)
    return quotient(i, name, what)
  return found ? take(found, what) : ""
}

function verdict(rule, number,    bounds)
{
  split(substr(rule, 4), bounds, ",")
  if (rule ~ /^>=/) {
    if (number >= bounds[1])
      return "met"
    return bounds[2] != "" && number >= bounds[2] ? "missed, above the floor" : "missed"
  }
  if (rule ~ /^<=/)
    return number <= bounds[1] ? "met" : "missed"
  sub(/^same /, "", rule)
  if (low == "")
    return "too few rounds"
  return low <= 1 || high < rule + 0 ? "met" : "missed"
}

# For the plot: above 1 is better than the target.
function against(rule, number,    bound)
{
  if (number == "")
    return ""
  bound = rule
  gsub(/^[^0-9]*|,.*/, "", bound)
  if (bound <= 0 || number <= 0)
    return ""
  return rule ~ /^>=/ ? number / bound : bound / number
}

FNR == NR {
  split($0, field, ",")
  if (FNR == 1 || field[1] == "bench")
    next
  rows++
  row_bench[rows] = field[1]
  row_config[rows] = field[2]
  row_subject[rows] = field[3]
  row_metric[rows] = field[4]
  row_value[rows] = field[6] + 0
  row_value_low[rows] = field[7]
  row_value_high[rows] = field[8]
  row_ratio[rows] = field[9]
  row_ratio_low[rows] = field[10]
  row_ratio_high[rows] = field[11]
  row_rounds[rows] = field[12] + 0
  last[field[1], field[2], field[3], field[4]] = rows
  next
}

/^#/ || /^$/ { next }

{
  if (split_line($0, target) != 9) {
    print FILENAME ":" FNR ": not 9 fields" >"/dev/stderr"
    failed = 1
    next
  }
  i = worst(target[4], target[5], target[6], target[7], target[8], target[3])
  if (!i) {
    missing++
    if (!quick)
      print "targets.awk: no number for: " target[1] >"/dev/stderr"
    printf "%s\t%s\t\t\t\t\t\tnot measured\t\t\t\n", target[1], target[2]
    next
  }
  what = target[8]
  measured = take(i, what)
  take_interval(i, what)
  which = is_pattern(target[5]) ? row_config[i] : ""
  if (is_pattern(target[6]))
    which = which (which != "" ? ", " : "") row_subject[i]
  bounded = bounded_of(i, target[9], what, target[3], target[5], target[6])
  best = against(target[3], measured)
  from = against(target[3], low)
  to = against(target[3], high)
  if (target[3] !~ /^>=/) {
    swap = from
    from = to
    to = swap
  }
  printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", target[1], target[2], measured, low, high,
         which, bounded, verdict(target[3], measured), best, from, to
}

END {
  if (failed || (missing && !quick))
    exit 1
}
