/* SPDX-License-Identifier: MIT */
/*
 * PID 1 of a sandbox. It builds the tree of files, for only it can mount the
 * /proc of its PID namespace; then it gives up all that it can, and reaps.
 *
 * It is no parent of the program, which is jail's child. It ends when jail
 * kills it, and all in its namespace with it; by PR_SET_PDEATHSIG also when
 * jail is killed. Signals from inside do nothing: they are blocked, and what is
 * waited for counts only if it came from outside (si_pid is 0 then).
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "enforce/sandbox/birth.h"
#include "enforce/sandbox/mounts.h"

#define LINGER SIGUSR1

int init_die_with_parent(const struct sandbox_birth *birth, struct error *err)
{
	struct pollfd dead = {.fd = birth->parent, .events = POLLIN};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return base_error(err, errno, "cannot ask to end with jail: "
				  "%m");
	switch (poll(&dead, 1, 0)) {
	case 0:
		return 0;
	case -1:
		return base_error(err, errno, "cannot see whether jail is "
				  "still there: %m");
	}
	return base_error(err, ESRCH, "jail was killed while it built the "
			  "sandbox");
}

/* What it needs from now on, and no more. A call that is not here ends it, and
 * the sandbox. */
static int confine(struct error *err)
{
#define PASS(call)                                                             \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                 \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
#ifdef __x86_64__
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
#else
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 1, 0),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		PASS(rt_sigtimedwait),
		PASS(wait4),
		PASS(exit_group),
		PASS(write),		/* "done", its last one */
		PASS(close_range),
		PASS(madvise),
		PASS(restart_syscall),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
#undef PASS
	struct sock_fprog program = {ARRAY_SIZE(code), code};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
		return 0;
	return base_error(err, errno, "this kernel or container refuses "
			  "seccomp filters (%m); run jail where seccomp is "
			  "allowed");
}

/* Until killed; after LINGER until no child is left. Raw calls: sanitizers put
 * others around those of libc. */
static _Noreturn void reap(void)
{
	bool lingers = false;
	siginfo_t info;
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, LINGER);
	for (;;) {
		long signal = syscall(SYS_rt_sigtimedwait, &mask, &info, NULL,
				      _NSIG / 8);
		long child;

		if (signal == LINGER && info.si_pid == 0)
			lingers = true;
		do
			child = syscall(SYS_wait4, -1, NULL, WNOHANG, NULL);
		while (child > 0);
		if (lingers && child < 0 && errno == ECHILD)
			syscall(SYS_exit_group, 0);
	}
}

/* ---- becoming it ------------------------------------------------------ */

/* No more user namespaces within the sandbox's own than the policy lets it
 * make: ENOSPC. Those of the host are not ours to limit; there the filter
 * refuses them. */
int init_forbid_namespaces(const struct sandbox_birth *birth, int *limit,
			   struct error *err)
{
	const struct profiles_policy *policy = birth->plan->policy;
	char most[24];

	snprintf(most, sizeof(most), "%llu", policy ?
		 (unsigned long long)policy->userns_max : 0);
	if (birth->user_namespace &&
	    (*limit < 0 || base_write_all(*limit, most, strlen(most)) < 0))
		return base_error(err, errno, "cannot forbid further user "
				  "namespaces in the sandbox "
				  "(user.max_user_namespaces): %m");
	base_close(limit);
	return 0;
}

/* The program waits, in its own namespace, for its ids. It is process 2. */
static int serve_nested(struct sandbox_birth *birth, struct error *err)
{
	char byte;

	if (base_read_all(birth->nest[0], &byte, 1) != 1)
		return base_error(err, EPIPE, "the program's process ended "
				  "before it had its ids");
	return ids_map_process(2, birth->user_namespace, err);
}

static int give_up(const struct sandbox_birth *birth, struct error *err)
{
	int ret = ids_drop_all(err);

	if (ret == 0)
		ret = init_die_with_parent(birth, err);
	return ret < 0 ? ret : confine(err);
}

/* To whom waits: the builder, or where it is nested the program. If nobody does
 * any more he has said why. Under the filter: nothing but write(2). */
static int say_done(const struct sandbox_birth *birth)
{
	struct error *err = &birth->page->error;

	if (base_write_all(birth->ready[1], "d", 1) == 0)
		return 0;
	return err->code ? -err->code :
	       base_error(err, EPIPE, "nobody waits for the sandbox that was "
			  "built; start jail again");
}

/* The last thing that can fail comes before "done". */
static int become_init(struct sandbox_birth *birth, struct error *err)
{
	cleanup_close int limit = -1;
	int ret = mounts_build(birth->plan, &limit, err);

	if (ret == 0 && birth->nested)
		ret = say_done(birth);
	if (ret == 0 && birth->nested)
		ret = serve_nested(birth, err);
	if (ret == 0)
		ret = init_forbid_namespaces(birth, &limit, err);
	if (ret == 0)
		ret = give_up(birth, err);
	return ret < 0 ? ret : say_done(birth);
}

_Noreturn void init_main(struct sandbox_birth *birth)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "jail-init");
	setsid();
	if (init_die_with_parent(birth, &birth->page->error) < 0 ||
	    become_init(birth, &birth->page->error) < 0)
		_exit(1);
	syscall(SYS_close_range, 0, ~0u, 0);
	base_give_back_text();
	reap();
}

/* Waits to be told that the program is there, and opens its process, which
 * cannot have been reaped. */
static int meet_program(const struct sandbox_birth *birth, struct error *err)
{
	char byte;
	int fd;

	if (base_read_all(birth->nest[0], &byte, 1) != 1)
		return -EPIPE; /* whoever failed has said why */
	fd = (int)syscall(SYS_pidfd_open, birth->page->program, 0);
	if (fd < 0)
		return base_error(err, errno, "cannot open the program's "
				  "process: %m");
	if (say_done(birth) < 0)
		return -EPIPE;
	return fd;
}

/* Keeps nothing open but the two that it waits for, as 0 and 1. */
_Noreturn void init_guard(const struct sandbox_birth *birth)
{
	struct pollfd ends[] = {
		{.fd = 0, .events = POLLIN},
		{.fd = 1, .events = POLLIN},
	};
	sigset_t all;
	int program;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "jail-guard");
	setsid();
	close(birth->nest[1]);
	program = meet_program(birth, &birth->page->error);
	if (program < 0 || dup3(program, 1, O_CLOEXEC) < 0 ||
	    dup3(birth->parent, 0, O_CLOEXEC) < 0)
		_exit(1);
	syscall(SYS_close_range, 2, ~0u, 0);
	while (poll(ends, ARRAY_SIZE(ends), -1) < 0 && errno == EINTR)
		;
	if (ends[0].revents)
		syscall(SYS_pidfd_send_signal, 1, SIGKILL, NULL, 0);
	_exit(0);
}

void init_linger(const struct enforce_sandbox *sandbox)
{
	if (sandbox->init > 0)
		kill(sandbox->init, LINGER);
}
