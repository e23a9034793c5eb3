#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes allocations fail, one after the other, run for run.

   usage: memory.py [-f FIRST] [-l LAST] [-s STEP] FAULTY JAIL STORE
                    -- COMMAND...

FAULTY is of the build FAULTS=1 and runs COMMAND; of its allocations the Nth
fails, for N = FIRST, FIRST + STEP, ..., LAST, or until there is no Nth; a FIRST
below 0 is counted from the last one. Each run begins with the same store. It
has to end in one of two ways: it does what it does with enough memory, and
prints the same; or it fails with one sentence. The store is then as it was
before or as a whole run leaves it, which JAIL is asked for, the program without
faults. What is neither is said on stderr. Status 1 if there was any.

A run is over when its last process is: which of them makes the Nth allocation
is chance, and none may be left that still has the store of the run before.
"""
import argparse
import collections
import contextlib
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import time

from common import CALLER, COUNT, shared_file

# Against what never ends; a run takes a tenth of a second.
LONGEST = 100
PR_SET_CHILD_SUBREAPER = 36


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", type=int, default=1, dest="step")
    parser.add_argument("-f", type=int, default=1, dest="first")
    parser.add_argument("-l", type=int, default=10**9, dest="last")
    parser.add_argument("faulty")
    parser.add_argument("jail")
    parser.add_argument("store")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def execute(command, **more):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LONGEST,
                              check=False, **more)
    except subprocess.TimeoutExpired:
        return None, b"", b"it never ended"
    if not orphans_end():
        return None, done.stdout, b"a process of it never ended"
    return done.returncode, done.stdout, done.stderr


def orphans_end():
    """Those of a run are our children (main())."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
        except ChildProcessError:
            return True
    return False


class Sweep:
    def __init__(self, args):
        self.args = args
        self.file = shared_file()
        self.before = self.stored()
        # With what its log may still have of it.
        execute(["sqlite3", args.store, f".backup '{args.store}.before'"])

    def stored(self):
        """What is in the store, but for times."""
        check = execute(["sqlite3", self.args.store, "PRAGMA integrity_check"])
        names = [json.loads(line)["program"] for line in execute(
            [self.args.jail, "list", "--json"])[1].splitlines()]
        lists = [execute([self.args.jail, "export", "--format=list", name])
                 for name in names]
        return check, lists

    def restore(self):
        for ending in ("-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.args.store + ending)
        shutil.copy(self.args.store + ".before", self.args.store)

    def run(self, number):
        self.restore()
        return execute([self.args.faulty, *self.args.command],
                       env=dict(os.environ, JAIL_FAULT=str(number),
                                JAIL_FAULT_FILE=self.file,
                                JAIL_FAULT_MEMORY="1"))

    def count(self):
        """How many allocations the run had."""
        with open(self.file, "rb") as file:
            file.seek(COUNT)
            return struct.unpack("<q", file.read(8))[0]

    def fault(self):
        """Where the allocation was; None if none failed."""
        with open(self.file, "rb") as file:
            return file.read(CALLER).split(b"\0")[0].decode() or None


def outcome(run, sound):
    status, out, err = run
    if status == sound[0] and out == sound[1]:
        return "same"
    # The program may have said something, too, before and after.
    said = any(line.startswith("jail") and len(line) > 20
               for line in err.decode(errors="replace").splitlines())
    return "refused" if status in (1, 2, 125) and said else None


def main():
    args = arguments()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sweep = Sweep(args)
    sound = sweep.run(0)
    tail = args.first < 0
    if tail:
        sweep.run(0)    # after another one, as all that follow
        args.first = max(1, sweep.count() + 1 + args.first)
    stores = [sweep.before, sweep.stored()]
    counts, number = collections.Counter(), args.first
    while number <= args.last:
        run = sweep.run(number)
        if not sweep.fault():
            break
        kind = outcome(run, sound)
        why = f"status {run[0]}, {run[2][-200:]}" + (
            ", prints something else" if run[1] != sound[1] else "")
        # What only looks has no store that could be left half-written.
        if stores[0] != stores[1] and sweep.stored() not in stores:
            kind, why = None, "the store is half-written"
        counts[kind or "neither"] += 1
        if not kind:
            print(f"{number}: {sweep.fault()}: {why}", file=sys.stderr)
        number += args.step
    os.unlink(sweep.file)
    print(f"{args.command[0]}: of {number - 1} allocations", dict(counts))
    needed = counts["refused"] or tail and counts["same"]
    if not needed:
        print("no allocation failed that jail needs", file=sys.stderr)
    if counts["neither"] or not needed:
        sys.exit(1)


main()
