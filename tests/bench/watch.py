# SPDX-License-Identifier: MIT
"""jail watch: how fast a log is read, beside ausearch; what a burst of records
loses; how long it takes from a kill to its offer; memory and idle CPU."""
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from common import JAIL, LIMIT, ROUNDS, median, progress, seconds, table, \
    verdict

LINES = 500000 if ROUNDS > 1 else 20000
RARE = 1000			# one line in so many matches, of a log with few
BYTES_GOAL = 1.0		# GB/s where few lines match
RECORDS_GOAL = 2e6		# records/s where all do
BURST = 100000
LATENCY_GOAL = 50		# ms
IDLE = 30 if ROUNDS > 1 else 3	# seconds
LOGGED = JAIL.parent / "tests" / "progs" / "logged_calls"

# ---- logs ---------------------------------------------------------------

REFUSED = ("auid=4294967295 uid=1000 gid=1000 ses=3 pid=%d comm=\"python3\" "
           "exe=\"/usr/bin/python3.11\" sig=31 arch=c000003e syscall=%d "
           "compat=0 ip=0x7f92c3599dc7 code=0x80000000")
NAMES = ("\x1dAUID=\"unset\" UID=\"user\" GID=\"user\" ARCH=x86_64 "
         "SYSCALL=socket")
OPENED = ("arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c "
          "a1=7ffc5c1d9f10 a2=80000 a3=0 items=1 ppid=1 pid=%d "
          "auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 "
          "fsgid=0 tty=(none) ses=4294967295 comm=\"systemd\" "
          "exe=\"/usr/lib/systemd/systemd\" subj=unconfined key=\"etc\"")
KERN = "2026-11-21T19:33:42.067860+00:00 host kernel: [ 2385.318061] "


def stamp(i):
    """The time and number of record I."""
    return "audit(%d.%03d:%d): " % (1795000000 + i // 1000, i % 1000, i + 1)


def refused(i):
    return REFUSED % (1000 + i % 30000, i % 300)


def log_line(i):
    return "type=SECCOMP msg=" + stamp(i) + refused(i) + NAMES


def log_other(i):
    return "type=SYSCALL msg=" + stamp(i) + OPENED % (1 + i % 30000)


def kern_line(i):
    return KERN + "audit: type=1326 " + stamp(i) + refused(i)


def kern_other(i):
    return KERN + ("usb 1-1: new high-speed USB device number %d using "
                   "xhci_hcd, and what else a kernel has to say" % i)


def write_log(path, lines, line, other=None):
    with open(path, "w", encoding="ascii") as file:
        for i in range(lines):
            make = other if other and i % RARE else line
            file.write(make(i) + "\n")


# name: the matching line, the others, what a log that holds it is called
LOGS = {"audit.log, 1 record in 1,000 lines": (log_line, log_other),
        "audit.log, nothing but records": (log_line, None),
        "kern.log, 1 record in 1,000 lines": (kern_line, kern_other),
        "kern.log, nothing but records": (kern_line, None)}

# ---- one run ------------------------------------------------------------


class Store:
    """A folder for one store, which is gone afterwards."""

    def __init__(self, place):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=place.memory))
        self.path = self.folder / "jail.db"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def counted(self, exe):
        """How many records of EXE were counted."""
        if not self.path.exists():
            return 0
        with sqlite3.connect(self.path, timeout=10) as base:
            return base.execute("SELECT coalesce(sum(count), 0) FROM denials "
                                "WHERE exe = ?", (str(exe),)).fetchone()[0]


def watch(store, source, *options):
    return [str(JAIL), "watch", "--all", "--db", str(store.path),
            "--source=" + str(source), *options]


def ausearch(path):
    return ["ausearch", "-if", str(path), "-m", "SECCOMP", "--raw"]


def run(command):
    """Seconds, and the highest RSS in KiB that a look every 2 ms has seen."""
    peak, begun = 0, time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        waiting = True
        while waiting:
            peak = max(peak, high_water(process.pid))
            try:
                process.wait(0.002)
                waiting = False
            except subprocess.TimeoutExpired:
                waiting = time.perf_counter() - begun < LIMIT
    if process.returncode:
        raise RuntimeError("status %s of %s" % (process.returncode, command))
    return time.perf_counter() - begun, peak


def high_water(pid):
    try:
        status = pathlib.Path("/proc/%d/status" % pid).read_text("ascii")
    except ProcessLookupError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


def once(place, path, expected):
    """Of jail watch; fails where it did not count each record."""
    with Store(place) as store:
        taken = run(watch(store, path, "--once", "--quiet"))
        counted = store.counted("/usr/bin/python3.11")
        if counted != expected:
            raise RuntimeError("%d of %d records of %s" % (
                counted, expected, path))
    return taken


# ---- logs that are read -------------------------------------------------

def read_goal(records, lines, size, taken):
    if records == lines:
        rate = records / taken
        return ">= %.0f million records/s: %s" % (
            RECORDS_GOAL / 1e6, verdict(rate >= RECORDS_GOAL))
    return ">= %.0f GB/s: %s" % (BYTES_GOAL, verdict(
        size / taken / 1e9 >= BYTES_GOAL))


def read_row(name, tool, numbers, times, peak):
    records, lines, size = numbers
    taken = median(times)
    return (name, tool, "%.3f" % taken, "%.3f" % (size / taken / 1e9),
            "%.0f" % (records / taken), peak,
            read_goal(records, lines, size, taken) if tool == "jail watch"
            else "")


def measure_log(place, name, path):
    line, other = LOGS[name]
    write_log(path, LINES, line, other)
    records = LINES if other is None else (LINES + RARE - 1) // RARE
    numbers = records, LINES, path.stat().st_size
    peaks = {"jail watch": once(place, path, records)[1]}
    times = {"jail watch": []}
    if name.startswith("audit.log"):
        times["ausearch --raw"] = []
        peaks["ausearch --raw"] = run(ausearch(path))[1]
    for i in range(ROUNDS):
        progress("%s: round %d" % (name, i + 1))
        with Store(place) as store:
            times["jail watch"].append(seconds(
                watch(store, path, "--once", "--quiet")))
        if "ausearch --raw" in times:
            times["ausearch --raw"].append(seconds(ausearch(path)))
    path.unlink()
    return [read_row(name, tool, numbers, found, peaks[tool])
            for tool, found in times.items()]


def measure_logs(place):
    rows = [("a log of %d lines" % LINES, "read by", "seconds", "GB/s",
             "records/s", "peak RSS, KiB", "goal")]
    for name in LOGS:
        rows += measure_log(place, name, place.memory / "log")
    return table(*rows)


def measure_memory(place):
    """Peak RSS, of ten times as many records each."""
    rows = [("records in a log", "peak RSS, KiB")]
    path = place.memory / "log"
    for lines in (LINES // 50, LINES // 5, LINES * 2):
        progress("memory: %d records" % lines)
        write_log(path, lines, log_line)
        rows.append((lines, once(place, path, lines)[1]))
        path.unlink()
    return table(*rows)


# ---- the kernel's records as they come ----------------------------------

def listens(pid):
    """Whether a process has joined a group of the audit socket (protocol 9 in
    /proc/net/netlink)."""
    for row in pathlib.Path("/proc/net/netlink").read_text(
            "ascii").splitlines()[1:]:
        words = row.split()
        if words[1] == "9" and words[2] == str(pid) and int(words[3], 16):
            return True
    return False


class Live:
    """A jail watch of the kernel's socket."""

    def __init__(self, place):
        self.store = Store(place)
        self.told = open(self.store.folder / "told", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            watch(self.store, "netlink"), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.told)

    def __enter__(self):
        end = time.monotonic() + 10
        while not listens(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("jail watch does not listen")
            time.sleep(0.01)
        return self

    def finish(self):
        """Ends it; what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=60)
        self.told.seek(0)
        return self.told.read()

    def __exit__(self, *_):
        self.finish()
        self.told.close()
        self.store.__exit__()


def settle(count):
    """Waits until COUNT says the same twice, half a second apart."""
    last = None
    while last != (last := count()):
        time.sleep(0.5)
    return last


def measure_burst(place):
    rows = [("%d records at once" % (BURST + 1), "came", "told lost",
             "seconds", "goal")]
    program = shutil.copy(LOGGED, place.dir / "burst")
    for i in range(3):
        progress("burst: round %d" % (i + 1))
        with Live(place) as live:
            begun = time.perf_counter()
            subprocess.run([program, str(BURST)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=False)
            taken = time.perf_counter() - begun
            settle(lambda: live.store.counted(program))
            said = live.finish()
            came = live.store.counted(program)
        lost = sum(int(n) for n in re.findall(r"(\d+) events? never came",
                                              said))
        rows.append(("round %d" % (i + 1), came, lost, "%.2f" % taken,
                     "none lost, or told: " +
                     verdict(came + lost >= BURST + 1)))
    return table(*rows)


def latency(live, program):
    """Milliseconds until a line names PROGRAM, which is about to be killed."""
    with subprocess.Popen([program, "0", "wait"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as killed:
        killed.stdout.readline()
        begun = time.perf_counter()
        killed.stdin.close()
        while program.name not in live.process.stdout.readline().decode():
            pass
        return (time.perf_counter() - begun) * 1e3


def measure_kills(place, pause):
    """Each program is a file of its own: every kill is news."""
    times = []
    with Live(place) as live:
        for i in range(20 if ROUNDS > 1 else 3):
            program = place.dir / ("killed%02d" % i)
            shutil.copy(LOGGED, program)
            time.sleep(pause)
            signal.alarm(20)
            times.append(latency(live, program))
            signal.alarm(0)
    return times


def measure_latency(place):
    rows = [("from a kill to its offer, ms", "median", "slowest", "goal")]
    for name, pause in ("a second after the last one", 1), \
            ("after 50 ms", 0.05):
        progress("kills, each " + name)
        times = measure_kills(place, pause)
        rows.append((name, "%.1f" % median(times), "%.1f" % max(times),
                     "< %d: %s" % (LATENCY_GOAL, verdict(
                         median(times) < LATENCY_GOAL))))
    return table(*rows)


def spent(pid):
    """Milliseconds of CPU, and how often it was awake, all threads."""
    stat = pathlib.Path("/proc/%d/stat" % pid).read_text("ascii")
    ticks = stat.rsplit(")", 1)[1].split()[11:13]
    awake = 0
    for status in pathlib.Path("/proc/%d/task" % pid).glob("*/status"):
        awake += sum(map(int, re.findall(r"voluntary_ctxt_switches:\s+(\d+)",
                                         status.read_text("ascii"))))
    return sum(map(int, ticks)) * 1000 / os.sysconf("SC_CLK_TCK"), awake


def measure_idle(place):
    with Live(place) as live:
        progress("idle for %d s" % IDLE)
        time.sleep(1)
        before = spent(live.process.pid)
        time.sleep(IDLE)
        after = spent(live.process.pid)
        peak = high_water(live.process.pid)
    return table(("idle for %d s" % IDLE, ""),
                 ("CPU, ms (in ticks of 10)", "%.0f" % (after[0] - before[0])),
                 ("times awake", after[1] - before[1]),
                 ("peak RSS, KiB", peak))


def measure_watch(place):
    """All of it. The kernel's socket is for root alone."""
    parts = ["## The watcher", measure_logs(place), measure_memory(place)]
    if os.geteuid() == 0:
        parts += [measure_burst(place), measure_latency(place),
                  measure_idle(place)]
    return "\n\n".join(parts)
