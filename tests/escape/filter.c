/* SPDX-License-Identifier: MIT */
/*
 * Attempts to make a call that the filter refuses: in another architecture,
 * another task, another way; most with mkdir(2), for a folder can be seen.
 */
#include "escape.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <ucontext.h>

static int make(void *path)
{
	return outcome("mkdir", syscall(SYS_mkdir, path, 0755));
}

static int try_int80(char **args)
{
	long result = int80(39, (long)low_memory(args[0]), 0755, 0);

	errno = (int)-result;
	return outcome("int 0x80", result);
}

static int try_x32(char **args)
{
	return outcome("x32", syscall(SYS_mkdir | 0x40000000, args[0], 0755));
}

/* The kernel looks at 32 bits of the number. */
static int try_high_bits(char **args)
{
	return outcome("mkdir", syscall(SYS_mkdir | 1L << 32, args[0], 0755));
}

static void *thread(void *path)
{
	return (void *)(long)make(path);
}

static int try_thread(char **args)
{
	pthread_t task;
	void *result;

	if (pthread_create(&task, NULL, thread, args[0]) != 0)
		return BROKEN;
	pthread_join(task, &result);
	return (int)(long)result;
}

static int try_child(char **args)
{
	return in_child(make, args[0]);
}

/* A child that shares our memory; without a stack frame to return into. */
static int try_vfork(char **args)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		syscall(SYS_mkdir, args[0], 0755);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return BROKEN;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
	return errno ? refused("mkdir") : DONE;
}

static int grandchild(void *path)
{
	setsid();
	return in_child(make, path);
}

static int try_daemon(char **args)
{
	return in_child(grandchild, args[0]);
}

static char *sigreturn_path;
extern char sigreturn_syscall[];

/* The registers that rt_sigreturn restores are ours to choose. */
static void forge(int number, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)number, (void)info;
	context->uc_mcontext.gregs[REG_RAX] = SYS_mkdir;
	context->uc_mcontext.gregs[REG_RDI] = (long)sigreturn_path;
	context->uc_mcontext.gregs[REG_RSI] = 0755;
	context->uc_mcontext.gregs[REG_RIP] = (long)sigreturn_syscall;
}

static int try_sigreturn(char **args)
{
	const struct sigaction action = {.sa_sigaction = forge,
					 .sa_flags = SA_SIGINFO};
	long result;

	sigreturn_path = args[0];
	sigaction(SIGTRAP, &action, NULL);
	__asm__ volatile("int3\n"
			 ".globl sigreturn_syscall\n"
			 "sigreturn_syscall: syscall\n"
			 : "=a"(result)
			 :
			 : "memory", "rcx", "r11", "rdi", "rsi");
	errno = (int)-result;
	return outcome("mkdir", result);
}

/* getppid(2) of a child becomes mkdir(2) where its tracer stops it. */
static int try_rewrite(char **args)
{
	struct user_regs_struct registers;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(errno);
		raise(SIGSTOP);
		syscall(SYS_getppid, args[0], 0755);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (!WIFSTOPPED(status)) {
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
		return refused("PTRACE_TRACEME");
	}
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return BROKEN;
	registers.orig_rax = SYS_mkdir;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_GETREGS, pid, NULL, &registers);
	kill(pid, SIGKILL);
	errno = WIFSTOPPED(status) ? (int)-(long)registers.rax : EPERM;
	return errno ? refused("mkdir") : DONE;
}

static const struct sock_fprog pass_all = {
	1, (struct sock_filter[]){BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)}};

static int try_own_filter(char **args)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &pass_all) < 0)
		return refused("seccomp");
	return make(args[0]);
}

static int try_listener(char **args)
{
	(void)args;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return outcome("seccomp",
		       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			       SECCOMP_FILTER_FLAG_NEW_LISTENER, &pass_all));
}

/* The filter of a child, which a key would be in. */
static int try_get_filter(char **args)
{
	struct sock_filter code[4096];
	pid_t pid = fork();
	long result;
	int status;

	(void)args;
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &pass_all);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(errno);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
	if (!WIFSTOPPED(status))
		return refused("PTRACE_TRACEME");
	result = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0L, code);
	kill(pid, SIGKILL);
	return outcome("PTRACE_SECCOMP_GET_FILTER", result);
}

/* Dispatch to a handler: a call that user code is to make up itself. */
static int try_dispatch(char **args)
{
	static char selector;

	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0,
		  &selector) < 0)
		return refused("prctl");
	return make(args[0]);
}

struct ring {
	int fd;
	struct io_uring_params params;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
};

static int ring_open(struct ring *ring)
{
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return refused("io_uring_setup");
	ring->sq = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED,
			ring->fd, IORING_OFF_SQ_RING);
	ring->cq = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED,
			ring->fd, IORING_OFF_CQ_RING);
	ring->sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring->fd, IORING_OFF_SQES);
	if (ring->sq == MAP_FAILED || ring->cq == MAP_FAILED ||
	    ring->sqe == MAP_FAILED)
		return BROKEN;
	return DONE;
}

/* A folder by io_uring(7), without a call of its name. */
static int try_io_uring(char **args)
{
	struct ring ring = {.fd = -1};
	struct io_uring_cqe *answer;
	unsigned *tail;
	int code = ring_open(&ring);

	if (code != DONE)
		return code;
	ring.sqe[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD,
		.addr = (unsigned long)args[0], .len = 0755};
	((unsigned *)(ring.sq + ring.params.sq_off.array))[0] = 0;
	tail = (unsigned *)(ring.sq + ring.params.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return refused("io_uring_enter");
	answer = (struct io_uring_cqe *)(ring.cq + ring.params.cq_off.cqes);
	errno = -answer->res;
	return outcome("mkdirat", answer->res);
}

/* NUMBER [ARGUMENT...]: any call; those left out are -1. What the kernel says
 * to wrong arguments is not a refusal. */
static int try_call(char **args)
{
	long a[7] = {0, -1, -1, -1, -1, -1, -1};

	for (int i = 0; i < 7 && args[i]; i++)
		a[i] = strtol(args[i], NULL, 0);
	if (syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]) >= 0)
		return DONE;
	if (errno == EPERM || errno == ENOSYS || errno == EACCES ||
	    errno == ENOSPC)
		return refused("the call");
	return DONE;
}

const struct attempt attempts_filter[] = {
	{"int80", try_int80, 1},	/* PATH */
	{"x32", try_x32, 1},		/* PATH */
	{"high_bits", try_high_bits, 1},	/* PATH */
	{"thread", try_thread, 1},	/* PATH */
	{"child", try_child, 1},	/* PATH */
	{"vfork", try_vfork, 1},	/* PATH */
	{"daemon", try_daemon, 1},	/* PATH */
	{"sigreturn", try_sigreturn, 1},	/* PATH */
	{"rewrite", try_rewrite, 1},	/* PATH */
	{"own_filter", try_own_filter, 1},	/* PATH */
	{"listener", try_listener, 0},
	{"get_filter", try_get_filter, 0},
	{"dispatch", try_dispatch, 1},	/* PATH */
	{"io_uring", try_io_uring, 1},	/* PATH */
	{"call", try_call, 1},		/* NUMBER [ARGUMENT...] */
	{NULL, NULL, 0}};
