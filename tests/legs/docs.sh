#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# docs.sh <folder>: the documentation. Everything in the header is documented, as Doxygen's pages
# and as manual pages; links lead somewhere; pieces of C are parts of what is compiled; drawings are
# what their sources say; words are spelled right. The tools of our own are first shown mistakes.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
[ $# -eq 1 ] || { echo "usage: sh $0 <folder>"; exit 2; }
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
docs=$root/tests/docs
rm -rf "$folder/api" # pages of an older header
failed='' skipped='' sizes=''

# part <name> <commands it needs> <function>: what the function prints last is the part's size.
part()
{
  for command in $2; do
    command -v "$command" >/dev/null 2>&1 || {
      echo "$1: skipped: there is no $command here"
      skipped="$skipped $1"
      return 0
    }
  done
  # Not "if": that would make the commands of the function go on after a failure.
  set +e
  (set -e; "$3") >"$folder/$1.log" 2>&1
  status=$?
  set -e
  if [ $status -eq 0 ]; then
    echo "$1: $(tail -n 1 "$folder/$1.log")"
    sizes="$sizes${sizes:+, }$(tail -n 1 "$folder/$1.log")"
  else
    sed "s/^/$1: /" "$folder/$1.log"
    failed="$failed $1"
  fi
}

# refuses <what> <command>...: a check that lets a mistake pass is no check.
refuses()
{
  mistake=$1
  shift
  if "$@" >"$folder/refused.log" 2>&1; then
    cat "$folder/refused.log"
    echo "$mistake was not noticed"
    return 1
  fi
}

# The names of all that the header gives to a program.
functions()
{
  sed -n 's/^MPCC_API .*[ *]\(mpcc_[a-z_]*\)(.*/\1/p' "$root/include/mpcc.h"
}

header()
{
  sh "$root/docs/api/build.sh" "$folder/api"
  sed 's|^MPCC_API int mpcc_wait(|MPCC_API int mpcc_new(void);\n\n&|' "$root/include/mpcc.h" \
    >"$folder/undocumented.h"
  refuses "a function without a comment" \
    sh "$root/docs/api/build.sh" "$folder/undocumented" "$folder/undocumented.h"
  sed 's|MPCC_EBUSY = -30007, .*|MPCC_EBUSY = -30007,|' "$root/include/mpcc.h" \
    >"$folder/undocumented.h"
  refuses "a code without a comment" \
    sh "$root/docs/api/build.sh" "$folder/undocumented" "$folder/undocumented.h"
  count=0
  for name in $(functions); do
    grep -rq "$name" "$folder/api/html" || { echo "$name is not in the pages"; return 1; }
    count=$((count + 1))
  done
  [ $count -gt 0 ]
  echo "$count functions"
}

# As `man mpcc_push` shows it: the function's own page, with its errors, and nothing troff minds.
manual()
{
  pages=$folder/api/man
  for name in $(functions); do
    man -M "$pages" -w "$name" >/dev/null
  done
  count=0
  for page in "$pages"/man3/*.3; do
    LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$page" >"$folder/page.txt" 2>"$folder/page.err"
    [ ! -s "$folder/page.err" ] || { cat "$folder/page.err"; echo "$page"; return 1; }
    count=$((count + 1))
  done
  LC_ALL=C.UTF-8 MANWIDTH=100 man -M "$pages" mpcc_push | col -bx >"$folder/page.txt"
  for text in "mpcc_push - Append a copy of item to slot" \
    "int mpcc_push(mpcc_t \*mpcc, const void \*item, uint32_t slot);" \
    "^ *MPCC_ECLOSED$" "^ *the instance is completing or STOPPED$"; do
    grep -q -e "$text" "$folder/page.txt" || { echo "man mpcc_push does not say: $text"; return 1; }
  done
  echo "$count manual pages"
}

# A tree of one page, for mistakes.
small_tree()
{
  rm -rf "$folder/small"
  mkdir -p "$folder/small/docs" "$folder/small/examples"
  echo 'mpcc_example(it SOURCES it.c)' >"$folder/small/examples/CMakeLists.txt"
  printf '/* guide: a */\nint a;\n/* guide: end */\n' >"$folder/small/examples/it.c"
  printf '# One\n\n[two](docs/two.md#the-two)\n' >"$folder/small/README.md"
  # shellcheck disable=SC2016
  printf '# The two\n\n```c examples/it.c a\nint a;\n```\n' >"$folder/small/docs/two.md"
}

# mistake <what> <tool> <file> <sed command>: the tool accepts the small tree, and not this change.
mistake()
{
  small_tree
  python3 "$docs/$2" "$folder/small"
  sed "$4" "$folder/small/$3" >"$folder/changed"
  cp "$folder/changed" "$folder/small/$3"
  refuses "$1" python3 "$docs/$2" "$folder/small"
}

links()
{
  mistake "a link to nothing" links.py README.md 's/two.md/three.md/'
  mistake "a heading that is not there" links.py README.md 's/#the-two/#two/'
  mistake "a link out of the tree" links.py README.md 's|docs/two.md.*)|..)|'
  mistake "a page without a link to it" links.py README.md 's/(.*)/(README.md)/'
  python3 "$docs/links.py" "$root"
}

fragments()
{
  mistake "another word" fragments.py docs/two.md 's/int a/long a/'
  mistake "a part that is not there" fragments.py docs/two.md 's/it.c a/it.c b/'
  mistake "a part that nobody shows" fragments.py docs/two.md "/^\`\`\`/,\$d"
  mistake "a file that is not compiled" fragments.py examples/CMakeLists.txt 's/it/its/g'
  python3 "$docs/fragments.py" "$root"
}

drawings()
{
  made_by="fossil version 2.21" # another one's pikchr may place things otherwise
  mkdir -p "$folder/drawings"
  sh "$root/docs/drawings/build.sh" "$folder/drawings"
  count=0
  for drawing in "$folder"/drawings/*.svg; do
    if ! diff "$root/docs/drawings/$(basename "$drawing")" "$drawing"; then
      fossil version | grep -qF "$made_by" || { echo "not compared: not $made_by"; return 0; }
      echo "docs/drawings/build.sh was not run after a change"
      return 1
    fi
    count=$((count + 1))
  done
  for drawing in "$root"/docs/drawings/*.svg; do
    [ -e "${drawing%.svg}.pikchr" ] || { echo "$drawing has no source"; return 1; }
    ! command -v xmllint >/dev/null || xmllint --noout "$drawing"
  done
  [ $count -gt 0 ]
  echo "$count drawings"
}

spelling()
{
  printf '%s%s\n' "what was reci" "eved" >"$folder/misspelled.txt"
  refuses "a misspelled word" codespell "$folder/misspelled.txt"
  cd "$root"
  codespell --ignore-words="$docs/words.txt" --skip="*.svg" \
    README.md docs include src examples tests bench .ci CMakeLists.txt
  echo "$(find README.md docs include src examples tests bench -type f | wc -l) files spelled"
}

part header "doxygen awk python3" header
if [ -d "$folder/api/man/man3" ]; then
  part manual "man col" manual
else
  echo "manual: skipped: there are no pages, as said above"
  skipped="$skipped manual"
fi
part links python3 links
part fragments python3 fragments
part drawings fossil drawings
part spelling codespell spelling

[ -z "$failed" ] || { echo "FAILED:$failed"; exit 1; }
[ -n "$sizes" ] || { echo "skipped: there is none of its tools here"; exit 77; }
echo "size: $sizes${skipped:+; skipped:$skipped}"
