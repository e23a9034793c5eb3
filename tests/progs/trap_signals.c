/* SPDX-License-Identifier: MIT */
/*
 * Signals and what they carry arrive as without a tracer: order, values,
 * addresses, alternate stacks, interrupted and restarted calls.
 */
#include <pthread.h>
#include <setjmp.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>

#include "tests/progs/trap.h"

static volatile sig_atomic_t seen[16], seen_count;
static siginfo_t last;
static sigjmp_buf back;
static int ends[2];

static void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)context;
	HIT(getpgid);
	if (seen_count < 16)
		seen[seen_count++] = (signal - SIGRTMIN) * 100 +
				     info->si_value.sival_int;
	last = *info;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	HIT(getsid);
	last = *info;
	siglongjmp(back, 1);
}

static void on_usr1(int signal)
{
	(void)signal;
	seen_count++;
	tell(ends[1]);
}

static void on_alarm(int signal)
{
	(void)signal;
	seen_count++;
}

static void queued(void)
{
	static const int expected[] = { 1, 3, 102, 104 };
	struct sigaction action = { .sa_sigaction = on_queued,
				    .sa_flags = SA_SIGINFO };
	sigset_t set, old;

	sigfillset(&action.sa_mask);
	sigemptyset(&set);
	for (int i = 0; i < 2; i++) {
		sigaddset(&set, SIGRTMIN + i);
		sigaction(SIGRTMIN + i, &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, &old);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 1 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 2 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 3 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 4 });
	CHECK(seen_count == 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	/* All four are delivered before the first handler runs; each blocks
	 * the others, so that the first delivered runs first. */
	CHECK(seen_count == 4);
	for (int i = 0; i < 4; i++)
		CHECK(seen[i] == expected[i]);
	CHECK(last.si_code == SI_QUEUE && last.si_pid == getpid());
}

static void fault(int signal, int code, void (*cause)(void), void *address)
{
	static char stack[65536];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&other, NULL);
	sigaction(signal, &action, NULL);
	if (!sigsetjmp(back, 1)) {
		cause();
		CHECK(false);
	}
	CHECK(last.si_signo == signal && last.si_code == code);
	CHECK(!address || last.si_addr == address);
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

static void segv(void)
{
	*(volatile int *)0x1234 = 1;
}

static void fpe(void)
{
	volatile int one = 1, zero = 0;

	one = one / zero;
}

static void ill(void)
{
	__asm__ volatile("ud2");
}

/* A read that a handler interrupts: goes on with SA_RESTART, else EINTR. */
static void interrupted(int flags, bool restarts)
{
	struct sigaction action = { .sa_handler = on_usr1, .sa_flags = flags };
	pid_t pid, self = getpid();
	char byte;
	ssize_t n;

	CHECK(!pipe(ends));
	seen_count = 0;
	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (!pid) {
		CHECK(sleeps_in(self, self, SYS_read));
		kill(self, SIGUSR1);
		_exit(0);
	}
	errno = 0;
	n = read(ends[0], &byte, 1);
	CHECK(restarts ? n == 1 : n < 0 && errno == EINTR);
	CHECK(seen_count == 1);
	CHECK(ended(pid) == 0);
	close(ends[0]);
	close(ends[1]);
}

static void timers(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGALRM };
	struct itimerspec later = { .it_value.tv_nsec = 20000000 };
	sigset_t set, old;
	timer_t timer;

	seen_count = 0;
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, &old);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	CHECK(sigsuspend(&old) < 0 && errno == EINTR && seen_count == 1);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &later, NULL));
	CHECK(sigsuspend(&old) < 0 && errno == EINTR && seen_count == 2);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void *to_thread(void *arg)
{
	sigset_t set;
	int got = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigwait(&set, &got);
	CHECK(got == SIGUSR2);
	return arg;
}

static void directed(void)
{
	struct signalfd_siginfo info;
	pthread_t thread;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	CHECK(!pthread_create(&thread, NULL, to_thread, NULL));
	CHECK(!pthread_kill(thread, SIGUSR2));
	CHECK(!pthread_join(thread, NULL));
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	CHECK(read(fd, &info, sizeof(info)) < 0 && errno == EAGAIN);
	raise(SIGUSR2);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	CHECK(info.ssi_signo == SIGUSR2 && info.ssi_code == SI_TKILL);
}

int main(void)
{
	NEED(getpgid);
	NEED(getsid);
	NEED(rt_sigreturn);
	NEED(rt_sigsuspend);
	NEED(timer_settime);
	queued();
	fault(SIGSEGV, SEGV_MAPERR, segv, (void *)0x1234);
	fault(SIGFPE, FPE_INTDIV, fpe, NULL);
	fault(SIGILL, ILL_ILLOPN, ill, NULL);
	interrupted(SA_RESTART, true);
	interrupted(0, false);
	timers();
	directed();
	return 0;
}
