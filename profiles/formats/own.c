/* SPDX-License-Identifier: MIT */
/*
 * What a consumer itself calls between the filter and the program: without
 * these it starts nothing. They stay open to the program, which is said.
 * tests/bats/containers.bats starts containers with them alone.
 */
#include "profiles/formats/formats.h"

/* The flags of a thread as Go makes it. */
#define THREAD 0x50f00

/* runc 1.1.5, which is written in Go, and crun 1.8.1, for any user, with or
 * without noNewPrivileges, at once (run) and in two steps (create, start), as
 * podman starts containers. */
const struct formats_own formats_own_oci[] = {
	{ "capget", "runc", 0, { 0 } },
	{ "capset", "runc and crun", 0, { 0 } },
	{ "chdir", "runc", 0, { 0 } },
	{ "clone", "runc", 1, { THREAD } },
	{ "close", "runc", 0, { 0 } },
	{ "epoll_create1", "runc", 0, { 0 } },
	{ "epoll_ctl", "runc", 0, { 0 } },
	{ "epoll_pwait", "runc", 0, { 0 } },
	{ "eventfd2", "runc", 0, { 0 } },
	{ "execve", "runc and crun", 0, { 0 } },
	{ "faccessat2", "runc", 0, { 0 } },
	{ "fchown", "runc", 0, { 0 } },
	{ "fcntl", "runc", 0, { 0 } },
	{ "fstat", "runc", 0, { 0 } },
	{ "fstatfs", "runc", 0, { 0 } },
	{ "futex", "runc", 0, { 0 } },
	{ "getcwd", "runc", 0, { 0 } },
	{ "getdents64", "runc", 0, { 0 } },
	{ "getpid", "runc", 0, { 0 } },
	{ "getppid", "runc", 0, { 0 } },
	{ "gettid", "runc", 0, { 0 } },
	{ "madvise", "runc", 0, { 0 } },
	{ "mmap", "runc", 2, { 0, 3 } },
	{ "munmap", "runc", 0, { 0 } },
	{ "nanosleep", "runc", 0, { 0 } },
	{ "newfstatat", "runc", 0, { 0 } },
	{ "openat", "runc", 0, { 0 } },
	{ "pipe2", "runc", 0, { 0 } },
	{ "prctl", "runc and crun", 0, { 0 } },
	{ "pselect6", "crun", 0, { 0 } },
	{ "read", "runc and crun", 0, { 0 } },
	{ "rt_sigaction", "runc and crun", 0, { 0 } },
	{ "rt_sigprocmask", "runc and crun", 0, { 0 } },
	{ "sched_yield", "runc", 0, { 0 } },
	{ "setgid", "runc", 0, { 0 } },
	{ "setgroups", "runc", 0, { 0 } },
	{ "setresgid", "crun", 0, { 0 } },
	{ "setresuid", "crun", 0, { 0 } },
	{ "setuid", "runc", 0, { 0 } },
	{ "sigaltstack", "runc", 0, { 0 } },
	{ "tgkill", "runc", 0, { 0 } },
	{ "write", "runc", 0, { 0 } },
	{ NULL, NULL, 0, { 0 } },
};

/* Whoever installs the filter and then executes the program. */
const struct formats_own formats_own_exec[] = {
	{ "execve", "what starts the program", 0, { 0 } },
	{ NULL, NULL, 0, { 0 } },
};
