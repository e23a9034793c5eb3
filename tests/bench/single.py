# SPDX-License-Identifier: MIT
"""The smallest things: the start of a program, and a call."""
import subprocess

from common import LIMIT, ROUNDS, TOOLS, learn, median, progress, seconds, \
    table, verdict

START_GOAL = 3.0		# ms that `enforce true` may take over `true`
CALL_GOAL = 1.02		# of a call under a filter that allows all


def measure_start(place):
    """What a session costs by itself, the store's flushes to disk included."""
    progress("start")
    trained, command = place.store(), ["/bin/true"]
    for _ in range(3):
        seconds(learn(trained, command))
    times = {key: [] for key in TOOLS}
    for _ in range(100 if ROUNDS > 1 else 5):
        for key, tool in TOOLS.items():
            store = place.copy(trained) if tool.trained else place.store()
            times[key].append(seconds(tool.wrap(store, command)) * 1e3)
            place.drop(store)
    native = median(times["native"])
    rows = [("", "ms", "over native", "goal for enforce")]
    for key, tool in TOOLS.items():
        over = median(times[key]) - native
        rows.append((tool.name, "%.2f" % median(times[key]),
                     "%.2f" % over if key != "native" else "",
                     "<= %.0f ms: %s" % (START_GOAL, verdict(
                         over <= START_GOAL)) if key == "enforce" else ""))
    return "## Start of /bin/true, medians of %d\n\n" % len(
        times["native"]) + table(*rows)


def nanoseconds(command):
    """What calls.c says that a call took."""
    out = subprocess.run(command, stdin=subprocess.DEVNULL, check=True,
                         stdout=subprocess.PIPE, text=True,
                         timeout=LIMIT).stdout
    return float(out.split()[1])


def measure_calls(place):
    """Beside no filter: the least that any filter costs."""
    command = [place.calls, "0", "10000000", "idle"]
    store = place.store()
    for _ in range(3):
        seconds(learn(store, [place.calls, "0", "1", "idle"]))
    found = {"no filter": [], "the least filter": [], "jail enforce": [],
             "jail learn, a later session": []}
    for i in range(max(ROUNDS, 9) if ROUNDS > 1 else 1):
        progress("calls: round %d" % (i + 1))
        copy = place.copy(store)
        for times, run in zip(found.values(), (
                command, [*command[:-1], "allow"],
                TOOLS["enforce"].wrap(copy, command), learn(copy, command))):
            times.append(nanoseconds(run))
        place.drop(copy)
    free, least, *_ = (median(times) for times in found.values())
    rows = [("", "ns", "ratio to none", "ratio to the least", "goal")]
    for i, (name, times) in enumerate(found.items()):
        part = median(times) / least
        rows.append((name, "%.2f" % median(times),
                     "%.3f" % (median(times) / free) if i else "",
                     "%.3f" % part if i > 1 else "",
                     "<= %.2f: %s" % (CALL_GOAL, verdict(part <= CALL_GOAL))
                     if i > 1 else ""))
    return "## A call on the whitelist (getppid)\n\n" + table(*rows)
