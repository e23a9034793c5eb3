# SPDX-License-Identifier: MIT
"""An entry of the registry that jail did not write.

usage: forger.py FOLDER [KEY=VALUE]... -- COMMAND [ARG...]

Runs COMMAND as its child, writes an entry about it to FOLDER, with the given
words in the place of its own, and holds the lock on it. Prints the file's path
and the number of the child, and waits for the child.
"""
import fcntl
import os
import subprocess
import sys


def start_of(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[19]


def namespace(pid, kind):
    return str(os.stat("/proc/%d/ns/%s" % (pid, kind)).st_ino)


def main():
    split = sys.argv.index("--")
    child = subprocess.Popen(sys.argv[split + 1:])
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot_id = file.read().strip()
    entry = {"jail": str(os.getpid()), "program": str(child.pid),
             "began": "1", "boot_id": boot_id, "profile": "forged",
             "command": "forged"}
    for kind in "user", "pid", "mnt", "net":
        entry[kind + "_ns"] = namespace(os.getpid(), kind)
    entry.update(word.split("=", 1) for word in sys.argv[2:split])
    entry.setdefault("start", start_of(int(entry["program"])))
    path = "%s/%s-%s" % (sys.argv[1], entry["program"], entry["start"])
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    os.write(fd, b"jail-run 1\n" + "".join(
        "%s %s\n" % item for item in entry.items()).encode())
    print(path, child.pid, flush=True)
    child.wait()


main()
