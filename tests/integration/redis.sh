#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT

# redis.sh start FOLDER [redis-server's options...]   a server of your own, with its data in FOLDER
# redis.sh stop FOLDER                                in order: nothing is lost
# redis.sh kill FOLDER                                by SIGKILL: as a crash
# redis.sh restart FOLDER                             stop and start, on the same port
#
# start and restart print "HOST PORT" once it answers, and start also begins again, on the same port
# and with the same options, what was stopped or killed. On loopback, on a port that was free.
# Exit status 77, with a word, if there is no redis-server here.
set -eu
verb=${1:?usage: redis.sh start|stop|kill|restart FOLDER [options...]}
folder=${2:?which folder?}
shift 2
host=127.0.0.1
# A signal must not part this script from a server that it has begun: it ends that one first.
interrupted=''
trap 'interrupted=yes' HUP INT TERM

command -v redis-server >/dev/null || {
  echo "skipped: redis-server is not installed"
  exit 77
}

# A process that has ended may still be listed, as a zombie, until its parent has looked. One that
# has just begun may still be called "sh".
running()
{
  case $(ps -o stat= -p "$1" 2>/dev/null) in
    '' | Z*) return 1 ;;
    *) return 0 ;;
  esac
}

# Is the process of the file FOLDER/pid still that server?
serving()
{
  [ -s "$folder/pid" ] && running "$(cat "$folder/pid")" &&
    [ "$(ps -o comm= -p "$(cat "$folder/pid")")" = redis-server ]
}

# Only the server's own log tells that it is this one that answers on the port, its data loaded.
launch() # port options...
{
  port=$1
  shift
  : >"$folder/log"
  redis-server --bind $host --port "$port" --dir "$folder" --save '' --appendonly yes "$@" \
    </dev/null >"$folder/log" 2>&1 &
  pid=$!
  echo "$pid" >"$folder/pid"
  until grep -q 'Ready to accept connections' "$folder/log"; do
    [ -z "$interrupted" ] || kill "$pid" 2>/dev/null || :
    running $pid || {
      rm -f "$folder/pid"
      return 1
    }
    sleep 0.02 || : # a signal may have ended it
  done
  echo "$port" >"$folder/port"
}

# Below the ports that systems hand out to clients: while the server is down nobody gets its port.
a_port()
{
  echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
}

start()
{
  mkdir -p "$folder"
  folder=$(CDPATH='' cd -- "$folder" && pwd)
  if serving; then
    echo "the server of $folder is running already" >&2
    return 1
  fi
  if [ -s "$folder/port" ]; then
    # One option a line, as they were given.
    set --
    while IFS= read -r option; do
      set -- "$@" "$option"
    done <"$folder/options"
    ports=$(cat "$folder/port")
  else
    : >"$folder/options"
    [ $# -eq 0 ] || printf '%s\n' "$@" >"$folder/options"
    ports="$(a_port) $(a_port) $(a_port) $(a_port) $(a_port)"
  fi
  for try in $ports; do
    if launch "$try" "$@"; then
      echo "$host $try"
      return 0
    fi
    [ -z "$interrupted" ] || return 1
    grep -q 'Address already in use' "$folder/log" || break
  done
  echo "redis-server does not start:" >&2
  cat "$folder/log" >&2
  return 1
}

# finish <signal>: and wait until it is gone; by force if that takes a minute, as with a full disk.
finish()
{
  if serving; then
    pid=$(cat "$folder/pid")
    kill -s "$1" "$pid"
    kill -s CONT "$pid" 2>/dev/null || : # it may have been stopped
    turns=0
    while running "$pid"; do
      turns=$((turns + 1))
      [ $turns -ne 3000 ] || kill -s KILL "$pid" 2>/dev/null || :
      sleep 0.02 || :
    done
  fi
  rm -f "$folder/pid"
}

case $verb in
  start) start "$@" ;;
  stop) finish TERM ;;
  kill) finish KILL ;;
  restart)
    finish TERM
    start
    ;;
  *)
    echo "there is no verb $verb" >&2
    exit 2
    ;;
esac
