# SPDX-License-Identifier: MIT
"""A sandbox on a bridge: its start, address probe included, and what passes
through its cable, beside a network namespace with a cable like it. All in a
network namespace of the measuring's own.

Where server and client run decides about more than a third of what passes, and
on a quiet machine the scheduler leaves them where they once were. So each has a
CPU of its own, both servers the same one; each turn has new servers, and every
other one the other order. Instructions a request, of server and client, say
what the way of a packet costs, whatever else the machine does."""
import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from common import JAIL, ROUNDS, median, progress, table, verdict
from sandbox import start

STARTS = 20			# of each kind, in each round
GOAL = 30.0			# ms more than net none
THROUGHPUT = 0.95		# of plain veth
SECONDS = 3 if ROUNDS > 1 else 1
CLONE_NEWNET = 0x40000000

CONF = """
daemon off; worker_processes 1; pid {base}/{name}.pid;
error_log {base}/{name}.log; user root;
events {{ worker_connections 512; }}
http {{ access_log off; sendfile on; keepalive_requests 1000000;
server {{ listen 8080; root {base}; }} }}
"""


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@contextlib.contextmanager
def own_network():
    """This process is in a new namespace with a bridge, and returns."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if libc.unshare(CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    try:
        ip("link", "set", "lo", "up")
        ip("link", "add", "br0", "type", "bridge")
        ip("addr", "add", "10.10.20.1/24", "dev", "br0")
        ip("link", "set", "br0", "up")
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)


def jail(base, *options):
    return [str(JAIL), "enforce", "--quiet", f"--profile={base}/all.profile",
            "--db", f"{base}/jail.db", *options, "--"]


# ---- the start -----------------------------------------------------------

def measure_starts(base):
    kinds = {"net none": ["--net=none"],
             "net br0, ip none": ["--net=br0", "--ip=none"],
             "net br0": ["--net=br0"],
             "net br0, ip 10.10.20.9": ["--net=br0", "--ip=10.10.20.9"]}
    commands = {name: jail(base, *options) + ["/bin/true"]
                for name, options in kinds.items()}
    times = {name: [] for name in commands}
    for i in range(ROUNDS):
        progress("network: round %d" % (i + 1))
        for _ in range(STARTS if ROUNDS > 1 else 2):
            for name, command in commands.items():
                times[name].append(start(command))
    found = {name: median(list_) for name, list_ in times.items()}
    rows = [("start of /bin/true", "ms", "9 of 10 within", "more than none",
             "goal")]
    for name, value in found.items():
        more = value - found["net none"]
        rows.append((name, "%.2f" % value, "%.2f" % sorted(times[name])[
            len(times[name]) * 9 // 10],
            "%.2f" % more if more else "",
            "<= %.0f: %s" % (GOAL, verdict(more <= GOAL)) if more else ""))
    return table(*rows)


# ---- what passes ---------------------------------------------------------

def on_cpu(index):
    """In front of a command, where there is more than one CPU."""
    cpus = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cpus[index])] if len(cpus) > 1 else []


@contextlib.contextmanager
def server(base, name, prefix):
    path = f"{base}/{name}.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONF.format(base=base, name=name))
    with subprocess.Popen([*on_cpu(1), *prefix, "nginx", "-p", base, "-c",
                           path],
                          start_new_session=True) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)


def plain(base):
    """A namespace with a cable to the bridge, and no jail."""
    holder = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
        time.sleep(0.01)
    inside = ["nsenter", "-n", "-t", str(holder.pid)]
    ip("link", "add", "plain0", "master", "br0", "up", "type", "veth", "peer",
       "name", "eth0", "netns", str(holder.pid))
    for words in ("link set lo up", "addr add 10.10.20.8/24 dev eth0",
                  "link set eth0 up"):
        subprocess.run([*inside, "ip", *words.split()], check=True)
    return holder, inside


def worker(base, name):
    """The process that answers: nginx's, of this configuration."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if not file.read().startswith("nginx: worker"):
                    continue
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                parent = dict(line.split(":\t", 1) for line in file)["PPid"]
            with open(f"/proc/{parent.strip()}/cmdline",
                      encoding="utf-8") as file:
                if f"{base}/{name}.conf" in file.read():
                    return pid
    raise RuntimeError(f"no worker of {name}")


def instructions(perf):
    """What `perf stat -x,` has counted; None where it cannot."""
    for line in perf.splitlines():
        if "instructions" in line and line.split(",")[0].isdigit():
            return int(line.split(",")[0])
    return None


def requests(address, file, pid):
    """Requests a second; instructions a request."""
    wrk = ["wrk", "-t1", "-c16", f"-d{SECONDS}s",
           f"http://{address}:8080/{file}"]
    with subprocess.Popen([*on_cpu(0), *wrk], stdout=subprocess.PIPE,
                          text=True) as client:
        counted = subprocess.run(
            ["perf", "stat", "-x,", "-e", "instructions", "-p",
             f"{pid},{client.pid}", "sleep", str(SECONDS * 0.9)],
            check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True).stderr if shutil.which("perf") else ""
        out = client.communicate()[0]
    if "Socket errors" in out or "Non-2xx" in out or client.returncode:
        raise RuntimeError(out)
    rate = float(re.search(r"Requests/sec: +([0-9.]+)", out).group(1))
    total = instructions(counted)
    return rate, total / (rate * SECONDS * 0.9) if total else None


def await_server(address):
    for _ in range(200):
        if subprocess.run(["curl", "-so", "/dev/null", "--max-time", "1",
                           f"http://{address}:8080/small"],
                          check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"no server at {address}")


PLACES = {"plain": "10.10.20.8", "jail": "10.10.20.7"}


def turn(base, inside, number, found):
    sandbox = jail(base, "--net=br0", "--ip=" + PLACES["jail"],
                   "--caps.keep=setuid,setgid,chown,dac_override")
    names = list(PLACES) if number % 2 == 0 else list(PLACES)[::-1]
    with server(base, "plain", inside), server(base, "jail", sandbox):
        for name in names:
            await_server(PLACES[name])
        for file in "small", "large":
            for name in names:
                found[file, name].append(requests(
                    PLACES[name], file, worker(base, name)))


def row_of(text, found):
    """FOUND: of plain and of jail, pairs of requests()."""
    bare, jailed = (median([rate for rate, _ in list_]) for list_ in found)
    cost = ["?" if None in [work for _, work in list_] else
            "%.0f" % median([work for _, work in list_]) for list_ in found]
    return (text, "%.0f" % bare, "%.0f" % jailed, "%.3f" % (jailed / bare),
            ">= %.2f: %s" % (THROUGHPUT, verdict(jailed / bare >= THROUGHPUT)),
            *cost)


def measure_passing(base):
    for name, size in ("small", 100), ("large", 1 << 20):
        with open(f"{base}/{name}", "wb") as file:
            file.write(b"x" * size)
    holder, inside = plain(base)
    found = {(file, name): [] for file in ("small", "large")
             for name in PLACES}
    try:
        for i in range(ROUNDS):
            progress("network: wrk, round %d" % (i + 1))
            turn(base, inside, i, found)
    finally:
        holder.kill()
        holder.wait()
    rows = [("nginx behind the bridge, wrk -c16", "plain veth, requests/s",
             "jail, requests/s", "ratio", "goal", "instructions a request",
             "jail, instructions a request")]
    for file, text in ("small", "100 bytes"), ("large", "1 MiB"):
        rows.append(row_of(text, [found[file, name] for name in PLACES]))
    return table(*rows)


def measure_network(_):
    title = "## A sandbox on a bridge, medians of %d" % (
        ROUNDS * (STARTS if ROUNDS > 1 else 2))
    if os.geteuid() != 0:
        return title + "\n\nas root alone"
    base = tempfile.mkdtemp(prefix="jail-bench.")
    os.chmod(base, 0o755)
    with open(f"{base}/all.profile", "w", encoding="utf-8") as file:
        file.write("seccomp.drop reboot\n")
    try:
        with own_network():
            return "\n\n".join([title, measure_starts(base),
                                measure_passing(base)])
    finally:
        shutil.rmtree(base)
