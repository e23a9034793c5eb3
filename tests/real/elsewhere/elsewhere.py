#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lists that were learned on one system, used on another.

usage: elsewhere.py JAIL TREE [PROGRAM...]

TREE is the root of another Debian. The program everyday lies in its /usr/bin,
and in the folder where this runs; there beside it everyday-musl. Each work of
works.txt is done without jail, learned, here and there, and then enforced under
the list of the other system: once with nothing but the list and a denial that
lets pass, which tells how much a list rots, and once as a user has it, where a
denial kills. Works that Busybox can do are done by it, too, under the list of
this system's tool; and everyday.c, linked with musl, under the list of what is
linked with this system's libc.

Prints a line a program, tab-separated: its name, calls of the list of here and
of there, then for here -> there, there -> here, here -> static: denials with
the list alone, denials as it is used, and the works whose output or status was
another one. The status is 1 if any of the last two is not 0.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.realpath(__file__))
REDIS = """
redis-server --port 0 --unixsocket $PWD/sock --save '' --daemonize no >log &
until redis-cli -s sock ping >pong 2>&1 && grep -q PONG pong; do sleep 0.1; done
redis-cli -s sock set a 1
redis-cli -s sock incr a
redis-cli -s sock bgsave
sleep 0.2
redis-cli -s sock shutdown nosave
wait
"""


class System:
    """Where programs run: the host's tree, or another one."""

    def __init__(self, jail, tree, work):
        self.jail, self.tree, self.work = jail, tree, work
        self.bin = "/usr/bin/everyday" if tree else os.getcwd() + "/everyday"
        self.store = tempfile.mkdtemp(prefix="store-", dir=os.getcwd())

    def prepare(self):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work + "/tree/below")
        os.mkdir(self.work + "/out")
        with open(self.work + "/numbers", "w") as file:
            file.writelines(f"{n * 7919 % 5003}\n" for n in range(5000))
        with open(self.work + "/text", "w") as file:
            file.write("one a\ntwo c\nthree b\n" * 40)
        with open(self.work + "/serve-redis", "w") as file:
            file.write(REDIS)
        for name in ("x.c", "y.c", "below/z.h"):
            with open(self.work + "/tree/" + name, "w") as file:
                file.write("one\n")
        shutil.copy(self.work + "/numbers", self.work + "/copied")
        subprocess.run(
            "tar --mtime=@1700000000 -cf made.tar tree; gzip -c numbers >made.gz;"
            "md5sum numbers text >sums;"
            "sqlite3 made.db 'create table t (a); insert into t values (1)'",
            shell=True, cwd=self.work, check=True)
        subprocess.run("find . -exec touch -d @1700000000 {} +", shell=True,
                       cwd=self.work, check=True)

    def place(self):
        """The options that make it this system."""
        if self.tree:
            inside = self.work[len(self.tree):]
            return [f"--chroot={self.tree}", f"--private-cwd={inside}",
                    f"--read-write={inside}"]
        return []

    def run(self, words, store=None):
        env = dict(os.environ, LC_ALL="C", HOME="/root", TZ="UTC",
                   PATH="/usr/sbin:/usr/bin:/sbin:/bin")
        if store:
            env["JAIL_DB"] = store
        result = subprocess.run(words, cwd=self.work, env=env, timeout=60,
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return result

    def bare(self, words):
        if self.tree:
            inside = self.work[len(self.tree):]
            words = ["chroot", self.tree, "sh", "-c", 'cd "$0" && exec "$@"',
                     inside, *words]
        return self.run(words)

    def under(self, verb, name, store, words, *options):
        return self.run([self.jail, verb, f"--name={name}", "--quiet",
                         *self.place(), *options, "--", *words], store)


def works():
    """(program, whether Busybox can, its command lines) of works.txt."""
    with open(HERE + "/works.txt") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    for paragraph in text.strip().split("\n\n"):
        name, *lines = paragraph.strip().split("\n")
        yield name.split()[0], "[static]" in name, lines


def words_of(system, line, static=False):
    inside = system.work[len(system.tree):] if system.tree else system.work
    words = shlex.split(line.replace("$PWD", inside))
    if words[0] == "env":
        del words[0]
    if words[0] == "everyday":
        return [system.bin + "-musl" * static, *words[1:]]
    return ["busybox", *words] if static else words


def calls_of(system, name, store):
    listed = system.run([system.jail, "export", "--format=list", name], store)
    return len(listed.stdout.splitlines())


def denied(system, store):
    shown = system.run([system.jail, "list", "--json"], store)
    return sum(json.loads(line)["denials"]
               for line in shown.stdout.splitlines())


def forbidden(system, name, store):
    shown = system.run([system.jail, "show", "--json", name], store)
    return sorted({d["name"] for d in json.loads(shown.stdout)["denials"]})


def learn(system, name, lines):
    """What each line prints, and the store with the list."""
    store = f"{system.store}/{name}.db"
    system.prepare()
    bare = [system.bare(words_of(system, line)) for line in lines]
    system.prepare()
    for line, was in zip(lines, bare):
        got = system.under("learn", name, store, words_of(system, line))
        check(f"learned: {line}", was, got)
    return bare, store


def check(what, was, got):
    """Whether it went as it did without jail."""
    same = (was.returncode, was.stdout) == (got.returncode, got.stdout) or \
        (was.returncode < 0 and got.returncode == 128 - was.returncode)
    if not same:
        print(f"{what}: {was.returncode} {was.stdout[-200:]!r}, then "
              f"{got.returncode} {got.stdout[-200:]!r} {got.stderr[-300:]!r}",
              file=sys.stderr)
    return same


def enforce(system, name, lines, bare, store, static=False):
    """Denials with the list alone, as it is used, and works gone wrong."""
    counts, wrong = [], 0
    for options in (["--seccomp.siblings=off", "--deny=log"], []):
        copy = f"{system.store}/enforced-{len(counts)}.db"
        shutil.copy(store, copy)
        system.prepare()
        for line, was in zip(lines, bare):
            words = words_of(system, line, static)
            got = system.under("enforce", name, copy, words, *options)
            if not options:
                wrong += not check(f"enforced: {line}", was, got)
        counts.append(denied(system, copy))
        if counts[-1]:
            print(f"{name}, {' '.join(options) or 'as used'}, in "
                  f"{system.tree or 'the host'}{' busybox' * static}: "
                  f"{' '.join(forbidden(system, name, copy))}",
                  file=sys.stderr)
        os.unlink(copy)
    return counts + [wrong]


def row_of(jail, tree, work):
    """The line of a program, and whether all is as it should be."""
    name, static, lines = work
    here = System(jail, "", f"{os.getcwd()}/work-{name}")
    there = System(jail, tree, f"{tree}/srv/work-{name}")
    bare_here, list_here = learn(here, name, lines)
    bare_there, list_there = learn(there, name, lines)
    row = [enforce(there, name, lines, bare_there, list_here),
           enforce(here, name, lines, bare_here, list_there)]
    if static:
        here.prepare()
        bare = [here.bare(words_of(here, line, True)) for line in lines]
        row.append(enforce(here, name, lines, bare, list_here, True))
    return "\t".join(
        [name, str(calls_of(here, name, list_here)),
         str(calls_of(there, name, list_there)),
         *("/".join(map(str, counts)) for counts in row)]), \
        not any(any(counts[1:]) for counts in row)


def main():
    jail, tree = (os.path.realpath(path) for path in sys.argv[1:3])
    wanted = [work for work in works()
              if work[0] in (sys.argv[3:] or [work[0]])]
    failed = False
    # Mostly a program waits for jail, or jail for it.
    with ThreadPoolExecutor(3) as pool:
        for row, good in pool.map(lambda work: row_of(jail, tree, work),
                                  wanted):
            print(row, flush=True)
            failed |= not good
    return failed


if __name__ == "__main__":
    sys.exit(main())
