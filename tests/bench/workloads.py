# SPDX-License-Identifier: MIT
"""What learning costs real programs: the table of ratios to native.

A workload has a name, goals for a first and a later session, and run(wrap,
part), which runs it once, its program as wrap(command), and returns a figure:
seconds, or of a server (servers.py) requests a second. PART is how much of its
usual work a server is given; the others do all of it.
"""
import dataclasses
import os
import pathlib
import subprocess
import time

from common import ROUNDS, TOOLS, listed, median, progress, seconds, table, \
    verdict
import servers

MOST_ROUNDS = 25
EXTRA_SECONDS = 4		# for rounds beyond ROUNDS, of short workloads
SLOW_PART = 0.1			# of a server's work that slow tools are given
ONLY = os.environ.get("ONLY", "").split()
STRACE_GOAL = 0.5		# of strace's overhead, where no other is set

THREADS = """
import os, threading
def work():
    for _ in range(20000):
        os.getppid()
        os.stat("/")
team = [threading.Thread(target=work) for _ in range(4)]
for t in team: t.start()
for t in team: t.join()
"""

MAKEFILE = """all: program
program: $(patsubst %.c,%.o,$(wildcard part*.c)) main.o
\tcc -o $@ $^
%.o: %.c
\tcc -O1 -c -o $@ $<
clean:
\t@rm -f *.o program
"""


@dataclasses.dataclass
class Batch:
    """A program that is run to its end."""
    name: str
    command: list
    first_goal: float = None
    later_goal: float = None
    clean: list = None		# run before it, outside the measured time
    rate = False

    def run(self, wrap, _=1):
        if self.clean:
            subprocess.run(self.clean, check=True)
        return seconds(wrap(self.command))


# ---- the trees ----------------------------------------------------------

def documentation(place):
    """A folder of at least 1000 small files, and what it is."""
    tree = pathlib.Path("/usr/share/doc")
    sizes = [entry.lstat().st_size for entry in tree.rglob("*")
             if entry.is_file() and not entry.is_symlink()]
    if len(sizes) >= 1000:
        return tree, "/usr/share/doc: %d files, %d MB" % (
            len(sizes), sum(sizes) / 1e6)
    tree = place.memory / "doc"
    for i in range(4000):
        folder = tree / ("package%d" % (i // 4))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("file%d" % i)).write_bytes(os.urandom(4096))
    return tree, "a tree of 4000 files of 4 KiB, made for it"


def make_source(place):
    """A file of 40 functions, and a tree of 100 files."""
    (place.dir / "mid.c").write_text("".join(
        "int f%d(const int *a, int n) { int s = %d; for (int i = 0; i < n;"
        " i++) s += a[i] * (s ^ %d) - i / (a[i] | 1); return s; }\n"
        % (i, i, i * 7) for i in range(40)))
    tree = place.dir / "tree"
    tree.mkdir()
    (tree / "Makefile").write_text(MAKEFILE)
    for i in range(99):
        (tree / ("part%d.c" % i)).write_text(
            "#include <stdio.h>\n#include <stdlib.h>\n"
            "int part%d(int n) { return printf(\"%%d\", n) + %d; }\n" % (i, i))
    (tree / "main.c").write_text("int main(void) { return 0; }\n")
    return tree


def loop(count):
    return ["sh", "-c", "i=0; while [ $i -lt %d ]; do /bin/true;"
            " i=$((i+1)); done" % count]


def workloads(place):
    """By the words that tests/bench/profile takes; and a note on them."""
    doc, note = documentation(place)
    tree = make_source(place)
    tar = ["tar", "-C", doc.parent, "-cf"]
    return {
        "dd": Batch("dd bs=1, 400,000 calls", [
            "dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=200000",
            "status=none"], 1.3, 1.05),
        "python": Batch("python, 4 threads, 160,000 calls", [
            "/usr/bin/python3", "-c", THREADS], 1.15, 1.05),
        "tar": Batch("tar of a documentation tree", [
            *tar, place.memory / "out.tar", doc.name], 2, 1.1),
        "tar-null": Batch("the same to /dev/null, which reads no file", [
            *tar, "/dev/null", doc.name], 2, 1.1),
        "find": Batch("find in the same tree", ["find", doc], 3, 1.2),
        "redis": servers.Redis(place),
        "nginx": servers.Nginx(place),
        "make": Batch("make -j2 of a C tree of 100 files", [
            "make", "-s", "-j2", "-C", tree], 1.3, 1.1,
            clean=["make", "-s", "-C", tree, "clean"]),
        "loop": Batch("sh loop of 60 short processes", loop(60), 1.5, 1.2),
        "processes": Batch("sh loop of 3,000 short processes", loop(3000)),
        "gcc": Batch("gcc -O2 of one file, 40 functions", [
            "gcc", "-O2", "-c", "-o", place.dir / "mid.o",
            place.dir / "mid.c"]),
    }, note


# ---- measuring ----------------------------------------------------------

def train(place, workload, sessions=3):
    """A store that has learned WORKLOAD. This warms the caches, too."""
    store = place.store()
    for _ in range(sessions):
        workload.run(lambda command: TOOLS["first"].wrap(store, command))
    return store


class Measured:
    """The figures of one workload, by tool."""

    def __init__(self, place, workload):
        self.place, self.workload = place, workload
        self.trained = train(place, workload)
        self.known = listed(self.trained)
        self.figures = {key: [] for key in TOOLS}
        self.listed = {"first": [], "later": []}
        self.all_rounds()

    def one(self, key):
        tool = TOOLS[key]
        store = self.place.copy(self.trained) if tool.trained \
            else self.place.store()
        self.figures[key].append(self.workload.run(
            lambda command: tool.wrap(store, command),
            SLOW_PART if tool.slow else 1))
        if tool.learns:
            found = listed(store)
            if not found:
                raise RuntimeError("%s: nothing was learned of %s" % (
                    tool.name, self.workload.name))
            if key in self.listed:
                self.listed[key].append(found)
        self.place.drop(store)

    def all_rounds(self):
        """Who begins a round is another one each time."""
        begun, done = None, 0
        while done < ROUNDS or (
                not self.workload.rate and ROUNDS > 1 and done < MOST_ROUNDS
                and time.monotonic() - begun < EXTRA_SECONDS):
            order = [key for key in TOOLS
                     if done < ROUNDS or not TOOLS[key].slow]
            turn = done % len(order)
            for key in order[turn:] + order[:turn]:
                self.one(key)
            done += 1
            if done == ROUNDS:
                begun = time.monotonic()

    def figure(self, key):
        return median(self.figures[key])

    def ratio(self, key):
        return self.figure(key) / self.figure("native")

    def spread(self, key):
        """The lowest and the highest, as ratios to native's median."""
        native, found = self.figure("native"), self.figures[key]
        return "%.2f-%.2f" % (min(found) / native, max(found) / native)

    def goal(self, key, goal):
        """Its ratio and what is asked of it."""
        if goal is None:
            return "%.2f" % self.ratio(key), ""
        good = self.ratio(key) >= goal if self.workload.rate \
            else self.ratio(key) <= goal
        return "%.3f" % self.ratio(key), "%s %.2f: %s" % (
            ">=" if self.workload.rate else "<=", goal, verdict(good))

    def overhead(self):
        """Time a unit of work that a first session adds, of what strace does;
        a goal of its own where there is no other."""
        power = -1 if self.workload.rate else 1
        native, traced, first = (self.figure(key) ** power for key in (
            "native", "strace", "first"))
        if traced < 1.25 * native:
            return "strace adds little"
        part = (first - native) / (traced - native)
        if self.workload.first_goal is not None:
            return "%.3f" % part
        return "%.3f, <= %.1f: %s" % (part, STRACE_GOAL,
                                      verdict(part <= STRACE_GOAL))

    def figures_row(self):
        form = "%.0f" if self.workload.rate else "%.4f"
        new = max(self.listed["later"]) - self.known
        return (self.workload.name, len(self.figures["native"]),
                *(form % self.figure(key) for key in TOOLS),
                *map(self.spread, ("native", "first", "later")),
                "%.0f" % median(self.listed["first"]), self.known, new)

    def ratios_row(self):
        return (self.workload.name, "%.2f" % self.ratio("strace"),
                *self.goal("first", self.workload.first_goal),
                *self.goal("later", self.workload.later_goal),
                "%.2f" % self.ratio("full"), "%.3f" % self.ratio("enforce"),
                self.overhead())


def measure(place):
    """At least ROUNDS of each; of short ones more, without the slow tools."""
    figures = [("seconds, or of servers requests a second", "rounds",
                *(tool.name for tool in TOOLS.values()),
                "spread: native", "first", "later", "calls learned: first",
                "after three", "new in a later one")]
    ratios = [("ratio to native", TOOLS["strace"].name, TOOLS["first"].name,
               "goal", TOOLS["later"].name, "goal", TOOLS["full"].name,
               TOOLS["enforce"].name, "first: overhead, of strace's")]
    each, note = workloads(place)
    for key, workload in each.items():
        if ONLY and key not in ONLY:
            continue
        progress("workloads: " + key)
        measured = Measured(place, workload)
        figures.append(measured.figures_row())
        ratios.append(measured.ratios_row())
        place.drop(measured.trained)
    return "\n\n".join([
        "## Workloads", "The tree is %s." % note, table(*ratios),
        "Medians of:", table(*figures)])
