/* SPDX-License-Identifier: MIT */
/*
 * Signals all through the quiet: a child queues numbered ones, a timer sends
 * its own, and the program sends some to itself. All are handled, in order, on
 * the stack and with the mask that they have to have.
 */
#include <sys/time.h>

#include "tests/progs/trap_quiet.h"

enum { QUEUED = 3000 };

static char other[65536];
static volatile sig_atomic_t next, ticks, raised, wrong;

static bool on_other(const void *address)
{
	return (const char *)address >= other &&
	       (const char *)address < other + sizeof(other);
}

static void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_value.sival_int != next || info->si_code != SI_QUEUE ||
	    !on_other(&signal))
		wrong = 1;
	next++;
	call(SYS_getppid, 0, 0, 0);
	if (next == QUEUED)
		FRESH_HIT(0);
}

static void on_alarm(int signal)
{
	(void)signal;
	ticks++;
}

static void on_usr1(int signal)
{
	sigset_t mask;

	(void)signal;
	raised++;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	if (!sigismember(&mask, SIGUSR1) || !sigismember(&mask, SIGURG) ||
	    sigismember(&mask, SIGRTMIN))
		wrong = 2;
}

/* As many can wait as the limit lets: then again. */
static void send(pid_t to)
{
	for (int i = 0; i < QUEUED;) {
		if (!sigqueue(to, SIGRTMIN, (union sigval){ .sival_int = i }))
			i++;
		else
			CHECK(errno == EAGAIN);
	}
	_exit(3);
}

static void handle(void)
{
	struct sigaction queued = { .sa_sigaction = on_queued,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction alarms = { .sa_handler = on_alarm };
	struct sigaction usr1 = { .sa_handler = on_usr1 };
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };

	sigaddset(&usr1.sa_mask, SIGURG);
	CHECK(!sigaltstack(&stack, NULL));
	CHECK(!sigaction(SIGRTMIN, &queued, NULL));
	CHECK(!sigaction(SIGALRM, &alarms, NULL));
	CHECK(!sigaction(SIGUSR1, &usr1, NULL));
}

int main(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	sigset_t before, now;
	stack_t stack;
	pid_t pid, self = getpid();

	fresh_need(0, 2);
	handle();
	sigprocmask(SIG_BLOCK, NULL, &before);
	pid = fork();
	if (!pid)
		send(self);
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	for (int i = 0; i < DULL || next < QUEUED; i++) {
		call(SYS_getppid, 0, 0, 0);
		if (i % 64)
			continue;
		raised = 0;
		call(SYS_kill, self, SIGUSR1, 0);
		CHECK(raised == 1);
		sigprocmask(SIG_BLOCK, NULL, &now);
		CHECK(!memcmp(&before, &now, sizeof(now)));
	}
	CHECK(!setitimer(ITIMER_REAL, &never, NULL));
	CHECK(ended(pid) == 3);
	CHECK(next == QUEUED && ticks > 0 && wrong == 0);
	CHECK(!sigaltstack(NULL, &stack));
	CHECK(stack.ss_sp == other && stack.ss_size == sizeof(other) &&
	      stack.ss_flags == 0);
	FRESH_HIT(1);
	return 0;
}
