# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# shellcheck shell=sh
#
# What the examples' tests check with; to be read (.) by a script whose folder has what the program
# said: out.txt, err.txt. Sets failures.
failures=0

say_fail() { # what why
  failures=$((failures + 1))
  echo "FAILED  $1: $2"
  sed 's/^/        out: /' out.txt 2>/dev/null | tail -n 40
  sed 's/^/        err: /' err.txt 2>/dev/null | tail -n 40
}
same() { # what got expected
  [ "$2" = "$3" ] || say_fail "$1" "got \"$2\", expected \"$3\""
}
is_true() { # what command...
  what=$1
  shift
  "$@" || say_fail "$what" "this does not hold: $*"
}
said() { # what pattern [file]
  grep -q -e "$2" "${3:-err.txt}" || say_fail "$1" "no message like \"$2\" in ${3:-err.txt}"
}
# In a cleanup: ends all that this shell has begun in the background and not waited for.
end_jobs() {
  jobs -p >jobs.txt
  while read -r job; do
    kill -KILL "$job" 2>/dev/null
  done <jobs.txt
  wait
}
done_with() { echo "ok      $1"; }
skip() { echo "skipped $1: $2"; }
