# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# awk -v kind=live|core -f expect.awk expected.txt OUTPUT: whether each expected line is in the
# output, in their order.
BEGIN { FS = "\t"; at = 1 }
/^#/ && FILENAME == ARGV[1] { next }
FILENAME == ARGV[1] {
  if ($1 == "both" || $1 == kind)
    expected[++count] = $2
  next
}
at <= count && $0 ~ expected[at] { at++ }
END {
  if (at <= count) {
    print "not found, in its place: " expected[at]
    exit 1
  }
}
