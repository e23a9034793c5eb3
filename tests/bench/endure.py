# SPDX-License-Identifier: MIT
"""A minute of load on servers in their shipped profiles, beside bare ones.

The bare one and the one in jail are alive together, and take turns of a second
or two: what disturbs the machine disturbs both. Looked at are what they get
done and the CPU time that it takes, jail's own memory after the first turn and
after the last, and whether anything was refused.
"""
import json
import os
import pathlib
import shutil
import subprocess
import time

from common import HERE, JAIL, LIMIT, ROUNDS, median, progress, \
    table, verdict
from servers import Nginx, Redis
from tasks import fields

GOAL = 0.95
GROWTH = 64			# KiB
MINUTE = 60 if ROUNDS > 1 else 4
TURN = 2 if ROUNDS > 1 else 1
WORLD = HERE.parent / "real" / "hostile" / "world.sh"


# ---- jail's own processes -----------------------------------------------

def children(pid):
    out = []
    for task in pathlib.Path("/proc/%d/task" % pid).glob("*/children"):
        out += map(int, task.read_text().split())
    return out


def tree(pid):
    found = [pid]
    for child in found:
        try:
            found += children(child)
        except OSError:
            continue
    return found


def of_jail(pid):
    """Those of PID and below it that are jail's: the supervisor, and what is
    process 1 in the sandbox."""
    found = []
    for one in tree(pid):
        try:
            if os.path.basename(os.readlink("/proc/%d/exe" % one)) == "jail":
                found.append(one)
        except OSError:
            continue
    return found


def memory(pid):
    """KiB that jail's own processes have."""
    found = of_jail(pid)
    if len(found) < 2:
        raise RuntimeError("jail has %d processes" % len(found))
    return sum(fields(pathlib.Path("/proc/%d/smaps_rollup" % one))["Rss"]
               for one in found)


def used(pid):
    """Seconds of CPU time that all at PID and below it have had."""
    total = 0
    for one in tree(pid):
        for task in pathlib.Path("/proc/%d/task" % one).glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def denials(store, name):
    out = subprocess.run([JAIL, "show", "--json", "--db", store, name],
                         check=True, stdout=subprocess.PIPE).stdout
    return sum(one["count"] for one in json.loads(out)["denials"])


def prefer(pid):
    """Over what else the machine does. Each session has a share of its own
    (sched(7), autogroup)."""
    for one in tree(pid):
        try:
            pathlib.Path("/proc/%d/autogroup" % one).write_text("-15")
        except OSError:
            continue


# ---- servers ------------------------------------------------------------

class Running:
    """One server, started by WRAP(its command), in a session of its own as any
    program of jail's that has no terminal."""

    def __init__(self, server, wrap):
        self.server = server
        self.process = subprocess.Popen(
            wrap(server.command()), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True)
        server.wait(self.process)

    def turn(self, part=1):
        return self.server.load(part)

    def pid(self):
        return self.process.pid

    def end(self):
        self.process.terminate()
        if self.process.wait(timeout=LIMIT) != 0:
            raise RuntimeError("%s: status %d" % (self.server.name,
                                                  self.process.returncode))


class Folder:
    def __init__(self, path):
        path.mkdir()
        self.dir = path


class Workers(Nginx):
    """As root starts it: what works is another user's."""
    name = "nginx under wrk"
    program = "nginx"
    seconds = TURN

    def __init__(self, place):
        super().__init__(place)
        conf = self.dir / "nginx.conf"
        conf.write_text(conf.read_text().replace("user root;",
                                                 "user www-data;"))

    def command(self):
        return ["nginx", *super().command()[1:]]


class Store(Redis):
    name = "redis-server under redis-benchmark"
    program = "redis-server"
    requests = 175000 * TURN	# of each kind: near TURN seconds for both

    def command(self):
        return [*super().command(), "--loglevel", "warning"]


def jailed(verb, store):
    return lambda command: [JAIL, verb, "--quiet", "--db", store, "--",
                            *command]


def pair(place, kind):
    """A bare server and one in jail, and what tells what was refused."""
    store = place.store()
    trained = kind(Folder(place.dir / (kind.program + "-trained")))
    for _ in range(3):
        running = Running(trained, jailed("learn", store))
        running.turn(0.2)
        if kind is Workers:
            running.process.send_signal(1)
            time.sleep(0.3)
        running.turn(0.2)
        running.end()
    return (Running(kind(Folder(place.dir / (kind.program + "-bare"))),
                    lambda command: command),
            Running(kind(Folder(place.dir / (kind.program + "-jail"))),
                    jailed("enforce", store)),
            lambda: denials(store, kind.program))


# ---- a shell ------------------------------------------------------------

SSHD = """
set -e
mkdir /run/sshd home/.ssh
for key in host mine; do ssh-keygen -q -t ed25519 -N '' -f $key; done
cp mine.pub home/.ssh/authorized_keys
chown -R 64324:64324 home
chmod 755 . home
shell=$1
cat /etc/passwd >changed
sed -n 's|^wanderer:\\(.*:\\).*|bare:\\1/bin/bash|p' changed >>/etc/passwd
sed -n 's|^wanderer:\\(.*:\\).*|jailed:\\1'"$shell|p" changed >>/etc/passwd
printf '%s\\n' 'bare:*:19000:0:99999:7:::' 'jailed:*:19000:0:99999:7:::' \\
	>>/etc/shadow
cat >sshd_config <<END
ListenAddress 127.0.0.1:2222
HostKey $PWD/host
AuthorizedKeysFile $PWD/home/.ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
END
echo ready
exec /usr/sbin/sshd -D -f "$PWD/sshd_config"
"""


class Sshd:
    def __init__(self, place):
        self.dir = place.dir / "ssh"
        self.dir.mkdir()
        shutil.copy(JAIL, self.dir / "jail")
        self.process = subprocess.Popen(
            ["sh", WORLD, "bash", "-c", SSHD, "sshd", self.dir / "jail"],
            cwd=self.dir, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("sshd does not start")
        self.store = self.dir / "home" / ".local" / "share" / "jail" / "jail.db"

    def ssh(self, user, *words, **options):
        return subprocess.Popen(
            ["nsenter", "-t", str(self.process.pid), "-n", "-m", "ssh", "-T",
             "-F", "none", "-p", "2222", "-i", self.dir / "mine",
             "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
             "-o", "UserKnownHostsFile=/dev/null", user + "@127.0.0.1",
             *words], **options)

    def await_it(self):
        for _ in range(100):
            if self.ssh("bare", "true", stderr=subprocess.DEVNULL).wait() == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("sshd does not answer")

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=LIMIT)


BLOCK = bytes(1 << 18)


class Transfer:
    """A command that a user runs by ssh, with a stream to it or from it, which
    rests between its turns."""

    def __init__(self, sshd, user, upwards):
        self.sshd, self.upwards = sshd, upwards
        self.jailed = user == "jailed"
        self.process = sshd.ssh(
            user, "cat >/dev/null" if upwards else "cat /dev/zero",
            stdin=subprocess.PIPE if upwards else subprocess.DEVNULL,
            stdout=subprocess.PIPE, bufsize=0)

    def turn(self, part=1):
        """Megabytes a second."""
        moved, begun = 0, time.monotonic()
        while time.monotonic() - begun < TURN * part:
            if self.upwards:
                moved += os.write(self.process.stdin.fileno(), BLOCK)
            else:
                moved += len(os.read(self.process.stdout.fileno(),
                                     len(BLOCK)))
        return moved / (time.monotonic() - begun) / 1e6

    def pid(self):
        """The part of sshd that serves it: one has jail below it."""
        found = [one for one in children(self.sshd.process.pid)
                 if bool(of_jail(one)) == self.jailed]
        if len(found) != 1:
            raise RuntimeError("sshd has %d sessions" % len(found))
        return found[0]

    def end(self):
        if self.upwards:
            self.process.stdin.close()
        else:
            self.process.stdout.close()
        self.process.wait(timeout=LIMIT)


# ---- measuring ----------------------------------------------------------

class Endured:
    def __init__(self, name, bare, inside, refused):
        self.name = name
        self.rates = {"bare": [], "jail": []}
        self.costs = {"bare": [], "jail": []}	# seconds of CPU time each
        both = {"bare": bare, "jail": inside}
        for one in both.values():
            one.turn(0.5)
            prefer(one.pid())
        turns = max(2, MINUTE // TURN)
        for turn in range(turns):
            progress("servers: %s, turn %d of %d" % (name, turn + 1, turns))
            for key in sorted(both, reverse=turn % 2 == 1):
                self.one(key, both[key])
            if turn == 0:
                self.first = memory(inside.pid())
        self.last = memory(inside.pid())
        bare.end()
        inside.end()
        self.refused = refused()

    def one(self, key, running):
        pid = running.pid()
        before, begun = used(pid), time.monotonic()
        rate = running.turn()
        done = rate * (time.monotonic() - begun)
        self.rates[key].append(rate)
        self.costs[key].append((used(pid) - before) / done)

    def row(self):
        ratios = [b / a for a, b in zip(self.rates["bare"],
                                        self.rates["jail"])]
        costs = [b / a for a, b in zip(self.costs["bare"],
                                       self.costs["jail"])]
        growth = self.last - self.first
        return (self.name, "%.0f" % median(self.rates["bare"]),
                "%.0f" % median(self.rates["jail"]),
                "%.3f, >= %.2f: %s" % (median(ratios), GOAL, verdict(
                    median(ratios) >= GOAL)),
                "%.2f-%.2f" % (min(ratios), max(ratios)),
                "%.3f" % median(costs),
                "%d: %s" % (self.refused, verdict(self.refused == 0)),
                self.first, "%+d, <= %d: %s" % (
                    growth, GROWTH, verdict(growth <= GROWTH)))


def shells(place):
    """Streams to and from a shell, a user's login shell being jail."""
    sshd = Sshd(place)
    try:
        sshd.await_it()
        for upwards in True, False:
            yield Endured(
                "a shell by ssh, %s: MB/s" % (
                    "what comes in" if upwards else "what goes out"),
                Transfer(sshd, "bare", upwards),
                Transfer(sshd, "jailed", upwards),
                lambda: denials(sshd.store, "login-shell")
                if sshd.store.exists() else 0)
    finally:
        sshd.end()


def measure_servers(place):
    if os.geteuid() != 0:
        return "## Servers\n\nNot measured: only root can start them."
    place.dir.chmod(0o711)
    prefer(os.getpid())
    found = [Endured(kind.name + ": requests/s", *pair(place, kind))
             for kind in (Workers, Store)]
    found += shells(place)
    return "\n\n".join([
        "## Servers in their profiles, a minute of load each",
        "Bare and in jail by turns of %d s; the ratio is the median of the "
        "turns'. Memory is that of jail's own processes, in KiB." % TURN,
        table(("", "bare", "in jail", "ratio, goal", "spread",
               "CPU time for as much: ratio", "refused",
               "RSS of jail after a turn", "growth"),
              *(one.row() for one in found))])
