#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes each call of joining fail, one after the other, join for join.

   usage: join.py UID FAULTY JAIL LOOK OPTION...

FAULTY is of the build FAULTS=1 (faults.c) and runs the sandbox, JAIL joins it
with LOOK, which prints what it finds itself in. When the sandbox is there the
counting of calls is begun anew, in the page that all share: the Nth of those
that let the program in fails with EPERM. Then either it ran in the very same
sandbox, or jail said one sentence; and the sandbox goes on, and can be joined.
Status 1 if there was any third outcome.
"""
import collections
import os
import signal
import struct
import subprocess
import sys
import time

from common import (CALLER, COUNT, OVER, become, namespaces, outcome,
                    shared_file)

START = 1 << 40				# more calls than a start has


class Sandbox:
    def __init__(self, args, number):
        self.uid = int(args[0])
        self.faulty, self.jail, self.look, *self.options = args[1:]
        self.file = shared_file()
        self.name = f"faults{os.getpid()}"
        self.registry = os.environ["XDG_RUNTIME_DIR"] + "/jail"
        self.before = self.entries()
        environ = dict(os.environ, JAIL_FAULT=str(number),
                       JAIL_FAULT_FILE=self.file)
        self.process = subprocess.Popen(
            [self.faulty, "enforce", "--quiet", "--name=" + self.name,
             *self.options, "--", "sleep", "60"], env=environ,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **become(self.uid))

    def write(self, offset, data):
        with open(self.file, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def entries(self):
        """Those of the registry; 0-PID is one that is not whole yet."""
        try:
            return {name for name in os.listdir(self.registry)
                    if name[0] in "123456789" and "." not in name}
        except FileNotFoundError:
            return set()

    def ready(self):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            if self.entries() - self.before:
                return True
            time.sleep(0.005)
        return False

    def join(self):
        done = subprocess.run([self.jail, "join", self.name, self.look,
                               *namespaces()], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=30,
                              **become(self.uid))
        return done.returncode, done.stdout, done.stderr

    def count_from(self, number):
        self.write(COUNT, struct.pack("<q", number))
        self.write(OVER, b"\0")

    def fault(self):
        with open(self.file, "rb") as file:
            return file.read(CALLER).split(b"\0")[0].decode()

    def end(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.unlink(self.file)


def start(args, number):
    sandbox = Sandbox(args, number)
    if sandbox.ready():
        return sandbox
    sandbox.end()
    return None


def main():
    args = sys.argv[1:]
    sandbox = start(args, 2 * START)
    sound = sandbox.join()
    sandbox.end()
    if sound[0] != 0 or not sound[1].startswith(b"ran\n"):
        sys.exit(f"without a fault: {sound}")
    counts, number = collections.Counter(), 0
    while True:
        number += 1
        sandbox = start(args, START + number)
        sandbox.count_from(START)
        run = sandbox.join()
        fault = sandbox.fault()
        kind = outcome(run, sound, (125, 126, 127))
        again = sandbox.join()
        sandbox.end()
        if not fault:
            break
        if kind and again[0] != 0:
            kind = None
        counts[kind or "neither"] += 1
        if not kind:
            print(f"{number}: {fault}: {run} and then {again[0]}, {again[2]}")
    print(f"{number - 1} faults:", dict(counts))
    if counts["neither"] or not counts["refused"] > 30:
        sys.exit(1)


main()
