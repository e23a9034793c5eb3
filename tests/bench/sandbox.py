# SPDX-License-Identifier: MIT
"""The start of a sandbox, what it keeps in memory, and a call in it: beside
bubblewrap and Firejail with the same walls, as root and as an ordinary user."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from common import JAIL, ROUNDS, median, progress, seconds, table, \
    verdict
from single import nanoseconds

STARTS = 20			# of each tool, in each round
FIREJAIL = pathlib.Path("/etc/firejail")
CALL_GOAL = 1.02		# of a call under a filter that allows all
MEMORY_GOAL = 4096		# KiB

BWRAP = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev",
         "--proc", "/proc", "--tmpfs", "/tmp"]


def jail(base, *options):
    return [str(JAIL), "enforce", "--quiet", "--db", f"{base}/jail.db",
            *options, "--"]


def firejail(*options):
    return ["firejail", "--quiet", *options]


def by_profile(base, name):
    """A profile of Firejail's under both, for /bin/true."""
    options = [f"--profile={FIREJAIL}/{name}.profile", "--private-bin=true,sleep"]
    return {f"jail, its {name}.profile": jail(base, *options),
            f"firejail, {name}.profile": firejail(*options)}


def starters(base):
    """The commands in front of /bin/true, by name."""
    found = {"nothing": [],
             "jail, all namespaces": jail(base, f"--profile={base}/all.profile"),
             "bwrap, all namespaces": BWRAP,
             "firejail --noprofile, net none": firejail("--noprofile",
                                                        "--net=none"),
             "jail, its own default.profile": jail(base)}
    for name in "default", "transmission-gtk", "firefox":
        if (FIREJAIL / f"{name}.profile").exists():
            found.update(by_profile(base, name))
    return {name: command for name, command in found.items()
            if not command or shutil.which(command[0])}


def goal(name, times):
    """The goal that NAME has, and whether it is met."""
    if not name.startswith("jail"):
        return ""
    if "all namespaces" in name:
        other = times.get("bwrap, all namespaces")
        limit = min([4.0] + ([other] if other else []))
    else:
        limit = 12.0 if "default" in name else 15.0
    return "<= %.1f: %s" % (limit, verdict(times[name] <= limit))


# ---- measuring -----------------------------------------------------------

def start(command):
    """Milliseconds from spawn to end; fails where the program did not run."""
    null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0)
            for fd in (0, 1, 2)]
    begun = time.perf_counter()
    pid = os.posix_spawn(shutil.which(command[0]), command, os.environ,
                         file_actions=null)
    status = os.waitpid(pid, 0)[1]
    taken = time.perf_counter() - begun
    if status != 0:
        raise RuntimeError(f"status {status} of {command}")
    return taken * 1e3


def measure_starts(base):
    commands = {name: command + ["/bin/true"]
                for name, command in starters(base).items()}
    times = {name: [] for name in commands}
    for command in commands.values():
        start(command)
    for i in range(ROUNDS):
        progress("sandbox: round %d" % (i + 1))
        for _ in range(STARTS if ROUNDS > 1 else 2):
            for name, command in commands.items():
                times[name].append(start(command))
    return {name: (median(found), sorted(found)[len(found) * 9 // 10])
            for name, found in times.items()}


def kept(pid):
    """RSS and PSS of a process in KiB."""
    found = dict(line.split()[:2] for line in pathlib.Path(
        f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(found["Rss:"]), int(found["Pss:"])


def family(pid):
    """PID and its descendants. A child of jail is init or the program."""
    children = []
    for task in os.listdir(f"/proc/{pid}/task"):
        children += pathlib.Path(
            f"/proc/{pid}/task/{task}/children").read_text().split()
    return [pid] + [one for child in children for one in family(int(child))]


def is_sleep(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text() == "sleep\n"


def measure_memory(commands):
    """What stays beside the program: as root, who may look at all."""
    found = {}
    for name, command in commands.items():
        if not command:
            continue
        with subprocess.Popen(command + ["/bin/sleep", "60"],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(0.7)
            if process.poll() is not None:
                raise RuntimeError(f"{name}: no sleep")
            members = family(process.pid)
            sizes = [kept(pid) for pid in members if not is_sleep(pid)]
            found[name] = [len(sizes), sum(s[0] for s in sizes),
                           sum(s[1] for s in sizes)]
            for pid in reversed(members):
                os.kill(pid, signal.SIGKILL)
    return found


def train(base, calls):
    """The lists of /bin/true and of calls.c; and what to measure by."""
    (pathlib.Path(base) / "all.profile").write_text("net none\n")
    learn = [JAIL, "learn", "--no-sandbox", "--quiet", "--db",
             f"{base}/jail.db", "--"]
    for command in ["/bin/true"], [calls, "0", "1", "idle"], \
            ["/bin/sleep", "0.01"]:
        for _ in range(2):
            seconds(learn + command)


def as_user(uid, base, work):
    """WORK's result, from a child that is user UID with BASE as its home."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if uid != 0:
                gid = pwd.getpwuid(uid).pw_gid
                os.chown(base, uid, gid)
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
            os.environ["HOME"] = str(base)
            os.chdir(base)
            with os.fdopen(writing, "w") as out:
                json.dump(work(base), out)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as result:
        text = result.read()
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("the measuring failed")
    return json.loads(text)


# ---- tables ----------------------------------------------------------------

def starts_table(who, times):
    rows = [(who, "ms", "9 of 10 within", "goal")]
    medians = {name: pair[0] for name, pair in times.items()}
    for name, (middle, late) in times.items():
        rows.append((name, "%.2f" % middle, "%.2f" % late,
                     goal(name, medians)))
    return table(*rows)


def memory_table(memory):
    rows = [("beside the program", "processes", "RSS, KiB", "PSS, KiB",
             "goal")]
    for name, (count, rss, pss) in memory.items():
        rows.append((name, count, rss, pss, "<= %d: %s" % (
            MEMORY_GOAL, verdict(rss <= MEMORY_GOAL))
            if name.startswith("jail") else ""))
    return table(*rows)


def calls_table(base, calls):
    command = [calls, "0", "10000000", "idle"]
    runs = {"no filter": command,
            "the least filter": [*command[:-1], "allow"],
            "jail, its own default.profile": jail(base) + command}
    found = {name: [] for name in runs}
    for _ in range(max(ROUNDS, 9) if ROUNDS > 1 else 1):
        for name, run in runs.items():
            found[name].append(nanoseconds(run))
    free, least, inside = (median(times) for times in found.values())
    rows = [("a call (getppid)", "ns", "ratio to the least", "goal")]
    rows.append(("no filter", "%.2f" % free, "", ""))
    rows.append(("the least filter", "%.2f" % least, "", ""))
    rows.append(("jail, its own default.profile", "%.2f" % inside,
                 "%.3f" % (inside / least), "<= %.2f: %s" % (
                     CALL_GOAL, verdict(inside <= CALL_GOAL * least))))
    return table(*rows)


def measure_sandbox(place):
    """All of it. The ordinary user is the first that the system has."""
    calls = str(place.calls)
    os.chmod(place.dir, 0o755)
    users = [0] if os.geteuid() == 0 else [os.getuid()]
    if os.geteuid() == 0:
        users += sorted(one.pw_uid for one in pwd.getpwall()
                        if 1000 <= one.pw_uid < 65000)[:1]
    parts = ["## A sandbox for /bin/true, medians of %d" % (ROUNDS * STARTS)]
    for uid in users:
        base = tempfile.mkdtemp(prefix="jail-bench-home.")

        def work(home):
            train(home, calls)
            return measure_starts(home)

        parts.append(starts_table("as root" if uid == 0 else
                                  "as an ordinary user",
                                  as_user(uid, base, work)))
        if uid == users[0]:
            parts.append(memory_table(measure_memory(starters(base))))
            parts.append(calls_table(base, calls))
        shutil.rmtree(base)
    return "\n\n".join(parts)
