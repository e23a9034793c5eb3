#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes allocations fail, one after the other, run for run.

   usage: memory.py [-s STEP] [-f FIRST] FAULTY JAIL STORE -- COMMAND...

FAULTY is of the build FAULTS=1 and runs COMMAND; of its allocations the Nth
fails, for N = FIRST, FIRST + STEP, ..., until there is no Nth. Each run begins
with the same store. It has to end in one of two ways: it does what it does with
enough memory, and prints the same; or it fails with one sentence. The store is
then as it was before or as a whole run leaves it, which JAIL is asked for, the
program without faults. What is neither is printed. Status 1 if there was any.
"""
import argparse
import collections
import contextlib
import json
import os
import shutil
import subprocess
import sys

from common import CALLER, shared_file


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", type=int, default=1, dest="step")
    parser.add_argument("-f", type=int, default=1, dest="first")
    parser.add_argument("faulty")
    parser.add_argument("jail")
    parser.add_argument("store")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def execute(command, **more):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=20,
                              capture_output=True, check=False, **more)
    except subprocess.TimeoutExpired:
        return None, b"", b"it never ended"
    return done.returncode, done.stdout, done.stderr


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
        """A process of the run before may remove them at the same moment."""
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

    def fault(self):
        """Where the allocation was; None if none failed."""
        with open(self.file, "rb") as file:
            return file.read(CALLER).split(b"\0")[0].decode() or None


def outcome(run, sound):
    status, out, err = run
    if status == sound[0] and out == sound[1]:
        return "same"
    text = err.decode(errors="replace").splitlines()
    said = text and text[-1].startswith("jail") and len(text[-1]) > 20
    return "refused" if status in (1, 2, 125) and said else None


def main():
    args = arguments()
    sweep = Sweep(args)
    sound = sweep.run(0)
    stores = [sweep.before, sweep.stored()]
    counts, number = collections.Counter(), args.first
    while True:
        run = sweep.run(number)
        if not sweep.fault():
            break
        kind = outcome(run, sound)
        # What only looks has no store that could be left half-written.
        if stores[0] != stores[1] and sweep.stored() not in stores:
            kind = None
        counts[kind or "neither"] += 1
        if not kind:
            print(f"{number}: {sweep.fault()}: status {run[0]}: {run[2]}")
        number += args.step
    os.unlink(sweep.file)
    print(f"{args.command[0]}: of {number - 1} allocations", dict(counts))
    if counts["neither"] or not counts["refused"]:
        sys.exit(1)


main()
