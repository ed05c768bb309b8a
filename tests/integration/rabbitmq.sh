#!/bin/sh
# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
#
# Usage: sh rabbitmq.sh start|stop|restart FOLDER
#        sh rabbitmq.sh ctl FOLDER WORD...        asks the running server, by rabbitmqctl
#
# A RabbitMQ of the test's own: on loopback, on ports that are free, with everything it writes in
# FOLDER. "start" and "restart" return when it takes connections, and print "127.0.0.1 PORT"; a
# restarted server has its port and its durable queues again. Exit status 77: it is not installed.
set -u
export LC_ALL=C

usage() {
  echo "usage: sh rabbitmq.sh start|stop|restart FOLDER, or: ctl FOLDER WORD..." >&2
  exit 2
}
[ $# -ge 2 ] || usage
verb=$1
mkdir -p "$2" && folder=$(cd "$2" && pwd) || exit 1
shift 2
# A signal must not part this script from a server that it has begun: it ends that one first.
interrupted=''
trap 'interrupted=yes' HUP INT TERM

# Not the command in the PATH: on Debian that one changes to a user of its own.
find_server() {
  for server in /usr/lib/rabbitmq/bin/rabbitmq-server "$(command -v rabbitmq-server)"; do
    [ ! -x "$server" ] || return 0
  done
  return 1
}

skip() {
  echo "skipped: $1"
  exit 77
}

# port_is_free PORT: nobody has it, in any state, on any address.
port_is_free() {
  ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    grep -qi ":$(printf %04x "$1") [0-9a-f]*:[0-9a-f]* "
}

# Below the range from which clients get theirs, and different for each process that looks.
free_port() {
  until port_is_free "$port"; do
    port=$((port + 1))
  done
  echo "$port"
}

choose_ports() {
  port=$((20000 + ($$ * 37 + $1 * 1009) % 12000))
  amqp_port=$(free_port)
  port=$((amqp_port + 1))
  node_port=$(free_port)
  port=$((node_port + 1))
  names_port=$(free_port)
  echo "amqp_port=$amqp_port node_port=$node_port names_port=$names_port" >"$folder/ports"
}

configure() {
  printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$amqp_port" 'log.console = false' \
    'vm_memory_high_watermark.absolute = 2GB' 'disk_free_limit.absolute = 50MB' \
    >"$folder/rabbitmq.conf"
  echo '[].' >"$folder/enabled_plugins"
  export HOME="$folder" RABBITMQ_NODENAME="mpcc$amqp_port@localhost" \
    RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" \
    RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE="$folder/none" \
    RABBITMQ_PID_FILE="$folder/erlang.pid" ERL_EPMD_ADDRESS=127.0.0.1 \
    ERL_EPMD_PORT="$names_port" RABBITMQ_DIST_PORT="$node_port" ERL_CRASH_DUMP=/dev/null
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} \
+S 2:2 +sbwt none -start_epmd false" # it is there, or there is no server: none of its own
  export RABBITMQ_CTL_ERL_ARGS="-start_epmd false"
  export RUNNING_UNDER_SYSTEMD=1 # the script then becomes the server, so that its pid is known
}

# since PID: when the process began, in the system's ticks; nothing if it has ended. It stays the
# same when a process becomes another program, and a number that is used again has another one.
since() {
  fields=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null)
  case $fields in
    '' | Z* | X*) return ;;
  esac
  echo "$fields" | cut -d ' ' -f 20
}

# remember NAME PID: so that it is this process, and no other one, that is asked after and ended.
remember() {
  echo "pid=$2 began=$(since "$2")" >"$folder/$1.pid"
}

# lives NAME: the process that was remembered; sets pid
lives() {
  pid='' began=''
  # shellcheck disable=SC1090 # written by remember
  [ ! -r "$folder/$1.pid" ] || . "$folder/$1.pid"
  [ -n "$began" ] && [ "$(since "$pid")" = "$began" ]
}

# end_process NAME: TERM, and KILL if that has not helped within a minute.
end_process() {
  turns=0
  while lives "$1"; do
    [ $turns -ne 0 ] || kill -TERM "$pid" 2>/dev/null
    turns=$((turns + 1))
    [ $turns -ne 600 ] || kill -KILL "$pid" 2>/dev/null
    sleep 0.1
  done
  rm -f "$folder/$1.pid"
}

stop() {
  end_process server
  end_process names
}

# Returns 0 when it takes connections, 1 if it has ended instead, or says nothing for minutes.
await_server() {
  turns=0
  until grep -qs 'Server startup complete' "$folder"/log/mpcc*.log; do
    turns=$((turns + 1))
    [ -z "$interrupted" ] && [ $turns -lt 3000 ] || return 1
    lives names && lives server || return 1
    sleep 0.1
  done
}

launch() {
  configure
  rm -rf "$folder/log"
  mkdir -p "$folder/log"
  epmd -port "$names_port" >/dev/null 2>&1 </dev/null &
  remember names $!
  "$server" >"$folder/server.out" 2>&1 </dev/null &
  remember server $!
  if await_server; then
    echo "127.0.0.1 $amqp_port"
    return 0
  fi
  stop
  return 1
}

report_failure() {
  echo "RabbitMQ does not start:" >&2
  tail -n 20 "$folder/server.out" "$folder"/log/*.log >&2
  exit 1
}

start() {
  if lives server; then
    echo "a server is running in $folder" >&2
    exit 1
  fi
  # Another process may take a port between the look and the use.
  for attempt in 1 2 3; do
    choose_ports $attempt
    if launch; then
      return
    fi
    [ -z "$interrupted" ] || exit 1
  done
  report_failure
}

restart() {
  stop
  [ -r "$folder/ports" ] || usage
  # shellcheck disable=SC1091 # written by choose_ports
  . "$folder/ports"
  launch || report_failure
}

ctl() {
  # shellcheck disable=SC1091 # written by choose_ports
  . "$folder/ports"
  configure
  exec "$(dirname "$server")/rabbitmqctl" "$@"
}

if ! find_server || ! command -v epmd >/dev/null; then
  skip "rabbitmq-server is not installed"
fi
[ -r /proc/net/tcp ] || skip "there is no /proc here, which this script looks things up in"
case $verb in
  start) start ;;
  stop) stop ;;
  restart) restart ;;
  ctl) ctl "$@" ;;
  *) usage ;;
esac
