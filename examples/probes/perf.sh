#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# perf.sh LIBRARY COMMAND...: the batches of a command, one in a line with its time, by perf. As
# root. LIBRARY is libmpcc.so, or the program if libmpcc is linked into it.
#
# A probe is known to perf when its file has been added to a cache of perf's, here one of our own,
# and to the kernel when it was defined, in the group sdt_mpcc, for all of its users; both are
# undone.
set -eu
[ $# -ge 2 ] || { echo "usage: sh perf.sh LIBRARY COMMAND..."; exit 2; }
library=$(readlink -f "$1")
shift
folder=$(mktemp -d)
group=sdt_mpcc
end()
{
  perf probe -q -d "$group:*" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

perf --buildid-dir "$folder" buildid-cache --add "$library"
for probe in batch_formed batch_done push_full drop; do
  perf --buildid-dir "$folder" probe -q -x "$library" --add "%$group:$probe" ||
    { echo "perf.sh: the kernel takes no probes here" >&2; exit 1; }
done
perf record -q -e "$group:*" -o "$folder/data" -- "$@"
perf script -i "$folder/data" -F comm,tid,time,event,trace
