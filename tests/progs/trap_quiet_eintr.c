/* SPDX-License-Identifier: MIT */
/*
 * Nothing but calls that end with EINTR: each waits with a signal mask of its
 * own, that lets one signal through, and this always comes. When such a call
 * returns the handler has not run yet, and the mask is neither the one nor the
 * other: no moment at which anybody could do something else in between.
 */
#include <poll.h>
#include <sys/mman.h>

#include "tests/progs/trap_masks.h"
#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 4000 };

static struct {
	volatile int sent, handled, over;
} *shared;
static sigset_t normal;

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	ucontext_t *saved = context;

	(void)info;
	if (memcmp(&saved->uc_sigmask, &normal, 8))
		SAY("FAIL another mask in the frame of signal %d\n", signal);
	shared->handled++;
}

static void send(pid_t to)
{
	while (!shared->over) {
		shared->sent++;
		call(SYS_kill, to, SIGUSR1, 0);
		while (shared->handled != shared->sent && !shared->over)
			;
	}
	_exit(0);
}

int main(void)
{
	static long (*const waits[])(void) = { in_sigsuspend, in_ppoll,
					       in_pselect, in_epoll_pwait };
	struct sigaction action = { .sa_sigaction = on_usr1,
				    .sa_flags = SA_SIGINFO };
	pid_t pid, self = getpid();
	int wrong = 0;

	fresh_need(0, 1);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigemptyset(&waiting);
	sigemptyset(&normal);
	sigaddset(&normal, SIGUSR1);
	sigaddset(&normal, SIGURG);
	CHECK(!sigprocmask(SIG_SETMASK, &normal, NULL));
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	epoll = epoll_create1(0);
	pid = fork();
	if (!pid)
		send(self);
	for (int i = 0; i < ROUNDS; i++)
		wrong += waits[i % 4]() != -EINTR || shared->handled != i + 1;
	shared->over = 1;
	CHECK(!wrong);
	CHECK(ended(pid) == 0);
	FRESH_HIT(0);
	return 0;
}
