# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# awk -v language=cmake -v with=cmake_minimum_required -f fragments.awk README.md
# The first fenced block in this language that has this text in it.
/^```/ && !inside {
  inside = 1
  wanted = $0 == "```" language
  block = ""
  found = 0
  next
}
/^```$/ {
  inside = 0
  if (wanted && found) {
    printf "%s", block
    exit
  }
  next
}
inside {
  block = block $0 "\n"
  if (index($0, with))
    found = 1
}
