/* SPDX-License-Identifier: MIT */
/*
 * hook: a command of the user's for each offer, such as a desktop notification.
 * One at a time, so that a burst is two processes, not thousands: the second is
 * told of the latest, and how many there were beside it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cli/offer.h"

#define PATIENCE 5000 /* milliseconds, at the end */

extern char **environ;

/* ---- its environment -------------------------------------------------- */

static const char *const names[] = {
	"JAIL_PROFILE", "JAIL_CALL", "JAIL_ARCH", "JAIL_NUMBER", "JAIL_ACTION",
	"JAIL_COUNT", "JAIL_HOST", "JAIL_EXE", "JAIL_TEXT", "JAIL_MORE",
};

struct surroundings {
	char *own[ARRAY_SIZE(names)];
	char **all;	/* these, and what we have */
};

static void surroundings_free(struct surroundings *self)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		free(self->own[i]);
	free(self->all);
}

static bool is_own(const char *variable)
{
	size_t length = strcspn(variable, "=");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length &&
		    strncmp(names[i], variable, length) == 0)
			return true;
	return false;
}

static void set(struct surroundings *self, size_t index, const char *value)
{
	char text[4200];

	self->own[index] = base_printf("%s=%s", names[index],
				       base_printable(text, sizeof(text),
						      value));
}

static void describe(struct surroundings *self,
		     const struct db_pending *pending, size_t more)
{
	const struct profiles_denial *latest = pending->latest;
	char call[12], number[12], count[24], others[24], text[1024];

	snprintf(number, sizeof(number), "%u", pending->call.number);
	snprintf(count, sizeof(count), "%" PRIu64, pending->count);
	snprintf(others, sizeof(others), "%zu", more);
	set(self, 0, pending->program);
	set(self, 1, base_call_text(pending->call, call, sizeof(call)));
	set(self, 2, base_arch_name(pending->call.arch));
	set(self, 3, number);
	set(self, 4, profiles_action_name(latest->action));
	set(self, 5, count);
	set(self, 6, latest->host);
	set(self, 7, latest->exe);
	set(self, 8, offer_text(text, sizeof(text), pending));
	set(self, 9, others);
}

/* Whether there was memory for it. */
static bool surroundings_make(struct surroundings *self,
			      const struct db_pending *pending, size_t more)
{
	size_t count = 0, used = 0;
	bool whole;

	describe(self, pending, more);
	while (environ[count])
		count++;
	self->all = calloc(count + ARRAY_SIZE(names) + 1, sizeof(char *));
	whole = self->all != NULL;
	for (size_t i = 0; self->all && i < count; i++)
		if (!is_own(environ[i]))
			self->all[used++] = environ[i];
	for (size_t i = 0; self->all && i < ARRAY_SIZE(names); i++) {
		self->all[used++] = self->own[i];
		whole = whole && self->own[i];
	}
	return whole;
}

/* ---- running it ------------------------------------------------------- */

static void fail(int code)
{
	struct error err;

	base_error(&err, code, "the command of --exec cannot be run: %s",
		   strerror(code));
	cli_fail(1, &err);
}

/* Whoever we act for is all that it is: under sudo not root by its real ID,
 * which a shell could go back to. stdout is for what jail prints; signals are
 * as a program expects them. */
static _Noreturn void become(const char *command, char **envp)
{
	char *const argv[] = {"sh", "-c", (char *)(uintptr_t)command, NULL};
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0 &&
	    dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execve("/bin/sh", argv, envp);
	_exit(CLI_NOT_FOUND);
}

static int spawn(const char *command, char **envp, pid_t *pid)
{
	*pid = fork();
	if (*pid == 0)
		become(command, envp);
	return *pid < 0 ? errno : 0;
}

static void start(struct hook *hook, const struct db_pending *pending,
		  size_t more)
{
	struct surroundings around = {0};
	int code = ENOMEM;

	if (surroundings_make(&around, pending, more))
		code = spawn(hook->command, around.all, &hook->pid);
	surroundings_free(&around);
	if (code == 0)
		return;
	hook->pid = 0;
	fail(code);
}

void hook_run(struct hook *hook, const struct db_pending *pending)
{
	if (!hook->command)
		return;
	if (!hook->pid) {
		start(hook, pending, 0);
		return;
	}
	if (hook->next)
		hook->more++;
	offer_free(hook->next);
	hook->next = offer_keep(pending);
}

/* Until it has ended, but no longer than PATIENCE: it is not ours to end. */
static void await_end(pid_t pid)
{
	struct pollfd poller = {.events = POLLIN};

	poller.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (poller.fd < 0)
		return;
	poll(&poller, 1, PATIENCE);
	close(poller.fd);
}

/* Whether it has ended. */
static bool reap(struct hook *hook, bool wait)
{
	if (!hook->pid)
		return true;
	if (wait)
		await_end(hook->pid);
	if (waitpid(hook->pid, NULL, WNOHANG) == 0)
		return false;
	hook->pid = 0;
	return true;
}

void hook_reap(struct hook *hook, bool wait)
{
	while (reap(hook, wait) && hook->next) {
		struct db_pending *next = take_ptr(hook->next);
		size_t more = hook->more;

		hook->more = 0;
		start(hook, next, more);
		offer_free(next);
	}
}

/* What still runs is nobody's concern any more. */
void hook_free(struct hook *hook)
{
	offer_free(hook->next);
	hook->next = NULL;
	hook->pid = 0;
}
