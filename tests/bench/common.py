# SPDX-License-Identifier: MIT
"""What the sections of tests/bench/run share: scratch, tools, tables."""
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
JAIL = pathlib.Path(os.environ.get("BUILD") or "build").resolve() / "jail"
ROUNDS = int(os.environ.get("ROUNDS") or "5")
LIMIT = 300			# seconds that any one run may take

median = statistics.median


def progress(text):
    print("# " + text, file=sys.stderr, flush=True)


# ---- scratch ------------------------------------------------------------

class Place:
    """The scratch folder: stores, trees and programs. What is written in bulk
    goes to memory, or the flushes of a store would wait for it."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="jail-bench."))
        shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.memory = pathlib.Path(tempfile.mkdtemp(prefix="jail-bench.",
                                                    dir=shm))
        self.number = 0
        self.calls = self.dir / "calls"
        subprocess.run(["cc", "-O2", "-o", self.calls, HERE / "calls.c",
                        "-lpthread"], check=True)
        self.old = self.dir / "old.db"
        subprocess.run([JAIL, "learn", "--no-sandbox", "--quiet",
                        "--db", self.old, "true"], check=True)

    def copy(self, store):
        """Another store with the same in it. STORE must not be in use. It is
        on disk, or the next session's flush would be charged for it."""
        for kind in "-wal", "-shm", "-journal":
            if os.path.exists(str(store) + kind):
                sys.exit("%s is in use: %s is there" % (store, kind))
        self.number += 1
        folder = self.dir / ("store%d" % self.number)
        folder.mkdir()
        copied = shutil.copy(store, folder / "jail.db")
        with open(copied, "rb+") as file:
            os.fsync(file.fileno())
        return copied

    def store(self):
        """A store that knows another program."""
        return self.copy(self.old)

    def drop(self, store):
        shutil.rmtree(pathlib.Path(store).parent)

    def close(self):
        shutil.rmtree(self.dir)
        shutil.rmtree(self.memory)


# ---- tools --------------------------------------------------------------

def strace(_, command):
    return ["strace", "-f", "-c", "-o", "/dev/null", *command]


def learn(store, command, *options):
    return [JAIL, "learn", "--no-sandbox", "--quiet", "--db", store,
            "--name", "bench", *options, "--", *command]


def enforce(store, command):
    """With the capabilities that a server needs to change its user."""
    caps = [] if os.geteuid() else ["--caps.keep=setgid,setuid"]
    return [JAIL, "enforce", "--profile=none", *caps, "--db", store,
            "--name", "bench", "--", *command]


@dataclasses.dataclass
class Tool:
    name: str
    wrap: typing.Callable	# store, command -> command
    trained: bool = False	# its store knows the workload
    learns: bool = False
    slow: bool = False		# takes part in the first ROUNDS rounds only


TOOLS = {
    "native": Tool("native", lambda _, command: command),
    "strace": Tool("strace -f -c", strace, slow=True),
    "first": Tool("first session", learn, learns=True),
    "later": Tool("later session", learn, trained=True, learns=True),
    "full": Tool("learn --full", lambda store, command: learn(
        store, command, "--full"), learns=True, slow=True),
    "enforce": Tool("enforce", enforce, trained=True),
}


def listed(store):
    """How many calls are on the whitelist."""
    out = subprocess.run([JAIL, "export", "--format=list", "--db", store,
                          "bench"], check=True, stdout=subprocess.PIPE).stdout
    return len(out.splitlines())


def too_long(*_):
    raise TimeoutError("a run took longer than %d s" % LIMIT)


signal.signal(signal.SIGALRM, too_long)


def seconds(command):
    """By an alarm: subprocess would look only every 50 ms, with a timeout."""
    signal.alarm(LIMIT)
    begun = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True,
                   stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - begun
    signal.alarm(0)
    return taken


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- tables -------------------------------------------------------------

def table(*rows):
    """A Markdown table; the first row is its head."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]

    def line(cells):
        return "| " + " | ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (w + 1) + (":" if i else "-")
                          for i, w in enumerate(widths)) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def verdict(good):
    return "met" if good else "MISSED"
