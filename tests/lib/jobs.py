# SPDX-License-Identifier: MIT
"""A shell's side of job control, on a terminal of its own.

usage: jobs.py OUTPUT STEP... -- COMMAND [ARG...]

Runs COMMAND as an interactive shell does: a job in a process group of its own,
in the foreground of a new terminal (or, with the first step `background`, not).
What the terminal showed is written to OUTPUT. Prints one line for each change
of the job that wait(2) reported. Steps:

  background     (first only) the job does not get the terminal
  tostop         background jobs that write to the terminal are stopped
  wide           the terminal has lines of 200 characters
  resize=R C     the terminal has R lines of C characters from now on
  expect=TEXT    waits until the terminal shows TEXT, after the last one found
  send=TEXT      types TEXT; \\x03 is Ctrl-C
  stopped        waits until the job stops, takes the terminal: `stopped SIGNAL`
  fg, bg         continues the job, with the terminal or without
  kill=NAME      sends the signal to the process that was started, not the job
  touch=FILE     makes a file, for another program that waits for it
  exists=FILE    waits until another program has made a file
  hangup         closes the terminal
  mode           whether the terminal takes lines or keys: `lines`, `keys`
  end            waits until the job ends: `exit STATUS` or `signal NUMBER`
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = float(os.environ.get("JOBS_LIMIT", 30))  # seconds a step


class Shell:
    """The leader of the session: does what it reads, a line each."""

    def __init__(self, command, background, tostop):
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        if tostop:
            mode = termios.tcgetattr(0)
            mode[3] |= termios.TOSTOP
            termios.tcsetattr(0, termios.TCSANOW, mode)
        self.job = os.fork()
        if self.job == 0:
            os.setpgid(0, 0)
            if not background:
                os.tcsetpgrp(0, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execvp(command[0], command)
        try:
            os.setpgid(self.job, self.job)
        except OSError:
            pass
        signal.signal(signal.SIGHUP, self.hangup)

    def hangup(self, _number, _frame):
        """The terminal tells its session's leader, and that its jobs."""
        os.killpg(self.job, signal.SIGHUP)

    def stopped(self):
        _, status = os.waitpid(self.job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgrp())
        if os.WIFSTOPPED(status):
            return "stopped %d" % os.WSTOPSIG(status)
        return "ended " + self.text(status)

    @staticmethod
    def text(status):
        if os.WIFSIGNALED(status):
            return "signal %d" % os.WTERMSIG(status)
        return "exit %d" % os.WEXITSTATUS(status)

    def fg(self):
        os.tcsetpgrp(0, self.job)
        os.killpg(self.job, signal.SIGCONT)

    def bg(self):
        os.killpg(self.job, signal.SIGCONT)

    def end(self):
        return self.text(os.waitpid(self.job, 0)[1])

    def run(self, orders, answers):
        for line in os.fdopen(orders):
            word, _, rest = line.strip().partition("=")
            if word == "kill":
                os.kill(self.job, getattr(signal, "SIG" + rest))
                answer = None
            else:
                answer = getattr(self, word)()
            os.write(answers, (answer or "done").encode() + b"\n")


class Terminal:
    """The other side: types, and reads what is shown."""

    def __init__(self, master, answers, output):
        self.master = master
        self.answers = answers
        self.output = output
        self.text = b""
        self.found = 0

    def read(self, until):
        """Reads both until UNTIL() gives something; returns that."""
        end = time.monotonic() + LIMIT
        while True:
            got = until()
            if got is not None:
                return got
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            files = [f for f in (self.master, self.answers) if f is not None]
            ready = select.select(files, [], [], min(left, 0.1))[0]
            if self.master in ready:
                try:
                    data = os.read(self.master, 4096)
                except OSError:
                    data = b""
                if not data:
                    os.close(self.master)
                    self.master = None
                self.text += data
            elif self.answers in ready and until == self.answer:
                return os.read(self.answers, 100).decode().strip()

    def answer(self):
        return None

    def expect(self, text):
        def found():
            at = self.text.find(text, self.found)
            if at >= 0:
                self.found = at + len(text)
                return True
            return None
        self.read(found)

    def save(self):
        with open(self.output, "wb") as file:
            file.write(self.text)


def main():
    split = sys.argv.index("--")
    output, steps = sys.argv[1], sys.argv[2:split]
    orders, answers = os.pipe(), os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        os.close(orders[1])
        os.close(answers[0])
        Shell(sys.argv[split + 1:], "background" in steps,
              "tostop" in steps).run(orders[0], answers[1])
        os._exit(0)
    os.close(orders[0])
    os.close(answers[1])
    terminal = Terminal(master, answers[0], output)
    try:
        for step in steps:
            word, _, rest = step.partition("=")
            rest = rest.encode().decode("unicode_escape").encode("latin1")
            if word in ("background", "tostop"):
                continue
            if word == "expect":
                terminal.expect(rest)
            elif word == "send":
                os.write(terminal.master, rest)
            elif word == "wide":
                fcntl.ioctl(terminal.master, termios.TIOCSWINSZ,
                            struct.pack("4H", 50, 200, 0, 0))
            elif word == "resize":
                rows, columns = rest.split()
                fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack(
                    "4H", int(rows), int(columns), 0, 0))
            elif word == "touch":
                open(rest, "w").close()
            elif word == "exists":
                terminal.read(lambda: os.path.exists(rest) or None)
            elif word == "mode":
                mode = termios.tcgetattr(terminal.master)[3]
                print("lines" if mode & termios.ICANON else "keys", flush=True)
            elif word == "hangup":
                os.close(terminal.master)
                terminal.master = None
            else:
                os.write(orders[1], step.encode() + b"\n")
                answer = terminal.read(terminal.answer)
                if answer != "done":
                    print(answer, flush=True)
    except TimeoutError:
        print("nothing came of", step, flush=True)
        os.kill(pid, signal.SIGKILL)
    terminal.save()


main()
