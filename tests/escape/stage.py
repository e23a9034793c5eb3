# SPDX-License-Identifier: MIT
"""stage: the machine as the attempts find it.

Everything that an attempt could spoil lies on file systems of the runner's own
mount namespace: /home, /opt, /run, /tmp, /var, /dev/shm; /etc has a layer of its
own. They are made anew before each attempt, and are gone with the runner, as are
its IPC and its host name. Files are
never deleted one by one: what an attempt has mounted there stays untouched.
"""
import ctypes
import fcntl
import os
import re
import secrets
import select
import socket
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2
LOOP_SET_FD, LOOP_SET_STATUS64, LOOP_CTL_GET_FREE = 0x4C00, 0x4C04, 0x4C82
LO_FLAGS_AUTOCLEAR = 4
DISK_ID = b"a disk of a test"


def mount(source, target, kind, flags=0, data=""):
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags,
                  data.encode()) < 0:
        raise OSError(ctypes.get_errno(), "mount " + target)


def handle_of(path):
    """What name_to_handle_at(2) says: "TYPE BYTES"."""
    raw = ctypes.create_string_buffer(8 + 128)
    ctypes.c_uint.from_buffer(raw).value = 128
    number = ctypes.c_int()
    if libc.name_to_handle_at(-100, path.encode(), raw,
                              ctypes.byref(number), 0) < 0:
        raise OSError(ctypes.get_errno(), "name_to_handle_at " + path)
    size = ctypes.c_uint.from_buffer(raw).value
    kind = ctypes.c_int.from_buffer(raw, 4).value
    return "%d %s" % (kind, raw.raw[8:8 + size].hex())


class Stage:
    def __init__(self, who, jail, escape):
        self.root = who == "root"
        self.uid = 0 if self.root else 64330
        self.token = "token-" + secrets.token_hex(8)
        self.text = "text-" + secrets.token_hex(8)
        self.unique = "escape-%d-%d" % (os.getpid(), self.uid)
        self.home = "/home/esc"
        self.runtime = "/run/user/%d" % self.uid
        self.data = "/var/lib" if self.root else self.home + "/.local/share"
        self.victim = None
        self.listeners = {}
        self.binaries = {"jail": open(jail, "rb").read(),
                         "esc": open(escape, "rb").read()}
        self.template = b""
        for folder in "/opt", "/home", "/run", "/tmp", "/var", "/dev/shm":
            mount("none", folder, "tmpfs", 0, "mode=1777"
                  if folder == "/dev/shm" else "mode=755")
        self.layer("/etc")
        mount("none", "/usr/games", "tmpfs", 0, "mode=755")
        # A terminal of the user's, with somebody else on it.
        self.terminal = os.openpty()
        os.chown(os.ttyname(self.terminal[1]), self.uid, self.uid)
        self.fill_opt()
        self.variables()

    def layer(self, folder):
        """Changes of FOLDER go to a file system of our own."""
        mount("none", "/media", "tmpfs")
        os.mkdir("/media/upper")
        os.mkdir("/media/work")
        # What others have in /etc/jail meanwhile is not seen.
        os.mkdir("/media/upper/jail", 0o755)
        os.setxattr("/media/upper/jail", "trusted.overlay.opaque", b"y")
        mount("none", folder, "overlay", 0, "lowerdir=%s,upperdir=/media/upper"
              ",workdir=/media/work" % folder)
        libc.umount2(b"/media", MNT_DETACH)

    def put(self, path, content="", mode=None, own=True):
        """A file, or a folder if CONTENT is None."""
        parent = os.path.dirname(path)
        if not os.path.isdir(parent):
            self.put(parent, None, 0o755, own)
        mode = mode or (0o755 if content is None else 0o644)
        if content is None:
            os.mkdir(path)
        else:
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes)
                           else content.encode())
        if own:
            os.chown(path, self.uid, self.uid)
        os.chmod(path, mode)

    def fill_opt(self):
        self.put("/opt/bin/jail", self.binaries["jail"], 0o755, False)
        self.put("/opt/bin/esc", self.binaries["esc"], 0o755, False)
        self.put("/opt/bin/suid", self.binaries["esc"], 0o4755, False)
        self.put("/opt/bin/fcap", self.binaries["esc"], 0o755, False)
        # cap_dac_override, permitted and effective, revision 2.
        os.setxattr("/opt/bin/fcap", "security.capability", bytes.fromhex(
            "01000002" "02000000" "00000000" "00000000" "00000000"))
        self.put("/opt/root-only", self.token, 0o600, False)
        self.put("/opt/sub", None, 0o755, False)
        mount("none", "/opt/sub", "tmpfs", 0, "mode=755")
        self.put("/opt/marks", None)
        # A root that holds nothing but the attempts.
        self.put("/opt/chroot/esc", self.binaries["esc"], 0o755, False)
        self.put("/opt/chroot/tmp", None, 0o777, False)

    def variables(self):
        home = self.home
        try:
            disk, self.disk = loop_disk()
        except OSError:
            disk = "/dev/null"
        self.names = {
            "HOME": home, "HIDDEN": home + "/hidden/deep",
            "SECRET": home + "/hidden/deep/secret",
            "HIDDENFILE": home + "/hidden/file", "LINK": home + "/link",
            "FIXED": home + "/fixed", "DATA": self.data,
            "STORE": self.data + "/jail/jail.db", "RUNTIME": self.runtime,
            "ESC": "/opt/bin/esc", "SUID": "/opt/bin/suid",
            "FCAP": "/opt/bin/fcap",
            "TEXT": self.text, "UID": str(self.uid), "UNIQUE": self.unique,
            "ABSTRACT": self.unique, "QUEUE": "/" + self.unique,
            "KEY": str(0x4a000000 + os.getpid()), "DISK": disk,
            "DISKNO": str(os.stat(disk).st_rdev), "DISKID": DISK_ID.hex(),
            "ROOTHANDLE": root_handle(), "HANDLE": "", "VICTIM": "",
            "ADDRESS": "", "P1": "", "P1EXE": "", "PORT": "", "SHMID": "",
            "PTS": os.ttyname(self.terminal[1])}

    def expand(self, text):
        return re.sub(r"\$([A-Z0-9]+)", lambda m: self.names[m.group(1)], text)

    # ---- made anew before each attempt

    def reset(self, options):
        for folder in "/home", "/tmp", "/run", "/var":
            libc.umount2(folder.encode(), MNT_DETACH)
            mount("none", folder, "tmpfs", 0,
                  "mode=1777" if folder == "/tmp" else "mode=755")
        self.fill_home(options)
        self.fill_others(options)
        socket.sethostname("machine")
        self.names["HANDLE"] = handle_of(self.names["SECRET"])
        self.listen()
        for path in ("/opt/canary", "/opt/sub/canary"):
            self.put(path, "canary")
        for path in ("/etc/escape-made", "/etc/cron.d/escape-made",
                     "/etc/jail/escape-made", "/usr/games/made",
                     "/dev/shm/" + self.unique, "/opt/marks/mark"):
            if os.path.lexists(path):
                os.unlink(path)
        self.put("/dev/shm/" + self.unique, self.token, 0o600)
        with open("/proc/sys/kernel/core_pattern", "r+") as file:
            if self.text in file.read():
                file.seek(0)
                file.write("core")

    def fill_home(self, options):
        home, secret = self.home, self.token
        self.put(home, None, 0o755)
        for name in ("plain", "listed", "free/x", "fixed/canary",
                     ".gitconfig", ".bashrc", ".local/bin/x", "bin/x",
                     "data/x", ".config/x", ".config/dconf/user",
                     ".config/openbox/autostart"):
            self.put(home + "/" + name, "canary")
        for name in "hidden/deep/secret", "hidden/file", "hidden2/secret":
            self.put(home + "/" + name, secret, 0o600)
        self.put(home + "/fixed/sub", None)
        if "nosub" not in options:
            mount("none", home + "/fixed/sub", "tmpfs")
        self.put(home + "/fixed/sub/canary", "canary")
        os.symlink("hidden/deep", home + "/link")
        os.symlink("hidden2/secret", home + "/link2")
        if "nossh" not in options:
            self.put(home + "/.ssh/id_rsa", secret, 0o600)
        if "noautostart" not in options:
            self.put(home + "/.config/autostart", None)
        if "noprofiles" not in options:
            self.put(home + "/.config/jail/x.profile", "# " + secret + "\n")
        for name in "esc", "default", "server":
            self.put(home + "/planted/%s.profile" % name,
                     "noblacklist %s\nignore blacklist\n" % home)

    def replace_by_link(self, path):
        os.makedirs(self.home + "/free/kept", exist_ok=True)
        os.rename(path, self.home + "/free/kept/it")
        os.symlink(self.home + "/free/kept/it", path)
        for made in (path, self.home + "/free/kept"):
            os.lchown(made, self.uid, self.uid)

    def fill_others(self, options):
        for folder in "lib", "tmp", "log", "cache":
            self.put("/var/" + folder, None, 0o755, False)
        self.put(self.runtime, None, 0o700)
        if "nostore" not in options and self.template:
            self.put(self.data + "/jail", None, 0o700)
            self.put(self.names["STORE"], self.template, 0o600)
        for option in options:
            if option.startswith("link="):
                self.replace_by_link(self.home + "/" + option[5:])
            if option.startswith("db="):
                self.put(option[3:], self.template, 0o600)
        if "ownjail" in options:
            self.put(self.home + "/bin/jail", self.binaries["jail"], 0o755)
        if "victimexe" in options:
            self.put(self.home + "/victim", self.binaries["esc"], 0o755)
        if "suid" in options:
            self.put("/tmp/suid", self.binaries["esc"], 0o4755, False)
        if "noexecprogram" in options:
            self.put(self.home + "/esc", self.binaries["esc"], 0o755)

    def listen(self):
        """Servers outside, by name."""
        for server in self.listeners.values():
            server.close()
        places = {
            "tmp": "/tmp/socket", "home": self.home + "/socket",
            "hidden": self.names["HIDDEN"] + "/socket",
            "run": "/run/escape/socket", "docker": "/run/docker.sock",
            "bus": self.runtime + "/bus",
            "systemd": self.runtime + "/systemd/private",
            "gpg": self.runtime + "/gnupg/S.gpg-agent",
            "ssh": "/tmp/ssh-x/agent.1",
            "tmux": "/tmp/tmux-%d/default" % self.uid,
            "abstract": "\0" + self.unique}
        self.listeners = {}
        for name, place in places.items():
            if place[0] == "/" and not os.path.isdir(os.path.dirname(place)):
                self.put(os.path.dirname(place), None)
            server = socket.socket(socket.AF_UNIX)
            server.bind(place)
            server.listen(8)
            if place[0] == "/":
                os.chmod(place, 0o666)
            self.listeners[name] = server
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        server.bind("\0%s-d" % self.unique)
        self.listeners["datagram"] = server
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        self.names["PORT"] = str(server.getsockname()[1])
        self.listeners["loopback"] = server

    def heard(self, name):
        """What came to the server of NAME."""
        server, text = self.listeners[name], b""
        if name == "leak":  # a pair, whose other end was left open
            try:
                return server.recv(4096).decode()
            except BlockingIOError:
                return ""
        while select.select([server], [], [], 0)[0]:
            if server.type == socket.SOCK_DGRAM:
                text += server.recv(4096)
                continue
            peer = server.accept()[0]
            if select.select([peer], [], [], 0.2)[0]:
                text += peer.recv(4096)
            peer.close()
        return text.decode(errors="replace")

    # ---- what lives outside

    def start_victim(self, binary):
        self.end_victim()
        mark = "/opt/marks/mark"
        if os.path.lexists(mark):
            os.unlink(mark)
        self.victim = subprocess.Popen(
            [binary, "victim", mark, "/opt/root-only", str(self.uid)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=self.home,
            process_group=0, env={"TOKEN": self.token})
        self.names["ADDRESS"] = self.victim.stdout.readline().decode().strip()
        self.names["VICTIM"] = str(self.victim.pid)

    def end_victim(self):
        if self.victim:
            self.victim.kill()
            self.victim.wait()
            self.victim.stdin.close()
            self.victim.stdout.close()
        self.victim = None

    def as_user(self):
        return {} if self.root else {"user": self.uid, "group": self.uid,
                                     "extra_groups": []}

    def tool(self, *args):
        """One of the attempts' own helpers, as the user, outside."""
        done = subprocess.run(["/opt/bin/esc", *args], capture_output=True,
                              **self.as_user(), check=True)
        return done.stdout.decode().strip()

    def open_ipc(self):
        self.names["SHMID"] = self.tool("ipc_make", self.names["KEY"],
                                        self.token, self.names["QUEUE"])
        self.tool("key_make", self.unique, self.token)

    def close(self):
        self.end_victim()
        for name in self.unique, self.unique + "-planted":
            subprocess.run(["/opt/bin/esc", "key_drop", name],
                           capture_output=True, **self.as_user(), check=False)


def loop_disk():
    """A disk: a loop device on a file that holds a known text where ext4 has
    its identifier. It is gone with the runner's last hold on it."""
    with open("/opt/disk", "wb") as file:
        file.truncate(1 << 20)
        file.seek(0x468)
        file.write(DISK_ID)
    with open("/dev/loop-control") as control:
        number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
    path = "/dev/loop%d" % number
    with open("/opt/disk", "rb+") as file, open(path, "rb+") as loop:
        fcntl.ioctl(loop, LOOP_SET_FD, file.fileno())
        info = bytearray(232)
        info[52] = LO_FLAGS_AUTOCLEAR
        fcntl.ioctl(loop, LOOP_SET_STATUS64, info)
        return path, os.dup(loop.fileno())


def root_handle():
    """A handle of the root of the file system that / lies on: inode 2."""
    try:
        return handle_of("/")
    except OSError:
        return "1 0200000000000000"
