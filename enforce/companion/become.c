/* SPDX-License-Identifier: MIT */
/*
 * From a fork of the keeper to the companion: its files, its environment, and
 * at most one capability. What goes wrong is said on its standard error, as it
 * would say it itself.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "enforce/companion/keeper.h"

#define PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

size_t become_kept(const struct companion *companion)
{
	size_t count = 0;

	while (count < ARRAY_SIZE(companion->keep) &&
	       companion->keep[count] > 2)
		count++;
	return count;
}

static _Noreturn void fail_child(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(127);
}

static char **fill_arguments(const struct companion *companion, pid_t pid)
{
	static char number[16];
	size_t count = 0;
	char **argv;

	while (companion->argv[count])
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; argv && i < count; i++)
		argv[i] = strcmp(companion->argv[i], "@PID@") == 0 ?
			  number : (char *)companion->argv[i];
	return argv;
}

static char **fill_environment(const struct companion *companion)
{
	static char path[] = PATH, lang[] = "LANG=C";
	size_t count = 0;
	char **env;

	while (companion->env && companion->env[count])
		count++;
	env = calloc(count + 3, sizeof(*env));
	if (!env)
		return NULL;
	env[0] = path;
	env[1] = lang;
	for (size_t i = 0; i < count; i++)
		env[i + 2] = (char *)companion->env[i];
	return env;
}

static void take_files(const struct companion *companion, int output,
		       int errors)
{
	if (output >= 0 && dup2(output, STDOUT_FILENO) < 0)
		fail_child("cannot redirect its output");
	if (dup2(errors, STDERR_FILENO) < 0)
		_exit(127);
	if (companion->input > 2 && dup2(companion->input, STDIN_FILENO) < 0)
		fail_child("cannot redirect its input");
	syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
	for (size_t i = 0; i < become_kept(companion); i++)
		if (fcntl(companion->keep[i], F_SETFD, 0) < 0)
			fail_child("cannot be handed a file");
}

/* Of user 0 execve(2) leaves all; of others what is ambient
 * (capabilities(7)). */
static void keep_capability(int capability)
{
	uint32_t bit = UINT32_C(1) << (capability & 31);
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[2];

	if (!capability || geteuid() == 0)
		return;
	if (syscall(SYS_capget, &header, sets) < 0)
		fail_child("cannot read the capabilities");
	sets[capability / 32].inheritable |= bit;
	if (syscall(SYS_capset, &header, sets) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
		fail_child("cannot hand on a capability");
}

_Noreturn void become_program(const struct become *become)
{
	const struct companion *companion = become->companion;
	char **argv = fill_arguments(companion, become->pid);
	char **env = fill_environment(companion);
	sigset_t none;

	take_files(companion, become->output, become->errors);
	keep_capability(companion->capability);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != become->keeper)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!argv || !env)
		fail_child("out of memory");
	execve(become->path, argv, env);
	fail_child("cannot execute it");
}
