#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""usage: as_systemd.py UNIT

Executes the ExecStart of a unit under those of its settings that can be had
without systemd: user, capabilities, mask, and what systemd makes a seccomp
filter of, by libseccomp. A setting that is neither carried out nor listed below
is an error.
"""
import ctypes
import errno
import os
import pwd
import shlex
import socket
import subprocess
import sys

KILL, ALLOW = 0x80000000, 0x7fff0000
EPERM, ENOSYS, EAFNOSUPPORT = 0x00050001, 0x00050026, 0x00050061
EQUAL, AT_LEAST, MASKED = 4, 5, 7	# SCMP_CMP_EQ, GE, MASKED_EQ
AF_MAX = 46
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38

# What has to do with the unit's life, and what other namespaces would take.
PASSED_OVER = """Type NotifyAccess ExecStart ExecReload KillMode KillSignal TimeoutStopSec
Restart StateDirectory StateDirectoryMode RuntimeDirectory RuntimeDirectoryMode
LimitNOFILE PrivateDevices PrivateTmp ProtectHome ProtectSystem ReadWritePaths
ProtectClock ProtectKernelModules RestrictRealtime
LockPersonality SystemCallArchitectures Group""".split()

LISTS = "SystemCallFilter", "RestrictAddressFamilies"


class Compared(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
libc = ctypes.CDLL(None, use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p


def must(result, what):
    if result < 0:
        sys.exit("as_systemd: %s: %d" % (what, result))


class Filter:
    def __init__(self, default):
        self.made = ctypes.c_void_p(seccomp.seccomp_init(
            ctypes.c_uint32(default)))

    def rule(self, action, name, *compared):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number == -1:
            sys.exit("as_systemd: no call %s" % name)
        must(seccomp.seccomp_rule_add_array(
            self.made, ctypes.c_uint32(action), number, len(compared),
            (Compared * len(compared))(*compared)), name)

    def load(self):
        must(seccomp.seccomp_load(self.made), "seccomp_load")


def always():
    out = subprocess.run(["systemd-analyze", "syscall-filter", "@default"],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.strip() for line in out.splitlines()[1:]
            if line.strip() and line.strip()[0] not in "#@"]


def action(name):
    """SystemCallErrorNumber=, or an errno behind a call."""
    return 0x00050000 | (getattr(errno, name, None) or int(name))


def calls_only(lists, default):
    """SystemCallFilter=: the first list decides that it is of what is allowed;
    calls with an errno are taken off it (seccomp_parse_syscall_filter())."""
    names = {name: ALLOW for name in always()}
    for line in lists:
        for word in line.removeprefix("~").split():
            name, _, code = word.partition(":")
            if seccomp.seccomp_syscall_resolve_name(name.encode()) == -1:
                sys.exit("as_systemd: no call %s" % name)
            if not line.startswith("~"):
                names[name] = ALLOW
            elif code:
                names[name] = action(code)
            else:
                names.pop(name, None)
    made = Filter(default)
    for name, what in names.items():
        if seccomp.seccomp_syscall_resolve_name(name.encode()) != -1 and \
                what != default:
            made.rule(what, name)
    made.load()


def families_only(lists):
    """RestrictAddressFamilies=: a list of what is allowed, "none" is empty."""
    words = {word for line in lists for word in line.split()} - {"none"}
    if any(word.startswith("~") for word in words):
        sys.exit("as_systemd: what is %s?" % words)
    allowed = {getattr(socket, word) for word in words}
    made = Filter(ALLOW)
    for family in set(range(AF_MAX)) - allowed:
        made.rule(EAFNOSUPPORT, "socket", Compared(0, EQUAL, family, 0))
    made.rule(EAFNOSUPPORT, "socket", Compared(0, AT_LEAST, AF_MAX, 0))
    made.load()


def no_code_that_is_written():
    made = Filter(ALLOW)
    made.rule(EPERM, "mmap", Compared(2, MASKED, 6, 6))
    for name in "mprotect", "pkey_mprotect":
        made.rule(EPERM, name, Compared(2, MASKED, 4, 4))
    made.rule(EPERM, "shmat", Compared(2, MASKED, 0o100000, 0o100000))
    made.load()


def no_sxid_bits():
    """openat2(2) has its mode where no filter sees it."""
    made = Filter(ALLOW)
    made.rule(ENOSYS, "openat2")
    for bit in 0o4000, 0o2000:
        for name, at in ("chmod", 1), ("fchmod", 1), ("fchmodat", 2), \
                ("mkdir", 1), ("mkdirat", 2), ("mknod", 1), ("mknodat", 2):
            made.rule(EPERM, name, Compared(at, MASKED, bit, bit))
    made.load()


def no_namespaces():
    made = Filter(ALLOW)
    made.rule(ENOSYS, "clone3")
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000,
                 0x20000000, 0x40000000):
        for name in "clone", "unshare":
            made.rule(EPERM, name, Compared(0, MASKED, flag, flag))
    made.rule(EPERM, "setns")
    made.load()


def keep_capabilities(names):
    capng = ctypes.CDLL("libcap-ng.so.0")
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    kept = {capng.capng_name_to_capability(
        name.removeprefix("CAP_").lower().encode()) for name in names}
    if -1 in kept:
        sys.exit("as_systemd: no such capability in: %s" % names)
    for number in set(range(last + 1)) - kept:
        must(libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), "the bounding set")


def settings(path):
    """Lists are lists of their lines; an empty one begins anew."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("["):
                section = line
            elif line and line[0] != "#" and section == "[Service]":
                name, value = line.split("=", 1)
                if name in LISTS:
                    found.setdefault(name, []).append(value)
                    found[name] = found[name] if value else []
                else:
                    found[name] = value
    return found


def become(name):
    user = pwd.getpwnam(name)
    os.environ.update(HOME=user.pw_dir, LOGNAME=name, USER=name,
                      SHELL=user.pw_shell)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def yes(unit, name):
    return unit.pop(name, "no") == "yes"


def main():
    unit = settings(sys.argv[1])
    words = shlex.split(unit["ExecStart"])
    calls = unit.pop("SystemCallFilter", [])
    default = action(unit.pop("SystemCallErrorNumber")) \
        if "SystemCallErrorNumber" in unit else KILL
    families = unit.pop("RestrictAddressFamilies", None)
    os.umask(int(unit.pop("UMask", "022"), 8))
    if "CapabilityBoundingSet" in unit:
        keep_capabilities(unit.pop("CapabilityBoundingSet").split())
    if "User" in unit:
        become(unit.pop("User"))
    if yes(unit, "NoNewPrivileges"):
        must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if yes(unit, "MemoryDenyWriteExecute"):
        no_code_that_is_written()
    if yes(unit, "RestrictSUIDSGID"):
        no_sxid_bits()
    if yes(unit, "RestrictNamespaces"):
        no_namespaces()
    if set(unit) - set(PASSED_OVER):
        sys.exit("as_systemd: what is %s?" % (set(unit) - set(PASSED_OVER)))
    if families is not None:
        families_only(families)
    if calls:
        calls_only(calls, default)
    os.execv(words[0], words)


main()
