# SPDX-FileCopyrightText: 2026 The libmpcc authors
# SPDX-License-Identifier: MIT
"""top in a terminal that tmux plays: what stands on it, and that it is left as it was."""

import atexit
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

from endpoint import Endpoint, check, done, finish, wait_for

TOP = os.path.abspath(sys.argv[1])

folder = tempfile.TemporaryDirectory()
pid_file = os.path.join(folder.name, "pid")
socket = os.path.join(folder.name, "tmux")
endpoint = Endpoint()


def tmux(*words):
    return subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", *words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def screen(*options):
    return tmux("capture-pane", "-p", *options, "-t", "it").split("\n")


def has(text):
    return any(text in line for line in screen())


def type_line(line):
    tmux("send-keys", "-t", "it", "-l", line)
    tmux("send-keys", "-t", "it", "Enter")


def start_top(environment=""):
    script = "echo $$ >%s; exec %s --interval 0.2 %s" % (pid_file, shlex.quote(TOP), endpoint.where)
    type_line("%s sh -c %s" % (environment, shlex.quote(script)))
    return wait_for(lambda: has("61% ####"), "it is drawn")


def settled(what):
    """Back at the shell, with the terminal as it was: it echoes, and the cursor is seen."""
    wait_for(lambda: tmux("display-message", "-p", "-t", "it", "#{pane_current_command}").strip()
             == "sh", what + ": it ends")
    type_line("stty -a | grep -c ' echo ' ; echo status $?")
    wait_for(lambda: has("status 0"), what + ": the shell is back, and echoes")
    check(tmux("display-message", "-p", "-t", "it", "#{cursor_flag}").strip() == "1",
          what + ": the cursor is seen")
    check(not has("libmpcc at"), what + ": what it has drawn is gone")
    type_line("clear")
    wait_for(lambda: not has("status 0"), "cleared")


tmux("new-session", "-d", "-x", "80", "-y", "24", "-s", "it", "env", "PS1=$ ", "ENV=", "sh")
tmux("set-option", "-g", "status", "off")
atexit.register(lambda: subprocess.run(["tmux", "-S", socket, "kill-server"]))
tmux("resize-window", "-t", "it", "-x", "80", "-y", "24")

if start_top():
    lines = screen()
    check(lines[0] == "libmpcc at http://%s/metrics, every 0.2 s" % endpoint.where, lines[0])
    check(lines[1] == "" and lines[2].startswith("QUEUE          PUSH/s DONE/s"), "heads")
    check(lines[3].startswith("orders ") and lines[5].startswith("SLOT "), "a queue, and slots")
    check(lines[6].startswith("orders/3 "), "the busiest slot is the first")
    check(all(len(line) <= 80 for line in lines), "80 columns")
    check(sum(line.startswith("orders/") for line in lines) == 18, "as many slots as there is room")
    check(re.search(r"\033\[[0-9;]*3[0-7]m", "\n".join(screen("-e"))), "with colours")
    done("a screen of 80 by 24")

    tmux("resize-window", "-t", "it", "-x", "100", "-y", "40")
    wait_for(lambda: sum(line.startswith("orders/") for line in screen()) == 34, "larger")
    tmux("resize-window", "-t", "it", "-x", "40", "-y", "10")
    wait_for(lambda: sum(line.startswith("orders/") for line in screen()) == 4, "smaller")
    check(all(len(line) <= 40 for line in screen()), "40 columns")
    tmux("resize-window", "-t", "it", "-x", "80", "-y", "24")
    wait_for(lambda: sum(line.startswith("orders/") for line in screen()) == 18, "as before")
    done("it follows the terminal's size")

    endpoint.end()
    wait_for(lambda: has("no answer for "), "it says so")
    check(has("orders/3 "), "and shows what it knows")
    endpoint.numbers.looks = 0
    endpoint.begin()
    wait_for(lambda: not has("no answer for "), "it goes on")
    done("an endpoint that goes and comes again")

    tmux("send-keys", "-t", "it", "C-z")
    settled("Ctrl-Z")
    type_line("fg")
    wait_for(lambda: has("61% ####"), "it is drawn again")
    tmux("send-keys", "-t", "it", "q")
    settled("q")
    done("Ctrl-Z, fg and q")

for name in ("INT", "TERM", "HUP"):
    if start_top():
        if name == "INT":
            tmux("send-keys", "-t", "it", "C-c")
        else:
            with open(pid_file) as pid:
                os.kill(int(pid.read()), getattr(signal, "SIG" + name))
        settled(name)
done("signals leave the terminal as it was")

if start_top("NO_COLOR=1"):
    check(not re.search(r"\033\[[0-9;]*3[0-7]m", "\n".join(screen("-e"))), "NO_COLOR: no colours")
    tmux("send-keys", "-t", "it", "q")
    settled("NO_COLOR")
type_line("TERM=dumb %s --frames 1 --interval 0.1 %s" % (shlex.quote(TOP), endpoint.where))
wait_for(lambda: has("orders/39 "), "TERM=dumb: lines of text")
type_line("clear")
type_line("TERM=nonsense %s --frames 1 --interval 0.1 %s" % (shlex.quote(TOP), endpoint.where))
wait_for(lambda: has("orders/39 "), "TERM=nonsense: lines of text")
done("NO_COLOR, and terminals that can't be drawn on")
finish()
