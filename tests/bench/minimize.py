# SPDX-License-Identifier: MIT
"""How many of the calls that programs make they need: jail minimize.

Each program of minimize.txt learns all of its lines and is minimized with the
first. Then the others are run with what was found: those that differ from a run
without jail needed more than the first line did. At last it is minimized with
the others, too, after which all have to be as without jail.
"""
import json
import os
import pathlib
import shlex
import subprocess
import tempfile
import time

from common import HERE, JAIL, free_port, progress, table

LIMIT = 300


class Program:
    def __init__(self, name, setup):
        self.name, self.setup = name, list(setup)
        self.servers, self.lines = [], []


def read_programs():
    programs = []
    for line in (HERE / "minimize.txt").read_text().splitlines():
        if line.startswith("= "):
            programs.append(Program(line[2:],
                                    programs[0].setup if programs else []))
        elif line.startswith("< "):
            programs[-1].setup.append(line[2:])
        elif line.startswith("> "):
            programs[-1].servers.append(line[2:])
        elif line and not line.startswith("#"):
            programs[-1].lines.append(shlex.split(line))
    return programs[1:]


class Trial:
    """A program in its folder, with a store of its own. $U in a line is a free
    port of this machine."""

    def __init__(self, program):
        self.port = str(free_port())
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jail-minimize."))
        self.store = str(self.folder) + ".db"
        self.environment = dict(os.environ, HOME=str(self.folder))
        for line in program.setup:
            subprocess.run(["sh", "-c", line], cwd=self.folder, check=True,
                           stdout=subprocess.DEVNULL, env=self.environment)
        self.lines = [[word.replace("$U", self.port) for word in words]
                      for words in program.lines]
        self.servers = [subprocess.Popen(
            shlex.split(line.replace("$U", self.port)), cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment) for line in program.servers]

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, timeout=LIMIT,
                              env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, errors="replace")

    def jail(self, verb, *options):
        return self.run(JAIL, verb, "--db", self.store, *options)

    def learn(self, words):
        self.jail("learn", "--no-sandbox", "--name=p", "--", *words)

    def minimize(self, words):
        ran = self.jail("minimize", "--profile=none", "--json", "p", "--",
                        *words)
        if ran.returncode:
            raise RuntimeError("%s: %s" % (" ".join(words), ran.stderr))
        return json.loads(ran.stdout)

    def differs(self, words):
        """Whether it is otherwise under jail than without."""
        alone = self.run(*words)
        under = self.jail("enforce", "--profile=none", "--name=p", "--",
                          *words)
        return (alone.returncode, alone.stdout, alone.stderr) != (
            under.returncode, under.stdout, under.stderr)

    def close(self):
        for server in self.servers:
            server.terminate()
            server.wait()
        subprocess.run(["rm", "-rf", self.folder, self.store], check=True)


def await_true(condition):
    """For servers, which take a moment."""
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise RuntimeError("this did not come true in ten seconds")


def count(found, result, answer=None):
    return sum(call["result"] == result and
               (answer is None or call.get("answer") == answer)
               for call in found["calls"])


def measure_one(program):
    """The program's row, and how many calls were tried and needed."""
    trial = Trial(program)
    try:
        await_true(lambda: not trial.run(*trial.lines[0]).returncode)
        for words in trial.lines:
            trial.learn(words)
        first, others = trial.lines[0], trial.lines[1:]
        found = trial.minimize(first)
        if trial.differs(first):
            raise RuntimeError(program.name + " does not work any more")
        broken = sum(trial.differs(words) for words in others)
        needed, stubs = count(found, "needed"), count(found, "stubbed")
        row = [program.name, needed + stubs, needed,
               "%d %%" % round(100 * needed / (needed + stubs)),
               count(found, "stubbed", "ENOSYS"),
               count(found, "stubbed", "EPERM"), found["runs"],
               "%.1f" % found["seconds"], "%d of %d" % (broken, len(others))]
        for words in others:
            trial.minimize(words)
        row.append(sum(trial.differs(words) for words in trial.lines))
        return row, needed + stubs, needed
    finally:
        trial.close()


def measure_minimize(_):
    rows, made, needed = [], 0, 0
    for program in read_programs():
        progress("minimize: " + program.name)
        row, made_here, needed_here = measure_one(program)
        rows.append(row)
        made += made_here
        needed += needed_here
    rows.append(["all", made, needed, "%d %%" % round(100 * needed / made),
                 *[""] * 6])
    return "## What is needed of what is called\n\n" + table(
        ["", "made and tried", "needed", "of those", "stubs, ENOSYS",
         "stubs, EPERM", "runs", "seconds", "other uses that break",
         "after these as well"], *rows)
