# SPDX-License-Identifier: MIT
"""What sweep.py and join.py share: the page that faults.c shares with them, who
runs a program, and what came of a run."""
import os
import tempfile

# Where what follows the name is in faults.c's struct shared.
CALLER, COUNT, OVER, CALLERS = 48, 56, 64, 72


def shared_file():
    """A new one, for every user."""
    handle, file = tempfile.mkstemp(prefix="jail-fault-")
    os.close(handle)
    os.chmod(file, 0o666)
    return file


def become(uid):
    return {"user": uid, "group": uid, "extra_groups": []} if uid else {}


def namespaces():
    """Those outside, for look.c."""
    return [os.readlink(f"/proc/self/ns/{name}")
            for name in os.listdir("/proc/self/ns")]


def same(out, sound):
    """A nested namespace has its mounts in another order."""
    return sorted(out.splitlines()) == sorted(sound.splitlines())


def outcome(run, sound, statuses):
    """Which of the two it is; None: neither."""
    status, out, err = run
    text = err.decode(errors="replace")
    if status == 0 and not err and same(out, sound[1]):
        return "ran"
    sentence = text.startswith("jail") and text.count("\n") == 1
    if status in statuses and not out and sentence and len(text) > 20:
        return "refused"
    return None
