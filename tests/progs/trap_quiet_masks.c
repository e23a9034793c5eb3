/* SPDX-License-Identifier: MIT */
/*
 * Calls that put another signal mask in place for the time that they wait, and
 * are interrupted by the one signal that it lets through. The handler runs with
 * that mask, and when they return the mask is the one from before.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/select.h>

#include "tests/progs/trap_masks.h"
#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 1500 };

static volatile sig_atomic_t handled, wrong;
static volatile int wanted, over;
static pthread_t waiter;
static sigset_t normal;

/* Only SIGUSR1 is let through, and it is not while its handler runs. */
static void on_usr1(int signal, siginfo_t *info, void *context)
{
	ucontext_t *saved = context;
	sigset_t now;

	(void)info;
	sigprocmask(SIG_BLOCK, NULL, &now);
	wrong |= !sigismember(&now, signal) || !sigismember(&now, SIGUSR2) ||
		 sigismember(&now, SIGURG);
	wrong |= memcmp(&saved->uc_sigmask, &normal, 8) != 0;
	handled++;
}

static void *sender(void *arg)
{
	while (!over) {
		call(SYS_getppid, 0, 0, 0);
		if (!wanted)
			continue;
		wanted = 0;
		CHECK(!pthread_kill(waiter, SIGUSR1));
	}
	return arg;
}

int main(void)
{
	static long (*const waits[])(void) = { in_sigsuspend, in_ppoll,
					       in_pselect, in_epoll_pwait };
	struct sigaction action = { .sa_sigaction = on_usr1,
				    .sa_flags = SA_SIGINFO };
	pthread_t thread;
	sigset_t now;

	fresh_need(0, 1);
	sigemptyset(&waiting);
	sigaddset(&waiting, SIGUSR2);
	sigemptyset(&normal);
	sigaddset(&normal, SIGUSR1);
	sigaddset(&normal, SIGURG);
	CHECK(!sigprocmask(SIG_SETMASK, &normal, NULL));
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	epoll = epoll_create1(0);
	waiter = pthread_self();
	CHECK(!pthread_create(&thread, NULL, sender, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		wanted = 1;
		CHECK(waits[i % 4]() == -EINTR);
		CHECK(handled == i + 1);
		sigprocmask(SIG_BLOCK, NULL, &now);
		CHECK(!memcmp(&now, &normal, 8));
	}
	over = 1;
	CHECK(!pthread_join(thread, NULL));
	CHECK(!wrong);
	FRESH_HIT(0);
	return 0;
}
