# SPDX-License-Identifier: MIT
"""Many sandboxes at once: how long it takes to list them, beside ps and pgrep,
which look at the same processes; and what jail top uses while it runs."""
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import time

from common import JAIL, LIMIT, ROUNDS, median, progress, table, verdict
from watch import high_water

MANY = 500
SOME = 100			# under jail top
WATCHED = 10			# seconds
GOAL = 50			# milliseconds, of jail ps

COMMANDS = {
    "jail ps": [str(JAIL), "ps"],
    "jail ps --json": [str(JAIL), "ps", "--json"],
    "jail tree": [str(JAIL), "tree"],
    "jail top --once": [str(JAIL), "top", "--once"],
    "ps -e": ["ps", "-e"],
    "ps aux": ["ps", "aux"],
    "pgrep -a sleep": ["pgrep", "-a", "sleep"],
}


class Sandboxes:
    """So many, each with a program that waits."""

    def __init__(self, base, count):
        command = [JAIL, "enforce", "--quiet", "--db", f"{base}/jail.db",
                   f"--profile={base}/all.profile", "--", "sleep", "600"]
        self.began = time.monotonic()
        self.jails = [subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) for _ in range(count)]
        while len(self.listed()) < count:
            ended = any(jail.poll() is not None for jail in self.jails)
            if ended or time.monotonic() - self.began > LIMIT:
                self.end()
                raise RuntimeError("the sandboxes do not start")
            time.sleep(0.2)
        self.took = time.monotonic() - self.began

    def listed(self):
        """Those of ours that jail ps shows."""
        ours = {str(jail.pid) for jail in self.jails}
        out = subprocess.run([JAIL, "ps", "--json"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        return [line for line in out.splitlines()
                if line.partition('"jail":')[2].partition(",")[0] in ours]

    def memory(self):
        """Of jail's processes, init among them, in KiB for each sandbox."""
        total = 0
        for jail in self.jails:
            path = f"/proc/{jail.pid}/task/{jail.pid}/children"
            for pid in [jail.pid] + pathlib.Path(path).read_text(
                    encoding="ascii").split():
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup")
                if pathlib.Path(f"/proc/{pid}/comm").read_text(
                        encoding="ascii") != "sleep\n":
                    total += next(int(line.split()[1]) for line in
                                  rollup.read_text(encoding="ascii")
                                  .splitlines() if line.startswith("Pss:"))
        return total / len(self.jails)

    def end(self):
        for jail in self.jails:
            jail.kill()
        for jail in self.jails:
            jail.wait()


def run(command):
    """Milliseconds, of the clock and of the CPU."""
    null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0)
            for fd in (0, 1, 2)]
    begun = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=null)
    _, status, used = os.wait4(pid, 0)
    taken = time.perf_counter() - begun
    if status != 0:
        raise RuntimeError(f"status {status} of {command}")
    return taken * 1e3, (used.ru_utime + used.ru_stime) * 1e3


def measure_lists():
    found = {name: [] for name in COMMANDS}
    for i in range(max(ROUNDS, 2) * 2):
        progress("ps: round %d" % (i + 1))
        for name, command in COMMANDS.items():
            found[name].append(run(command))
    return {name: [median(times), min(times), median(used)]
            for name, (times, used) in
            ((name, zip(*rows)) for name, rows in found.items())}


def watch_top():
    """CPU time of jail top on a terminal, in percent of one CPU, and KiB."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(JAIL, [str(JAIL), "top"])
    end = time.monotonic() + (WATCHED if ROUNDS > 1 else 2)
    began = time.monotonic()
    quitting, peak = False, 0
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        try:
            if ready and not os.read(terminal, 65536):
                break
        except OSError:
            break
        if time.monotonic() > end and not quitting:
            peak = high_water(pid)
            os.write(terminal, b"q")
            quitting = True
    _, _, used = os.wait4(pid, 0)
    os.close(terminal)
    taken = time.monotonic() - began
    return (used.ru_utime + used.ru_stime) / taken * 100, peak


def measure_running(_):
    with tempfile.TemporaryDirectory(prefix="jail-bench.") as base:
        pathlib.Path(base, "all.profile").write_text(
            "net none\nseccomp.drop reboot\n", encoding="ascii")
        sandboxes = Sandboxes(base, MANY)
        try:
            times = measure_lists()
            took, memory = sandboxes.took, sandboxes.memory()
        finally:
            sandboxes.end()
        sandboxes = Sandboxes(base, SOME)
        try:
            cpu, kept = watch_top()
        finally:
            sandboxes.end()
    rows = [("", "time, ms", "least", "CPU time, ms", "goal")]
    for name, (wall, least, used) in times.items():
        rows.append((name, "%.1f" % wall, "%.1f" % least, "%.1f" % used,
                     "<= %d: %s" % (GOAL, verdict(wall <= GOAL))
                     if name == "jail ps" else ""))
    return ("## %d sandboxes at once, medians\n\n%s\n\n"
            "All were started within %.1f s; each keeps %.0f KiB in memory "
            "for jail and its init (PSS). `jail top`, live, with %d sandboxes "
            "and a look a second: %.1f %% of one CPU, %d KiB."
            % (MANY, table(*rows), took, memory, SOME, cpu, kept))
