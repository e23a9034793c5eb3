#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Gives a program arguments so long that what it executes gets too many.

usage: too-long.py PROGRAM [ARG...]

The last ARG is a script, whose first line adds words to the arguments that
execve(2) counts. So the most that execve takes for PROGRAM itself is too much
for the script.
"""
import errno
import subprocess
import sys


def words(count):
    """Arguments of COUNT bytes in all, each below MAX_ARG_STRLEN."""
    return ["x" * 999] * (count // 1000) + ["x" * (count % 1000)]


def fits(count):
    try:
        subprocess.run(sys.argv[1:] + words(count), executable="/bin/true",
                       check=True)
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        return False
    return True


low, high = 0, 16 << 20
while high - low > 1:
    middle = (low + high) // 2
    low, high = (middle, high) if fits(middle) else (low, middle)
# The name of the file counts as well, and PROGRAM's is longer than /bin/true.
run = subprocess.run(sys.argv[1:] + words(low - len(sys.argv[1])))
sys.exit(run.returncode)
