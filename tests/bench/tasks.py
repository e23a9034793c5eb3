# SPDX-License-Identifier: MIT
"""What jail itself needs while it follows many tasks: memory and CPU time."""
import os
import pathlib
import subprocess
import time

from common import JAIL, ROUNDS, TOOLS, learn, median, progress, table, \
    verdict
from single import nanoseconds

FLAT_GOAL = 64			# KiB more after MANY processes than after FEW
MEMORY_GOAL = 1024		# bytes a traced thread
FEW, MANY = 1000, 10000		# processes in sequence
SETTLED = 0.8			# seconds until the last batch is in the store

# After FEW and after MANY processes it says so and waits for a line.
SEQUENCE = """
i=0
while [ $i -lt %d ]; do
	/bin/true
	i=$((i+1))
	case $i in %d|%d) echo $i; read -r go ;; esac
done
""" % (MANY, FEW, MANY)


def tenths(number):
    return "%.1f" % (round(number, 1) + 0.0)	# no -0.0


class Sample:
    """Of the front end and the tracer of the jail that uses STORE: memory in
    KiB, and CPU time in microseconds. OWN is what is of no file: the rest
    depends on who else has the same files mapped."""

    def __init__(self, front, store):
        self.own = self.pss = self.rss = self.peak = self.front = self.tracer = 0
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(proc / "exe") == str(JAIL) and \
                        os.fsencode(store) in (proc / "cmdline").read_bytes():
                    self.add(proc, proc.name == str(front))
            except OSError:
                continue

    def add(self, proc, is_front):
        memory = fields(proc / "smaps_rollup")
        self.own += memory["Anonymous"]
        self.pss += memory["Pss"]
        self.rss += memory["Rss"]
        self.peak += fields(proc / "status")["VmHWM"]
        used = sum(int(task.read_text().split()[0])
                   for task in proc.glob("task/*/schedstat")) / 1e3
        if is_front:
            self.front += used
        else:
            self.tracer += used


def fields(path):
    """The numbers of a file with lines NAME: NUMBER [UNIT]."""
    found = {}
    for line in path.read_text().splitlines():
        words = line.replace(":", " ").split()
        if len(words) > 1 and words[1].isdigit():
            found[words[0]] = int(words[1])
    return found


class Paused:
    """A program below a tool that tells where it is and waits for a line."""

    def __init__(self, command, store):
        self.store = store
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sample(self):
        """When it has come so far; and what happened before is stored."""
        self.process.stdout.readline()
        arrived = time.monotonic()
        time.sleep(SETTLED)
        return arrived, Sample(self.process.pid, self.store)

    def go(self):
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()

    def end(self):
        self.process.communicate(b"go\n")
        if self.process.returncode != 0:
            raise RuntimeError("status %d" % self.process.returncode)


# ---- processes ----------------------------------------------------------

def sequence(tool, store):
    """Memory after FEW and MANY; microseconds a process between them."""
    command = ["sh", "-c", SEQUENCE]
    paused = Paused(tool.wrap(store, command), store)
    _, few = paused.sample()
    begun = time.monotonic()
    paused.go()
    arrived, many = paused.sample()
    paused.end()
    count = MANY - FEW
    return (few.own, many.own, many.pss, many.rss, many.peak,
            (arrived - begun) / count * 1e6,
            (many.tracer - few.tracer) / count,
            (many.front - few.front) / count)


def sequence_row(place, key, rounds):
    tool, found = TOOLS[key], []
    progress("tasks: %d processes, %s" % (MANY, tool.name))
    trained = place.store()
    if tool.trained:
        for _ in range(3):
            sequence_of_few(trained)
    for _ in range(rounds):
        store = place.copy(trained)
        found.append(sequence(tool, store))
        place.drop(store)
    few, many, pss, rss, peak, took, tracer, front = map(
        median, zip(*found))
    if key == "native":
        return (tool.name, *[""] * 6, "%.0f" % took, "", "")
    growth = many - few
    return (tool.name, *map(round, (few, many)), "%+d, <= %d: %s" % (
        growth, FLAT_GOAL, verdict(growth <= FLAT_GOAL)),
        *map(round, (pss, rss, peak)),
        "%.0f" % took, tenths(tracer), tenths(front))


def sequence_of_few(store):
    subprocess.run(learn(store, ["sh", "-c", SEQUENCE.replace(
        str(MANY), "20").replace(str(FEW), "10")]), check=True,
        input=b"go\ngo\n", stdout=subprocess.DEVNULL)


def measure_sequence(place):
    rows = [("", "anonymous after {:,}: KiB".format(FEW),
             "after {:,}".format(MANY), "growth", "PSS", "RSS", "highest RSS",
             "us a process", "CPU of the tracer: us", "of the front end: us")]
    for key in "native", "first", "later", "full":
        rows.append(sequence_row(place, key, 1 if key == "full"
                                 else min(ROUNDS, 3)))
    return table(*rows)


def measure_tasks(place):
    """Processes in sequence; stops while more and more threads are alive."""
    rows = [("threads alive", "one calls: us a call", "all call: us a call")]
    for threads in 10, 100, 1000:
        progress("tasks: %d threads" % threads)
        times = {"idle": [], "busy": []}
        for _ in range(ROUNDS):
            for mode, found in times.items():
                found.append(nanoseconds(learn(place.store(), [
                    place.calls, str(threads), "50000", mode],
                    "--full")) / 1e3)
        rows.append((threads, *("%.2f" % median(t) for t in times.values())))
    return "\n\n".join([
        "## {:,} processes in sequence".format(MANY),
        "Memory and CPU time of jail itself: tracer and front end.",
        measure_sequence(place),
        "## A traced call while many threads are alive (learn --full)",
        table(*rows)])


# ---- threads ------------------------------------------------------------

def with_threads(place, threads, trained):
    store = place.copy(trained)
    paused = Paused(learn(store, [place.calls, str(threads), "1", "idle"]),
                    store)
    _, sample = paused.sample()
    paused.end()
    place.drop(store)
    return sample


def threads_rows(place, name, trained):
    """Memory, and CPU time until all are there, of few threads and many."""
    totals = []
    for threads in 10, 1010:
        progress("memory: %d threads, %s" % (threads, name))
        found = [with_threads(place, threads, trained) for _ in range(ROUNDS)]
        totals.append([median(getattr(s, key) for s in found)
                       for key in ("own", "pss", "rss", "tracer", "front")])
    few, many = totals
    size, _, _, tracer, front = ((b - a) / 1000 for a, b in zip(few, many))
    return ((name + ", 10 threads", *map(round, few[:3]), "", "", "", ""),
            (name + ", 1010 threads", *map(round, many[:3]),
             "%.0f" % (size * 1024), "<= %d: %s" % (MEMORY_GOAL, verdict(
                 size * 1024 <= MEMORY_GOAL)),
             tenths(tracer), tenths(front)))


def measure_memory(place):
    trained = place.store()
    for _ in range(3):
        nanoseconds(learn(trained, [place.calls, "10", "1", "idle"]))
    rows = [("", "anonymous: KiB", "PSS", "RSS", "bytes a thread", "goal",
             "CPU of the tracer a thread: us", "of the front end: us"),
            *threads_rows(place, "first session", place.old),
            *threads_rows(place, "later session", trained)]
    return ("## 1,000 threads at once: jail's memory and CPU time\n\n" +
            table(*rows))
