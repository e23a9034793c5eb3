/* SPDX-License-Identifier: MIT */
/*
 * A registry of our own, as an ordinary user: root's has its place whatever the
 * environment says. And processes that could be in it.
 */
#ifndef JAIL_TESTS_UNIT_ENFORCE_REGISTRY_H
#define JAIL_TESTS_UNIT_ENFORCE_REGISTRY_H

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "enforce/registry/registry.h"
#include "enforce_host.h"

#define SECOND INT64_C(1000000)
#define USER 64327

static char home[32];
static char *folder;

static inline int begin(void **state)
{
	(void)state;
	host_make(home, "/tmp/registry.XXXXXX", NULL, 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(home, USER, USER), 0);
		assert_int_equal(setresuid(USER, USER, 0), 0);
		assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	}
	setenv("XDG_RUNTIME_DIR", home, 1);
	folder = base_printf("%s/jail", home);
	assert_int_equal(mkdir(folder, 0700), 0);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	base_free(&folder);
	if (geteuid() == USER)
		assert_int_equal(setresuid(0, 0, 0), 0);
	return host_remove(home);
}

/* An entry of a jail that is gone and of a program that never was. */
static inline struct enforce_running example(void)
{
	struct enforce_running entry = {
		.jail = 4000001, .program = 4000002, .start = 7,
		.began = base_now() - 5 * SECOND,
		.profile = "a profile", .exe = "/usr/bin/a program",
		.store = "/home/a/jail.db", .supervised = true,
		.user_ns = 1, .pid_ns = UINT64_MAX, .mnt_ns = 2, .net_ns = 3,
		.denied = 4, .joinable = true, .name = "a name",
		.command = "a program --with=words", .cgroup = "/sys/fs/x",
		.address = "10.0.0.2",
	};

	base_read_file("/proc/sys/kernel/random/boot_id", entry.boot_id,
		       sizeof(entry.boot_id));
	return entry;
}

/* A process that lives until it is killed, or its parent is. */
static inline pid_t start(bool apart)
{
	int fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		(void)!setresuid(geteuid(), geteuid(), geteuid());
		prctl(PR_SET_DUMPABLE, 1);
		if (apart && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(1);
		if (apart && fork() > 0) {
			pause();
			_exit(0);
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!write(fds[1], "x", 1);
		pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(base_read_all(fds[0], &byte, 1), 1);
	close(fds[0]);
	return pid;
}

static inline void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
