# SPDX-License-Identifier: MIT
"""How much some sessions say about the rest: the estimate against truth.

Each session of sessions.txt is learned once, with --full. What all sessions of
a program saw is its truth; 3, 5 or 10 of them, drawn many times, estimate it.
Then all are learned again as later sessions are, for what show says of both.
"""
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from common import HERE, JAIL, ROUNDS, free_port, median, progress, table

DRAWS = 1000 if ROUNDS > 1 else 100
COUNTS = 3, 5, 10
DRAW = JAIL.parent / "tests/draws"
LIMIT = 20			# seconds that a session may take


class Program:
    def __init__(self, words):
        self.name, self.command = words[0], words[1:]
        self.setup, self.client, self.sessions = [], "", []


def read_programs():
    """Those of sessions.txt, with what is in every folder in front."""
    programs = []
    for line in (HERE / "sessions.txt").read_text().splitlines():
        if line.startswith("= "):
            programs.append(Program(line[2:].split()))
            programs[-1].setup += programs[0].setup
        elif line.startswith("< "):
            programs[-1].setup.append(line[2:])
        elif line.startswith("> "):
            programs[-1].client = line[2:]
        elif line and not line.startswith("#"):
            programs[-1].sessions.append(line)
    return [program for program in programs if program.sessions]


# ---- one session ---------------------------------------------------------

def split(program, line, folder, url):
    """Its words, its standard input, and what a client does meanwhile."""
    line = line.replace("$U", url).replace("$PWD", str(folder))
    line, _, client = line.partition(">> ")
    if program.command[-1] in ("-c", "-e"):
        return [line], "/dev/null", client
    line, _, stdin = line.partition(" <")
    return shlex.split(line), stdin or "/dev/null", client


def shell(line, folder, **more):
    return subprocess.run(["sh", "-c", line], cwd=folder, timeout=LIMIT,
                          stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **more)


def serve(program, client, folder, process):
    """Does what a client does, and asks a server to end."""
    try:
        shell("%s\n%s" % (program.client, client), folder)
    except subprocess.TimeoutExpired:
        pass
    process.send_signal(signal.SIGTERM)


def finish(process):
    """What it printed; nothing, if it stopped itself or does not end."""
    try:
        return process.communicate(timeout=LIMIT + 10)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]


def learn(program, line, store, url, *options):
    """The calls of a session: number -> how often it was made."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jail-session."))
    environment = dict(os.environ, U=url, HOME=str(folder))
    shell("\n".join(program.setup), folder, env=environment)
    words, stdin, client = split(program, line, folder, url)
    with open(folder / stdin, "rb") as given:
        process = subprocess.Popen(
            ["timeout", str(LIMIT), JAIL, "learn", "--json", "--quiet",
             "--no-sandbox", *options, "--db", store, "--name", program.name,
             "--", *program.command, *words], cwd=folder, stdin=given,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, start_new_session=True)
        if client:
            serve(program, client, folder, process)
        out = finish(process)
    shutil.rmtree(folder, ignore_errors=True)
    # A program need not end its last line.
    start = out.rfind(b'{"program":')
    if start < 0:
        return {}
    calls = json.loads(out[start:])["calls"]
    return {call["number"]: call["calls"] for call in calls
            if call["arch"] == "x86_64"}


# ---- a program -----------------------------------------------------------

def web_server(place):
    """The files of a folder over HTTP, for what fetches them."""
    folder = place.dir / "web"
    folder.mkdir(exist_ok=True)
    for name in "n.txt", "m.txt", "noise":
        (folder / name).write_bytes(os.urandom(5000))
    (folder / "d").mkdir(exist_ok=True)
    port = free_port()
    server = subprocess.Popen(
        ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
         str(port)], cwd=folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    return server, "http://127.0.0.1:%d" % port


def matrix_of(program, store, url):
    """What each session called; those that did not run are left out."""
    progress("%s: %d sessions" % (program.name, len(program.sessions)))
    found = [learn(program, line, store, url, "--full")
             for line in program.sessions]
    return [calls for calls in found if calls]


def draws(matrix, count, *options):
    """See draws.c; a list of lists of numbers."""
    text = "\n".join(" ".join("%d:%d" % pair for pair in calls.items())
                     for calls in matrix)
    out = subprocess.run([DRAW, str(count), str(DRAWS), *options],
                         input=text + "\n", text=True, check=True,
                         stdout=subprocess.PIPE).stdout
    return [[float(word) for word in line.split()]
            for line in out.splitlines()]


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def row(name, matrix, count, *options):
    truth = len(set().union(*matrix))
    rows = draws(matrix, count, *options)
    return (name, len(matrix), truth, count,
            "%.2f" % median(r[0] / truth for r in rows),
            "%.1f %%" % (100 * mean(r[2] <= truth <= r[3] for r in rows)),
            "%.1f %%" % (100 * mean(r[3] < truth for r in rows)),
            "%.1f %%" % (100 * mean(r[2] > truth for r in rows)),
            "%.2f" % median((r[0] + r[1]) / truth for r in rows),
            "%.2f" % median(r[4] / truth for r in rows),
            "%.0f" % median(r[3] - r[2] for r in rows),
            "%.2f, %.2f" % (mean(r[5] for r in rows),
                            mean(r[7] for r in rows)),
            "%.2f, %.2f" % (mean(r[6] for r in rows),
                            mean(r[7] > 0 for r in rows)))


HEAD = ("", "sessions", "calls of all", "drawn", "seen, of all", "held",
        "too low", "too high", "estimated, of all",
        "expected after all, of all", "width", "next: expected, came",
        "any: chance, came")


def measure(matrices, *options):
    """Of later sessions the means alone: they differ by next to nothing."""
    rows = [row(name, matrix, count, *options)
            for name, matrix in matrices.items() for count in COUNTS]
    shown_rows = [] if options else list(rows)
    for count in COUNTS:
        part = [r for r in rows if r[3] == count]
        shown_rows.append(("**all, mean**", "", "", count) + tuple(
            "%.2f" % mean(float(r[i]) for r in part) if "%" not in part[0][i]
            else "%.1f %%" % mean(float(r[i][:-2]) for r in part)
            for i in range(4, 11)) + ("", ""))
    return table(HEAD, *shown_rows)


# ---- all sessions, as show has them --------------------------------------

def shown(store, name):
    out = subprocess.run([JAIL, "show", "--json", "--db", store, name],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)["estimate"]


def row_shown(name, store, kind):
    e = shown(store, name)
    return (name, kind, e["sessions"], e["observed"], e["once"], e["twice"],
            "%.1f" % e["missing"], "%.0f-%.0f" % (e["low"], e["high"]))


def learn_both(program, place, url, matrices):
    """The matrix, and a row of what show says of either store."""
    full, later = place.store(), place.store()
    matrices[program.name] = matrix_of(program, full, url)
    for line in program.sessions:
        learn(program, line, later, url)
    return [row_shown(program.name, full, "--full"),
            row_shown(program.name, later, "later sessions")]


def measure_complete(place):
    only = (os.environ.get("ONLY") or "").split()
    server, url = web_server(place)
    matrices, rows = {}, []
    try:
        for program in read_programs():
            if not only or program.name in only:
                rows += learn_both(program, place, url, matrices)
    finally:
        server.terminate()
        server.wait()
    return ("## How complete: the estimate against all sessions\n\n"
            "Medians and shares of %d draws.\n\n" % DRAWS +
            measure(matrices) +
            "\n\nThe same, where later sessions looked only for calls that "
            "had been seen seldom:\n\n" + measure(matrices, "partly") +
            "\n\nAll sessions of a program, learned once with --full and "
            "once as later sessions are, as show has them:\n\n" +
            table(("", "", "sessions", "calls", "seen once", "twice",
                   "missing", "low-high"), *rows))
