# SPDX-License-Identifier: MIT
"""extras: what does not fit a row of attempts.txt. Each test takes the runner
and returns (problems, why it is not proven or '', notes)."""
import os
import re
import subprocess
import time


def status_of(path):
    """The lines of a status file of /proc."""
    try:
        with open(path) as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file
                        if ":\t" in line)
    except OSError:
        return {}


def members(argument):
    """The processes with ARGUMENT on their command line that are in another
    PID namespace than we are."""
    own = os.readlink("/proc/self/ns/pid")
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                if argument.encode() in file.read().split(b"\0") and \
                        os.readlink("/proc/%s/ns/pid" % name) != own:
                    yield name
        except OSError:
            pass


class Line:
    """A row's place for what is run here."""
    def __init__(self, options=()):
        self.options, self.calls = list(options), []


def every_task(runner):
    """T16: each task of the sandbox has the filter, no_new_privs, no
    capability; as the kernel says it outside."""
    runner.stage.reset([])
    unique = "%d" % (1500 + os.getpid() % 997)
    command = runner.inside(Line(), "w", ["tasks", unique])
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=runner.environment([]),
        cwd=runner.stage.home, **runner.stage.as_user())
    process.stdout.readline()
    time.sleep(0.1)
    problems, filters, tasks = [], set(), 0
    for pid in members(unique):
        first = status_of("/proc/%s/status" % pid).get(
            "NSpid", "").split("\t")[-1] == "1"
        for task in os.listdir("/proc/%s/task" % pid):
            status = status_of("/proc/%s/task/%s/status" % (pid, task))
            wanted = {"Seccomp": "2", "NoNewPrivs": "1"}
            wanted.update((name, "0" * 16) for name in (
                "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
            for name, value in wanted.items():
                if status.get(name) != value:
                    problems.append("task %s%s: %s: %s" % (
                        task, " (init)" if first else "", name,
                        status.get(name)))
            if not first:
                tasks += 1
                filters.add(status.get("Seccomp_filters"))
    errors = process.communicate(timeout=20)[1].decode()
    if tasks != 6:
        problems.append("%d tasks instead of 6: %s" % (tasks, errors))
    if len(filters) > 1:
        problems.append("different filters: %s" % filters)
    return problems, "", ()


def arguments(runner):
    """T48: arguments come as they are."""
    words = ["--", "--output=/tmp/x", "-c", "$(id)", "`id`", "a b", "a\nb", "",
             ";", "'", "../x", "\\", "@all", "~", "*", "\x01\x7f"]
    runner.stage.reset([])
    status, output, errors = runner.run(
        runner.inside(Line(), "w", ["arguments"] + words), [])
    expected = "".join(word.encode().hex() + "\n" for word in words)
    if output != expected:
        return ["status %d: %s\n%s" % (status, output, errors)], "", ()
    return [], "", ()


def capabilities_work(runner):
    """With every capability there are capabilities: the attempts made with them
    are none of a process without."""
    problems = []
    for attempt in (["mount", "tmpfs", "/tmp/t", "/tmp/t/made"],
                    ["chroot", runner.stage.home + "/plain", "/tmp/c"],
                    ["unshare", "0x20000"], ["caps_back"]):
        runner.stage.reset([])
        status, _, errors = runner.run(
            runner.inside(Line(), "c", attempt), [])
        if status != 0:
            problems.append("%s: status %d: %s" % (attempt[0], status, errors))
    return problems, "", ()


def poisoned(runner):
    """T61: a program that makes dangerous calls while it is trained does not
    get them by that."""
    stage, problems = runner.stage, []
    for attempt in (["key_read", stage.unique], ["listener"],
                    ["unshare", "0x10000000"]):
        stage.reset([])
        jail = ["/opt/bin/jail"]
        tail = ["--quiet", "--name=poisoned", "--", "/opt/bin/esc"] + attempt
        trained, _, errors = runner.run(jail + ["learn"] + tail, [])
        if trained == 125:
            return ["training: " + errors], "", ()
        status, output, errors = runner.run(jail + ["enforce"] + tail, [])
        if status not in (10, 159) or stage.token in output:
            problems.append("%s: status %d, %s%s" % (attempt[0], status,
                                                     output, errors))
    return problems, "", ()


def swapped(runner):
    """T36: a folder of the user becomes a link to another and back, while root
    starts a program with directives about it. Nothing is made or opened up
    where the link leads."""
    if not runner.stage.root:
        return [], "only root's launches are worth an attack", ()
    runner.stage.reset([])
    home, put = runner.stage.home, runner.stage.put
    put(home + "/race/dir/kept", "x")
    os.makedirs("/opt/elsewhere", exist_ok=True)
    put("/opt/elsewhere/kept", "canary")
    os.symlink("/opt/elsewhere", home + "/race/link")
    for name in "/race", "/race/dir", "/race/dir/kept", "/race/link":
        os.lchown(home + name, 64331, 64331)
    race = home + "/race/dir"
    swapper = subprocess.Popen(
        ["/opt/bin/esc", "swap", race, home + "/race/link"],
        stdin=subprocess.PIPE, user=64331, group=64331, extra_groups=[])
    kinds = [["--read-write=" + race], ["--tmpfs=" + race],
             ["--mkdir=%s/made" % race], ["--mkfile=%s/made" % race],
             ["--bind=%s,%s" % (home + "/free", race)],
             ["--whitelist=" + race], ["--private=" + race],
             ["--private-cwd=" + race], ["--blacklist=%s/kept" % race]]
    problems, seen = set(), {}
    for i in range(270):
        kind = kinds[i % len(kinds)][0]
        command = runner.inside(
            Line([kind]), "w",
            ["write", "/opt/elsewhere/kept", runner.stage.text])
        status, _, errors = runner.run(command, [])
        seen[status] = seen.get(status, 0) + 1
        if status not in (10, 125):
            problems.add("%s: status %d: %s" % (kind, status, errors))
        if os.listdir("/opt/elsewhere") != ["kept"] or \
                open("/opt/elsewhere/kept").read() != "canary":
            problems.add("%s: outside: %s" % (kind,
                                              os.listdir("/opt/elsewhere")))
            put("/opt/elsewhere/kept", "canary")
            made = "/opt/elsewhere/made"
            if os.path.isdir(made):
                os.rmdir(made)
            elif os.path.lexists(made):
                os.unlink(made)
    if swapper.poll() is not None:
        problems.add("nothing was swapped")
    swapper.kill()
    swapper.wait()
    swapper.stdin.close()
    if seen.get(10, 0) < 20:
        problems.add("too few launches succeeded: %s" % seen)
    return sorted(problems), "", ["%s" % seen]


def same_terminal(runner):
    """T5: the terminal is left as it was, in its settings and its owner."""
    import fcntl
    import termios
    runner.stage.reset([])
    master, slave = os.openpty()
    os.chown(os.ttyname(slave), runner.stage.uid, runner.stage.uid)
    before = termios.tcgetattr(slave), os.fstat(slave)
    subprocess.run(runner.inside(Line(), "w", ["tasks", "20"]), stdin=slave,
                   capture_output=True, env=runner.environment([]),
                   cwd=runner.stage.home, start_new_session=True, check=False,
                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                   **runner.stage.as_user())
    again = os.open(os.ttyname(slave), os.O_RDWR | os.O_NOCTTY)
    after = termios.tcgetattr(again), os.fstat(again)
    for fd in master, slave, again:
        os.close(fd)
    problems = []
    if before[0] != after[0]:
        problems.append("settings: %s, %s" % (before[0], after[0]))
    for name in "st_uid", "st_gid", "st_mode":
        if getattr(before[1], name) != getattr(after[1], name):
            problems.append(name + " has changed")
    return problems, "", ()


def own_secrets(runner):
    """T76: what holds secrets in the variables does not come in."""
    runner.stage.reset([])
    env = runner.environment([])
    env.update({"SSH_AUTH_SOCK": "/x", "GITHUB_TOKEN": "t", "LD_PRELOAD": "",
                "AWS_SECRET_ACCESS_KEY": "k", "KEPT": "x"})
    done = subprocess.run(
        runner.inside(Line(), "w", ["read", "/proc/self/environ"]), env=env,
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
        cwd=runner.stage.home, **runner.stage.as_user())
    names = re.findall(r"(?:^|\0)([A-Za-z_]+)=", done.stdout.decode())
    problems = ["%s came in" % name for name in (
        "SSH_AUTH_SOCK", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY")
        if name in names]
    if "HOME" not in names:
        problems.append("status %d: %s" % (done.returncode,
                                           done.stderr.decode()))
    return problems, "", names


def open_descriptors(runner):
    """T29: the program has its standard files and nothing else."""
    runner.stage.reset([])
    _, output, errors = runner.run(
        runner.inside(Line(), "w", ["list", "/proc/self/fd"]), [])
    if sorted(output.split()) != ["0", "1", "2", "3"]:
        return ["%s%s" % (output, errors)], "", ()
    return [], "", ()


TESTS = [
    ("open_descriptors (T29)", open_descriptors),
    ("every_task (T16)", every_task),
    ("arguments (T48)", arguments),
    ("capabilities_work", capabilities_work),
    ("poisoned (T61)", poisoned),
    ("swapped_while_starting (T36)", swapped),
    ("same_terminal (T5)", same_terminal),
    ("own_secrets (T76)", own_secrets),
]
