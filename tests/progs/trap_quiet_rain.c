/* SPDX-License-Identifier: MIT */
/*
 * Signals so close together that one is always on its way: each is sent when
 * the one before has been handled. Handlers make calls as well. Once in each of
 * some children, each with something new before its quiet, so that some signals
 * come in the midst of whatever a tracer does to it then.
 */
#include <sys/mman.h>

#include "tests/progs/trap_quiet.h"

enum { CHILDREN = 5, CALLS = 6000, DELAYS = 50 };

static struct {
	volatile int sent, handled, over;
} *shared;

static char other[65536];

static void on_usr1(int signal)
{
	const char *here = (const char *)&signal;

	CHECK(here >= other && here < other + sizeof(other));
	CHECK(call(SYS_getppid, 0, 0, 0) > 0);
	CHECK(call(SYS_close, -1, 0, 0) == -EBADF);
	shared->handled++;
}

static void rain(pid_t on)
{
	for (int i = 0;; i++) {
		while (shared->handled != shared->sent)
			;
		if (shared->over)
			_exit(0);
		for (volatile int j = 0; j < i % DELAYS * 40; j++)
			;
		shared->sent++;
		call(SYS_kill, on, SIGUSR1, 0);
	}
}

static void child(int n)
{
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_handler = on_usr1,
				    .sa_flags = SA_ONSTACK | SA_RESTART };
	pid_t self = getpid(), parent = getppid(), cloud;
	sigset_t now, none;

	shared->sent = shared->handled = shared->over = 0;
	CHECK(!sigaltstack(&stack, NULL));
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	cloud = fork();
	if (!cloud)
		rain(self);
	await(&shared->handled);
	FRESH_HIT(n);
	for (int i = 0; i < CALLS; i++) {
		CHECK(call(SYS_getppid, 0, 0, 0) == parent);
		CHECK(call(SYS_close, -1, 0, 0) == -EBADF);
	}
	shared->over = 1;
	CHECK(ended(cloud) == 0);
	CHECK(shared->sent == shared->handled);
	sigemptyset(&none);
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &now));
	CHECK(!memcmp(&now, &none, 8));
	CHECK(!sigaltstack(NULL, &stack) && stack.ss_flags == 0);
	_exit(n + 1);
}

int main(void)
{
	fresh_need(0, CHILDREN);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	each_child(CHILDREN, child);
	return 0;
}
