# SPDX-License-Identifier: MIT
"""What it costs to look whether a program's files are those that were learned.

A program with 100 libraries of its own starts under jail enforce, in turns
without the look, with it, and after all libraries were touched, so that each is
opened for its build-id. And jail stale goes through a store of 200 programs that
share these libraries, before and after all have changed.
"""
import os
import sqlite3
import subprocess
import time

from common import JAIL, ROUNDS, median, progress, table, verdict

LIBRARIES = 100
PROGRAMS = 200
GOAL = 1.0			# milliseconds


def build(folder):
    """A program that calls a function of each library."""
    folder.mkdir()
    names = ["f%d" % i for i in range(LIBRARIES)]
    for name in names:
        source = "int %s(void) { return 0; }\n" % name
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o",
                        folder / ("lib%s.so" % name)], input=source, text=True,
                       check=True)
    source = "".join("int %s(void);\n" % name for name in names)
    source += "int main(void) { return %s; }\n" % " + ".join(
        name + "()" for name in names)
    subprocess.run(["cc", "-x", "c", "-", "-o", folder / "many",
                    "-L%s" % folder, "-Wl,-rpath,%s" % folder,
                    *["-l" + name for name in names]], input=source, text=True,
                   check=True)
    return folder / "many"


def start(store, program, *options):
    """Wall clock and processor time of a start, in milliseconds."""
    command = [str(word) for word in (
        JAIL, "enforce", "--quiet", "--profile=none", "--db", store, *options,
        program)]
    begun = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    taken = time.perf_counter() - begun
    assert status == 0, command
    return taken * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def in_turns(kinds):
    taken = {kind: [] for kind in kinds}
    for _ in range(ROUNDS * 40):
        for kind, run in kinds.items():
            taken[kind].append(run())
    return {kind: [median(column) for column in zip(*times)]
            for kind, times in taken.items()}


def copy_program(store):
    """The program under other names."""
    with sqlite3.connect(store) as db:
        for i in range(1, PROGRAMS):
            db.execute("INSERT INTO programs (name) VALUES (?)", ("p%d" % i,))
        columns = "path, build_id, library, inode, size, mtime, session"
        db.execute("INSERT INTO learned_objects (program, %s) SELECT p.id, %s"
                   " FROM programs AS p JOIN learned_objects AS o WHERE"
                   " p.name GLOB 'p[0-9]*' AND o.path LIKE '%%/many/%%'" % (
                       columns, ", ".join("o." + c for c in
                                          columns.split(", "))))


def stale(store, status):
    begun = time.perf_counter()
    done = subprocess.run([JAIL, "stale", "--db", store], check=False,
                          stdout=subprocess.DEVNULL)
    assert done.returncode == status
    return (time.perf_counter() - begun) * 1000


def measure_fresh(place):
    progress("fresh")
    program = build(place.dir / "many")
    store, touched = place.store(), place.store()
    for one in store, touched:
        subprocess.run([JAIL, "learn", "--no-sandbox", "--quiet", "--db", one,
                        program], check=True)
    with sqlite3.connect(touched) as db:
        db.execute("UPDATE learned_objects SET inode = inode + 1")
    times = in_turns({
        "without the look": lambda: start(store, program,
                                          "--seccomp.siblings=off"),
        "nothing has changed": lambda: start(store, program),
        "each file is opened": lambda: start(touched, program)})
    rows = [["start", "ms", "processor, ms"]]
    rows += [[kind, "%.2f" % wall, "%.2f" % cpu]
             for kind, (wall, cpu) in times.items()]
    cost = times["nothing has changed"][1] - times["without the look"][1]
    copy_program(store)
    fresh = median([stale(store, 0) for _ in range(ROUNDS)])
    with sqlite3.connect(store) as db:
        db.execute("UPDATE learned_objects SET inode = 1, build_id = '00'")
    changed = median([stale(store, 1) for _ in range(ROUNDS)])
    return "\n\n".join([
        "## A program with %d libraries: what has changed?" % LIBRARIES,
        table(*rows),
        "The look costs %.2f ms of the processor; below %.0f ms: %s." % (
            cost, GOAL, verdict(cost < GOAL)),
        "`jail stale`, %d programs: %.0f ms if nothing has changed, %.0f ms if "
        "all has." % (PROGRAMS, fresh, changed)])
