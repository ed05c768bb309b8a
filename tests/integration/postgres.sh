#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh postgres.sh start|stop|restart FOLDER
#
# A PostgreSQL of the test's own: on loopback, on a port that is free, with everything it writes in
# FOLDER. "start" and "restart" return when it takes connections, and print "127.0.0.1 PORT"; a
# restarted server has its port and its tables again. Its superuser is postgres, without a
# password. POSTGRES_STOP says how it is stopped: fast (the default), or immediate, which is like
# a crash. Exit status 77: it is not installed, or root has nobody to run it as.
set -u
export LC_ALL=C

usage() {
  echo "usage: sh postgres.sh start|stop|restart FOLDER" >&2
  exit 2
}
[ $# -eq 2 ] || usage
verb=$1
mkdir -p "$2" && folder=$(cd "$2" && pwd) || exit 1
# A signal must not part this script from a server that it has begun: it ends that one first.
interrupted=''
trap 'interrupted=yes' HUP INT TERM

skip() {
  echo "skipped: $1"
  exit 77
}

# Distributions keep the server's programs out of the PATH.
find_server() {
  for bin in "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
    /usr/bin /usr/local/bin; do
    [ ! -x "$bin/initdb" ] || [ ! -x "$bin/pg_ctl" ] || return 0
  done
  return 1
}

# The server refuses to run as root, so root needs somebody to run it as.
as_owner() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  else
    runuser -u postgres -- "$@"
  fi
}

choose_port() {
  echo $((20000 + ($$ * 41 + $1 * 1013) % 12000)) >"$folder/port"
}

launch() {
  port=$(cat "$folder/port") || return 1
  as_owner "$bin/pg_ctl" -D "$folder/data" -w -t 300 -l "$folder/log" \
    -o "-p $port -k '$folder' -c listen_addresses=127.0.0.1" start >"$folder/out" 2>&1 </dev/null
}

report_failure() {
  echo "PostgreSQL does not start:" >&2
  tail -n 20 "$folder/out" "$folder/log" >&2
  exit 1
}

start() {
  cd "$folder" || exit 1 # initdb and pg_ctl want a folder that they may read
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder" || exit 1
  fi
  as_owner "$bin/initdb" -D "$folder/data" -A trust -N -U postgres -E UTF8 --locale=C \
    >"$folder/out" 2>&1 || report_failure
  # The server itself finds out whether a port is free: nobody can take it in between.
  for attempt in 1 2 3 4 5; do
    choose_port $attempt
    if launch; then
      echo "127.0.0.1 $port"
      return
    fi
    if [ -n "$interrupted" ]; then
      stop
      exit 1
    fi
  done
  report_failure
}

# Also when it has not yet written its file, since whoever started it was interrupted.
is_there() {
  ps -e -o args= | data=$folder/data awk 'index($0, "postgres -D " ENVIRON["data"]) { found = 1 }
    END { exit !found }'
}

stop() {
  cd "$folder" || exit 1
  until [ -e "$folder/data/postmaster.pid" ]; do
    is_there || return 0
    sleep 0.1
  done
  as_owner "$bin/pg_ctl" -D "$folder/data" -w -t 300 -m "${POSTGRES_STOP:-fast}" stop \
    >"$folder/out" 2>&1 </dev/null || { cat "$folder/out" >&2; exit 1; }
}

restart() {
  [ -r "$folder/port" ] || usage
  stop
  launch || report_failure
  echo "127.0.0.1 $port"
}

find_server || skip "there is no PostgreSQL server here"
if [ "$(id -u)" -eq 0 ]; then
  id postgres >/dev/null 2>&1 || skip "there is no user postgres to run the server as"
  command -v runuser >/dev/null || skip "there is no runuser command to run the server with"
fi
case $verb in
  start) start ;;
  stop) stop ;;
  restart) restart ;;
  *) usage ;;
esac
