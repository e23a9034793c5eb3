# SPDX-License-Identifier: MIT
"""Lists that were learned on one system, used on another: how much they rot,
and what of it siblings mend. tests/real/elsewhere does the work."""
import os
import subprocess
import tempfile

from common import HERE, JAIL, table

REAL = HERE.parent / "real" / "elsewhere"


def cells(counts):
    """"alone/used/wrong" of elsewhere.py."""
    alone, used, wrong = counts.split("/")
    return [alone, "%s%s" % (used, ", %s works went wrong" % wrong
                             if wrong != "0" else "")]


def work(folder):
    os.chmod(folder, 0o755)
    subprocess.run(["sh", REAL / "tree.sh", "tree"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return subprocess.run(
        ["/usr/bin/python3", REAL / "elsewhere.py", JAIL, "tree"], cwd=folder,
        text=True, check=False, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout


def measure_elsewhere(_):
    rows = []
    with tempfile.TemporaryDirectory(prefix="jail-bench.") as folder:
        out = work(folder)
    for line in out.splitlines():
        name, here, there, *moved = line.split("\t")
        moved = [cell for counts in moved for cell in cells(counts)]
        rows.append([name, here, there] + moved + [""] * (6 - len(moved)))
    return ("## Lists elsewhere: Debian 12, Debian 13, static builds\n\n"
            "Denials while the works of tests/real/elsewhere/works.txt are "
            "done under a list of\nanother system: with the list alone, and "
            "with siblings, as `jail enforce` has it.\n\n" +
            table(["", "calls, 12", "calls, 13", "12 in 13: alone",
                   "with siblings", "13 in 12: alone", "with siblings",
                   "12, static: alone", "with siblings"], *rows))
