#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes each call of a set-up fail, one after the other, run for run.

   usage: sweep.py [-u UID] [-i FILES] JAIL LOOK ERRNO -- OPTION...

JAIL is of the build FAULTS=1 (faults.c), LOOK prints what it finds itself in
(tests/progs/look.c). First a run without a fault; then for N = 1, 2, ... one in
which the Nth call fails with ERRNO, until there is no Nth; with FILES, a regular
expression, of the calls that are made in such files alone. Each run has to end
in one of two ways: jail refuses with one sentence, its own status, and the
program never ran; or the program ran in the very same sandbox, and jail said
nothing. What is neither is printed, and at the end how many there were of each.
Status 1 if there was any third outcome, or a process was left.
"""
import argparse
import collections
import errno
import itertools
import os
import re
import struct
import subprocess
import sys

from common import (CALLER, CALLERS, COUNT, become, namespaces, outcome,
                    shared_file)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("jail")
    parser.add_argument("look")
    parser.add_argument("errno")
    parser.add_argument("-u", type=int, default=None, dest="uid")
    parser.add_argument("-i", default="", dest="files")
    parser.add_argument("options", nargs="*")
    return parser.parse_args()


class Sweep:
    def __init__(self, args):
        self.args = args
        self.command = [args.jail, "enforce", "--quiet", *args.options, "--",
                        args.look, *namespaces()]
        self.file = shared_file()

    def run(self, number):
        code = getattr(errno, self.args.errno)
        environ = dict(os.environ, JAIL_FAULT=str(number),
                       JAIL_FAULT_ERRNO=str(code), JAIL_FAULT_FILE=self.file)
        try:
            done = subprocess.run(self.command, env=environ, timeout=20,
                                  stdin=subprocess.DEVNULL,
                                  capture_output=True, check=False,
                                  **become(self.args.uid))
        except subprocess.TimeoutExpired:
            return None, b"", b"it never ended"
        return done.returncode, done.stdout, done.stderr

    def fault(self):
        """The function that failed, and where; None if none did."""
        with open(self.file, "rb") as file:
            shared = file.read(COUNT)
        name = shared[:CALLER].split(b"\0")[0].decode()
        if not name:
            return None
        caller = int.from_bytes(shared[CALLER:COUNT], "little") - 1
        return name, caller

    def where(self, *callers):
        """Of each, the function and the line, in one string."""
        words = subprocess.run(["addr2line", "-f", "-e", self.args.jail],
                               input="\n".join(map(hex, callers)), text=True,
                               capture_output=True, check=False)
        words = words.stdout.splitlines()
        return [" ".join(pair) for pair in zip(words[::2], words[1::2])]

    def numbers(self):
        """The calls that are to fail; those of the last run are known."""
        if not self.args.files:
            return itertools.count(1)
        with open(self.file, "rb") as file:
            shared = file.read()
        count, = struct.unpack_from("q", shared, COUNT)
        callers = struct.unpack_from(f"{count}q", shared, CALLERS)
        places = self.where(*(caller - 1 for caller in callers))
        return [number for number, place in enumerate(places, 1)
                if re.search(self.args.files, place)]


def differences(run, sound):
    there = sound[1].decode(errors="replace").splitlines()
    here = run[1].decode(errors="replace").splitlines()
    return ([f"  missing: {line}" for line in there if line not in here] +
            [f"  new: {line}" for line in here if line not in there])[:6]


def left_over(jail):
    """Processes of this program that are still there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(jail):
                found.append(pid)
        except OSError:
            pass
    return found


def main():
    args = arguments()
    sweep = Sweep(args)
    # The first may create jail's own folders; the second is what counts.
    sweep.run(0)
    sound = sweep.run(0)
    if sound[0] != 0 or not sound[1].startswith(b"ran\n"):
        sys.exit(f"without a fault: {sound}")
    counts = collections.Counter()
    for number in sweep.numbers():
        run = sweep.run(number)
        fault = sweep.fault()
        if not fault:
            break
        kind = outcome(run, sound, (125, 126))
        counts[kind or "neither"] += 1
        if kind:
            continue
        print(f"{number}: {fault[0]} at {sweep.where(fault[1])[0]}: "
              f"status {run[0]}: {run[2].decode(errors='replace').strip()}")
        print("\n".join(differences(run, sound)))
    os.unlink(sweep.file)
    left = left_over(args.jail)
    print(f"{counts.total()} faults:", dict(counts), "left:", left)
    least = 5 if args.files else 100
    if counts["neither"] or left or counts["refused"] <= least:
        sys.exit(1)


main()
