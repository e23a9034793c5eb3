# SPDX-License-Identifier: MIT
"""A sandbox on a bridge: its start, address probe included, and what passes
through its cable, beside a network namespace with a cable like it. All in a
network namespace of the measuring's own."""
import contextlib
import ctypes
import os
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

@contextlib.contextmanager
def server(base, name, prefix):
    path = f"{base}/{name}.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONF.format(base=base, name=name))
    with subprocess.Popen([*prefix, "nginx", "-p", base, "-c", path],
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


def requests(address, file):
    """Requests a second, and bytes."""
    out = subprocess.run(["wrk", "-t1", "-c16", f"-d{SECONDS}s",
                          f"http://{address}:8080/{file}"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    if "Socket errors" in out or "Non-2xx" in out:
        raise RuntimeError(out)
    for line in out.splitlines():
        if line.startswith("Requests/sec:"):
            return float(line.split()[1])
    raise RuntimeError(out)


def await_server(address):
    for _ in range(200):
        if subprocess.run(["curl", "-so", "/dev/null", "--max-time", "1",
                           f"http://{address}:8080/small"],
                          check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"no server at {address}")


def measure_passing(base):
    for name, size in ("small", 100), ("large", 1 << 20):
        with open(f"{base}/{name}", "wb") as file:
            file.write(b"x" * size)
    holder, inside = plain(base)
    sandbox = jail(base, "--net=br0", "--ip=10.10.20.7",
                   "--caps.keep=setuid,setgid,chown,dac_override")
    found = {}
    try:
        with server(base, "plain", inside), server(base, "jail", sandbox):
            await_server("10.10.20.8")
            await_server("10.10.20.7")
            for i in range(ROUNDS):
                progress("network: wrk, round %d" % (i + 1))
                for file in "small", "large":
                    for address in "10.10.20.8", "10.10.20.7":
                        found.setdefault((file, address), []).append(
                            requests(address, file))
    finally:
        holder.kill()
        holder.wait()
    rows = [("nginx behind the bridge, wrk -c16", "plain veth, requests/s",
             "jail, requests/s", "ratio", "goal")]
    for file, text in ("small", "100 bytes"), ("large", "1 MiB"):
        bare, jailed = (median(found[file, address])
                        for address in ("10.10.20.8", "10.10.20.7"))
        rows.append((text, "%.0f" % bare, "%.0f" % jailed,
                     "%.3f" % (jailed / bare), ">= %.2f: %s" % (
                         THROUGHPUT, verdict(jailed / bare >= THROUGHPUT))))
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
