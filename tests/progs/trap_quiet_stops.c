/* SPDX-License-Identifier: MIT */
/*
 * A dull child with a thread, stopped and continued again and again: its parent
 * sees each stop and each continuation once, and it does not run in between.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "tests/progs/trap_quiet.h"

enum { ROUNDS = 80 };

static volatile int *over;
static volatile unsigned long *counters;

static void *thread(void *arg)
{
	volatile unsigned long *counter = arg;

	while (!*over) {
		dull(10);
		++*counter;
	}
	return arg;
}

static void child(void)
{
	struct timespec longest = { .tv_sec = 1000 };
	pthread_t other;

	CHECK(!setpgid(0, 0));
	CHECK(!pthread_create(&other, NULL, thread, (void *)&counters[0]));
	thread((void *)&counters[1]);
	CHECK(!pthread_join(other, NULL));
	FRESH_HIT(0);
	call(SYS_nanosleep, &longest, 0, 0);
}

static void stop_once(pid_t pid, int how)
{
	unsigned long before[2];
	int status;

	CHECK(!kill(pid, how));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == how);
	before[0] = counters[0];
	before[1] = counters[1];
	usleep(1000);
	CHECK(before[0] == counters[0] && before[1] == counters[1]);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(!kill(pid, SIGCONT));
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
}

int main(void)
{
	static const int how[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	pid_t pid;

	fresh_need(0, 1);
	NEED(restart_syscall);
	over = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	counters = (volatile unsigned long *)over + 8;
	pid = fork();
	if (!pid)
		child();
	while (!counters[0] || !counters[1])
		sched_yield();
	for (int i = 0; i < ROUNDS; i++) {
		usleep((useconds_t)(i % 8) * 1000);
		stop_once(pid, how[i % 4]);
	}
	*over = 1;
	/* Where it goes on as restart_syscall(2). */
	CHECK(sleeps_in(pid, pid, SYS_nanosleep));
	stop_once(pid, SIGSTOP);
	CHECK(sleeps_in(pid, pid, SYS_restart_syscall));
	CHECK(!kill(pid, SIGKILL));
	CHECK(ended(pid) == -SIGKILL);
	return 0;
}
