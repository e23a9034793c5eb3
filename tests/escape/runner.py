# SPDX-License-Identifier: MIT
"""runner: tries each row of attempts.txt and calls.txt and prints TAP.

    usage: runner.py user|root [NAME...]

Each attempt is first made outside, where it has to succeed as a witness outside
judges; then inside, in each mode of its row, where it must not; and something
harmless of the same kind is made inside, so that a failure is not that of a
sandbox in which nothing works. What cannot be shown outside is "not proven", a
skip; it still must not succeed inside.
"""
import os
import signal
import subprocess
import sys
import termios
import time
import tty
import fcntl

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage as stages  # noqa: E402
import extras  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD") or os.path.join(HERE, "../../build")
JAIL = os.environ.get("JAIL") or os.path.join(BUILD, "jail")
DONE, BROKEN, REFUSED = 0, 1, 10
ALL_CAPS = (
    "chown,dac_override,dac_read_search,fowner,fsetid,kill,setgid,setuid,"
    "setpcap,linux_immutable,net_bind_service,net_broadcast,net_admin,net_raw,"
    "ipc_lock,ipc_owner,sys_module,sys_rawio,sys_chroot,sys_ptrace,sys_pacct,"
    "sys_admin,sys_boot,sys_nice,sys_resource,sys_time,sys_tty_config,mknod,"
    "lease,audit_write,audit_control,setfcap,mac_override,mac_admin,syslog,"
    "wake_alarm,block_suspend,audit_read,perfmon,bpf,checkpoint_restore")
MODES = {"w": "walls", "c": "all capabilities", "d": "dangerous layer",
         "l": "list", "t": "training"}


def numbers():
    """The calls of x86_64, by name."""
    found = {}
    with open(os.path.join(HERE, "../../base/syscalls.tsv")) as file:
        for line in file:
            parts = line.split("\t")
            if line[0] != "#" and len(parts) > 4 and parts[1] != "-":
                found[parts[0]] = int(parts[1])
    return found


CALLS = numbers()


class Row:
    def __init__(self, line):
        (self.name, self.threat, self.who, self.control, self.modes,
         self.calls, self.witness, self.alive, options,
         self.attempt) = [part.strip() for part in line.split("|")]
        self.options = [] if options == "-" else options.split()
        self.calls = [] if self.calls == "-" else self.calls.split(",")
        if "P1EXE" in self.witness:
            self.options.append("victimexe")
        if "/tmp/suid" in self.attempt:
            self.options.append("suid")
        if "$HOME/esc " in self.attempt:
            self.options.append("noexecprogram")


def lines(name):
    """The lines of a file beside this one that say something."""
    with open(os.path.join(HERE, name)) as file:
        for line in file:
            if line.strip() and line[0] != "#":
                yield line


def rows():
    for line in lines("attempts.txt"):
        yield Row(line)
    for line in lines("calls.txt"):
        name, who, *args = line.split()
        yield Row("call_%s | 59 | %s | plain | dl | %s | self | "
                  "child /tmp/alive | - | call %d %s" % (
                      name, "both" if who == "user" else "root", name,
                      CALLS[name], " ".join(args)))


# The stage may cover the folder that this is in.
ROWS = list(rows())


class Attempt:
    """One attempt made: what the program ended with, and its witness said."""
    def __init__(self, status, output, happened, errors):
        self.status, self.output = status, output
        self.happened, self.errors = happened, errors

    def __str__(self):
        word = {0: "done", 10: "refused", 159: "SIGSYS",
                -signal.SIGSYS: "SIGSYS"}.get(self.status,
                                              "status %s" % self.status)
        return word + (", and it happened" if self.happened else "")


class Runner:
    def __init__(self, who):
        self.who = who
        self.stage = stages.Stage(who, JAIL,
                                  os.path.join(BUILD, "tests/escape"))
        self.alive = {}
        self.count = self.failed = 0
        self.make_template()
        self.stage.open_ipc()

    def make_template(self):
        stage = self.stage
        stage.reset([])
        subprocess.run(["/opt/bin/jail", "add", "--quiet", "x", "read"],
                       env=self.environment([]), **stage.as_user(),
                       check=True, cwd=stage.home)
        with open(stage.names["STORE"], "rb") as file:
            stage.template = file.read()

    # ---- how it is run

    def environment(self, options):
        stage = self.stage
        env = {"PATH": "/opt/bin:/usr/bin:/bin", "HOME": stage.home,
               "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": stage.runtime}
        if "noruntime" in options:
            del env["XDG_RUNTIME_DIR"]
        for name in "ASAN_OPTIONS", "UBSAN_OPTIONS":
            if name in os.environ:
                env[name] = os.environ[name]
        for option in options:
            if option.startswith("db="):
                env["JAIL_DB"] = option[3:]
        return env

    def outside(self, row, attempt):
        """The command of the control."""
        command = ["/opt/bin/esc"] + attempt
        names = self.stage.names
        prepare = {"masked": "mount -t tmpfs none %s" % names["HIDDEN"],
                   "fixed": "mount --bind -o ro %s %s" % (names["FIXED"],
                                                          names["FIXED"])}
        kind = row.control.split()[0]
        if kind == "chroot":
            return ["/usr/sbin/chroot", "/opt/chroot", "/esc"] + attempt
        if self.stage.root:
            wrap = ["unshare", "--mount"]
        elif kind != "plain":
            wrap = ["unshare", "--user", "--map-current-user", "--keep-caps",
                    "--mount"]
        else:
            return command
        if kind in prepare:
            command = ["sh", "-c", prepare[kind] + ' && exec "$@"',
                       "sh"] + command
        return wrap + command

    def inside(self, row, mode, attempt):
        """The command that jails it."""
        home = self.stage.home
        jail = home + "/bin/jail" if "ownjail" in row.options else \
            "/opt/bin/jail"
        keep = set(CALLS) - set(row.calls if mode == "l" else [])
        listed = ",".join(sorted(keep))
        command = [jail, "learn" if mode == "t" else "enforce", "--quiet",
                   "--name=esc", "--blacklist=%s/hidden/deep" % home,
                   "--blacklist=%s/hidden/file" % home,
                   "--read-only=%s/fixed" % home]
        command += [self.stage.expand(option) for option in row.options
                    if option.startswith("--")]
        if mode != "t":
            command.append("--seccomp.keep=" + listed)
        if mode not in ("t", "d"):
            command.append("--seccomp.allow-dangerous=" + listed)
        if mode == "c":
            command.append("--caps.keep=" + ALL_CAPS)
        return command + ["--", "/opt/bin/esc"] + attempt

    def run(self, command, options):
        if "tty" in options:
            return self.run_terminal(command, options)
        fds = {}
        if "leak" in options:
            top = os.open("/", os.O_RDONLY)
            fds = {"close_fds": False, "preexec_fn": lambda: leak(top)}
        elif "leaksocket" in options:
            ours, theirs = stages.socket.socketpair()
            self.stage.listeners["leak"] = ours
            fds = {"pass_fds": [theirs.fileno()]}
        elif "group" in options:
            fds = {"process_group": self.stage.victim.pid}
        stdin = os.open("/" if "stdinfolder" in options else "/dev/null",
                        os.O_RDONLY)
        cwd = next((self.stage.expand(option[4:]) for option in options
                    if option.startswith("cwd=")), self.stage.home)
        done = subprocess.run(
            command, stdin=stdin, capture_output=True, cwd=cwd,
            env=self.environment([self.stage.expand(o) for o in options]),
            timeout=20, check=False, **fds, **self.stage.as_user())
        os.close(stdin)
        if "leak" in options:
            os.close(top)
        elif "leaksocket" in options:
            theirs.close()
            ours.setblocking(False)
        return (done.returncode, done.stdout.decode(errors="replace"),
                done.stderr.decode(errors="replace"))

    def run_terminal(self, command, options):
        """With a terminal of its own; its echo is the output."""
        master, slave = os.openpty()
        tty.setraw(slave)
        mode = termios.tcgetattr(slave)
        mode[3] |= termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, mode)
        os.chown(os.ttyname(slave), self.stage.uid, self.stage.uid)
        process = subprocess.Popen(
            command, stdin=slave, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.stage.home,
            env=self.environment(options), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            **self.stage.as_user())
        errors = process.communicate(timeout=20)[1].decode()
        os.set_blocking(master, False)
        os.close(slave)
        try:
            echo = os.read(master, 4096).decode(errors="replace")
        except OSError:
            echo = ""
        os.close(master)
        return process.returncode, echo, errors

    def attempt(self, row, mode):
        """Makes the attempt, outside if MODE is None."""
        stage = self.stage
        stage.reset([stage.expand(option) for option in row.options])
        needs = row.attempt + row.witness
        if any("$" + name in needs for name in ("VICTIM", "P1")) or \
                row.witness in ("mark", "slowed"):
            own = "victimexe" in row.options
            stage.start_victim(stage.home + "/victim" if own
                               else "/opt/bin/esc")
        stage.names["P1"] = "1" if mode else stage.names["VICTIM"]
        stage.names["P1EXE"] = stage.home + ("/bin/jail" if mode
                                             else "/victim")
        words = stage.expand(row.attempt).split()
        command = self.inside(row, mode, words) if mode else \
            self.outside(row, words)
        status, output, errors = self.run(command, row.options)
        happened = self.happened(row, status, output)
        return Attempt(status, output, happened, errors)

    def happened(self, row, status, output):
        kind, _, rest = self.stage.expand(row.witness).partition(" ")
        if kind == "self":
            return status == DONE
        if kind == "reads":
            return self.stage.token in output
        if kind == "says":
            return rest in output
        if kind == "pushed":
            return "pushed" in output
        if kind == "makes":
            return os.path.lexists(rest)
        if kind == "gone":
            return not os.path.lexists(rest)
        if kind == "writes":
            # Not where it is told in a store what was run.
            text = content(rest)
            return self.stage.text in text and len(text) < 100
        if kind == "hears":
            expected = "leaked" if rest == "leak" else self.stage.text
            return expected in self.stage.heard(rest)
        if kind == "slowed":
            return os.getpriority(os.PRIO_PROCESS, self.stage.victim.pid) > 0
        if kind == "hostname":
            return os.uname().nodename == rest
        if kind == "mark":
            time.sleep(0.015)
            return os.path.exists("/opt/marks/mark")
        raise ValueError(row.witness)

    # ---- what came of it

    def is_alive(self, row):
        """Whether the harmless deed works inside; why not."""
        key = (row.alive, tuple(row.options))
        if key not in self.alive:
            harmless = Row("alive | - | both | plain | w | - | self | - | - |"
                           + row.alive)
            harmless.options = [option for option in row.options
                                if option != "stdinfolder"]
            made = self.attempt(harmless, "w")
            self.alive[key] = "" if made.status == DONE else \
                "%s: %s" % (made, made.errors.strip())
        return self.alive[key]

    def judge(self, row):
        """(problems, why it is not proven or '', notes)"""
        problems, notes, unproven = [], [], ""
        kind, _, why = row.control.partition(" ")
        if kind in ("none", "limit"):
            unproven = why
        else:
            made = self.attempt(row, None)
            if made.status != DONE or not made.happened:
                unproven = "outside: %s %s" % (made, made.errors.strip())
        if kind == "limit":
            held = [mode for mode in row.modes
                    if not self.attempt(row, mode).happened]
            return (["no limit any more: %s" % held] if held else []), \
                "a known limit: " + why, ()
        for mode in "" if os.environ.get("CONTROLS") else row.modes:
            made = self.attempt(row, mode)
            notes.append("%s: %s" % (MODES[mode], made))
            if made.happened:
                problems.append("%s: IT HAPPENED (%s)" % (MODES[mode], made))
            elif made.status == 125 and "stdinfolder" in row.options:
                notes.append("refused to start")
            elif made.status not in (DONE, REFUSED, 159, -signal.SIGSYS):
                problems.append("%s: %s: %s" % (MODES[mode], made,
                                                made.errors.strip()))
        dead = "" if os.environ.get("CONTROLS") else self.is_alive(row)
        if dead:
            problems.append("inside nothing works: %s: %s" % (row.alive, dead))
        return problems, unproven, notes

    def report(self, name, problems, unproven="", notes=()):
        self.count += 1
        title = "%s: %s" % (self.who, name)
        if problems:
            self.failed += 1
            print("not ok %d - %s" % (self.count, title))
            for problem in problems:
                print("# " + problem.replace("\n", "\n# "))
        elif unproven:
            print("ok %d - %s # skip not proven: %s" % (
                self.count, title, " ".join(unproven.split())))
        else:
            print("ok %d - %s" % (self.count, title))
        if os.environ.get("VERBOSE"):
            print("#     " + "; ".join(notes))
        sys.stdout.flush()

    def all(self, wanted):
        for row in ROWS:
            if row.who not in ("both", self.who) or \
                    (wanted and row.name not in wanted):
                continue
            try:
                self.report("%s (T%s)" % (row.name, row.threat),
                            *self.judge(row))
            except subprocess.TimeoutExpired:
                self.report(row.name, ["it took too long"])
        for name, test in extras.TESTS:
            if not wanted or name.split()[0] in wanted:
                self.report(name, *test(self))
        print("1..%d" % self.count)
        return self.failed


def leak(top):
    """What a careless caller leaves open: the root, at every number."""
    for fd in range(3, 1024):
        if fd != top:
            os.dup2(top, fd)


def content(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("user", "root"):
        sys.exit(__doc__)
    if os.geteuid() != 0:
        print("1..0 # skip needs root, to set the stage")
        sys.exit(0)
    # The stage covers /etc, /var, /home.
    if os.readlink("/proc/self/ns/mnt") == os.readlink(
            "/proc/%d/ns/mnt" % os.getppid()):
        sys.exit("the mounts would be those of the machine; start it by "
                 "user.tap or root.tap")
    # SIGCONT for everybody reaches a whole session, whoever sends it (kill(2)):
    # so the attempts of the user, and those of root beside them, have one each.
    if os.getpid() != os.getpgid(0):
        os.setsid()
    # Ended by a signal, it cleans up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    runner = Runner(sys.argv[1])
    try:
        sys.exit(1 if runner.all(sys.argv[2:]) else 0)
    finally:
        runner.stage.close()
