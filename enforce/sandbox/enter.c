/* SPDX-License-Identifier: MIT */
/*
 * Entering: one more process in a sandbox that runs.
 *
 *	helper			usher			program
 *	clone()
 *	sleeps			enters the namespaces
 *	sleeps			opens a terminal
 *	sleeps			clone(parent: helper)	its own main
 *	wakes			ends			executes
 *
 * The usher shares the helper's descriptors, and is in the control group of the
 * sandbox from its birth. So the helper stays outside, where nobody in the
 * sandbox sees it, and the program is its child all the same.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "enforce/sandbox/birth.h"

struct usher {
	struct sandbox_birth birth;	/* plan, child, page, parent */
	const struct enforce_sandbox *inside;
	bool terminal;
};

static int enter_namespaces(const struct enforce_sandbox *inside,
			    struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(inside->namespaces); i++) {
		int fd = inside->namespaces[i] - 1;

		if (fd >= 0 && setns(fd, 0) < 0)
			return base_error(err, errno, "cannot enter the "
					  "namespaces of the sandbox: %m; it "
					  "may be about to end");
	}
	return 0;
}

static bool is_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC;
}

/* Of the sandbox's own devpts, in which nobody can make or rename a file; the
 * other end by the first, not by its name (ioctl_tty(2)). */
static int open_terminal(int *leading, struct error *err)
{
	cleanup_close int master = base_openat2(AT_FDCWD, "/dev/pts/ptmx",
						O_RDWR | O_NOCTTY | O_NONBLOCK,
						RESOLVE_NO_SYMLINKS);
	cleanup_close int slave = -1;
	int unlocked = 0;

	if (master < 0 || !is_devpts(master))
		return base_error(err, master < 0 ? errno : ENOTTY,
				  "the sandbox has no terminals (/dev/pts); "
				  "redirect input or output of jail join");
	if (ioctl(master, TIOCSPTLCK, &unlocked) == 0)
		slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY |
						   O_CLOEXEC);
	if (slave < 0 || dup2(slave, STDIN_FILENO) < 0 ||
	    dup2(slave, STDOUT_FILENO) < 0 ||
	    (isatty(STDERR_FILENO) && dup2(slave, STDERR_FILENO) < 0))
		return base_error(err, errno, "cannot make a terminal in the "
				  "sandbox: %m");
	*leading = take_fd(&master);
	return 0;
}

static _Noreturn void program_main(const struct usher *usher)
{
	const struct sandbox_birth *birth = &usher->birth;

	if (init_die_with_parent(birth, &birth->page->error) == 0)
		birth->child->main(birth->child->data);
	_exit(1);
}

/* In a namespace whose init has ended nobody can be born: ENOMEM. */
static int start_program(const struct usher *usher, struct error *err)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | CLONE_FILES | CLONE_VFORK |
				      SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		program_main(usher);
	if (pid < 0 && errno == ENOMEM)
		return base_error(err, ESRCH, "the sandbox has ended");
	if (pid < 0)
		return builder_no_process(err);
	usher->birth.page->program = (pid_t)pid;
	return 0;
}

/* Entering a user namespace may have made us visible (fs.suid_dumpable). */
static _Noreturn void usher_main(const struct usher *usher)
{
	struct error *err = &usher->birth.page->error;
	int ret = init_die_with_parent(&usher->birth, err);

	if (ret == 0)
		ret = enter_namespaces(usher->inside, err);
	if (ret == 0)
		ret = ids_hide(true, err);
	if (ret == 0 && usher->terminal)
		ret = open_terminal(&usher->birth.page->terminal, err);
	if (ret == 0)
		ret = start_program(usher, err);
	_exit(ret < 0);
}

static long clone_usher(const struct enforce_sandbox *inside, struct error *err)
{
	cleanup_close int group = -1;
	struct clone_args args = {
		.flags = CLONE_FILES | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (!inside->cgroup)
		pid = syscall(SYS_clone, args.flags | SIGCHLD, 0L, 0L, 0L, 0L);
	else {
		group = open(inside->cgroup, O_RDONLY | O_DIRECTORY |
					     O_CLOEXEC);
		if (group < 0)
			return base_error(err, errno, "cannot open the control "
					  "group of the sandbox: %m");
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group;
		pid = syscall(SYS_clone3, &args, sizeof(args));
	}
	return pid < 0 ? builder_no_process(err) : pid;
}

static int run_usher(struct usher *usher, struct error *err)
{
	struct sandbox_page *page = usher->birth.page;
	long pid = clone_usher(usher->inside, err);
	int status = 0;

	if (pid == 0)
		usher_main(usher);
	if (pid < 0)
		return (int)pid;
	while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR)
		;
	if (page->error.code && err)
		*err = page->error;
	if (page->error.code)
		return -page->error.code;
	if (status != 0 || !page->program)
		return base_error(err, ECHILD, "the process that enters the "
				  "sandbox was killed");
	return 0;
}

int enter_sandbox(const struct enforce_plan *plan,
		  const struct enforce_sandbox *inside,
		  const struct enforce_child *child, int *terminal,
		  pid_t *program, struct error *err)
{
	cleanup_close int parent = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct usher usher = {
		.birth = {.plan = plan, .child = child, .parent = parent},
		.inside = inside, .terminal = terminal != NULL,
	};
	int ret;

	if (parent < 0)
		return base_error(err, errno, "cannot open our own process "
				  "(pidfd_open): %m");
	usher.birth.page = base_shared(sizeof(*usher.birth.page), err);
	if (!usher.birth.page)
		return -ENOMEM;
	usher.birth.page->terminal = -1;
	ret = run_usher(&usher, err);
	if (terminal)
		*terminal = usher.birth.page->terminal;
	*program = usher.birth.page->program;
	if (ret < 0 && *program > 0)
		kill(*program, SIGKILL);
	while (ret < 0 && *program > 0 && waitpid(*program, NULL, 0) < 0 &&
	       errno == EINTR)
		;
	munmap(usher.birth.page, sizeof(*usher.birth.page));
	return ret;
}
