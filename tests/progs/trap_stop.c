/* SPDX-License-Identifier: MIT */
/*
 * Stopped and continued by each of the stop signals: the parent sees what it
 * would see without a tracer, by wait and by SIGCHLD; no thread of a stopped
 * process runs.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "tests/progs/trap.h"

static volatile unsigned long *counter;
static volatile sig_atomic_t continued;

static void on_cont(int signal)
{
	(void)signal;
	continued = 1;
}

static void *spin(void *arg)
{
	for (;;)
		++*counter;
	return arg;
}

static void child(int stop, int from)
{
	struct sigaction action = { .sa_handler = on_cont };
	sigset_t set, old;
	pthread_t thread;

	/* The tty's stop signals do nothing in an orphaned process group. */
	CHECK(!setpgid(0, 0));
	CHECK(!sigaction(SIGCONT, &action, NULL));
	/* SIGCONT is for the process: no other thread must take it. */
	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	CHECK(!pthread_create(&thread, NULL, spin, NULL));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	while (!*counter)
		sched_yield();
	raise(stop);
	CHECK(continued);
	if (stop == SIGSTOP)
		HIT(getpgid);
	if (stop == SIGTSTP)
		HIT(getsid);
	if (stop == SIGTTIN)
		HIT(sched_getparam);
	if (stop == SIGTTOU)
		HIT(sched_getscheduler);
	hear(from);
	_exit(stop);
}

static void sigchld(pid_t pid, int code, int status)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	CHECK(sigwaitinfo(&set, &info) == SIGCHLD);
	CHECK(info.si_code == code);
	CHECK(info.si_pid == pid);
	CHECK(info.si_status == status);
}

static void stop_by(int stop)
{
	unsigned long before;
	int ends[2], status;
	siginfo_t info;
	pid_t pid;

	*counter = 0;
	CHECK(!pipe(ends));
	pid = fork();
	if (!pid)
		child(stop, ends[0]);
	sigchld(pid, CLD_STOPPED, stop);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT));
	CHECK(info.si_code == CLD_STOPPED && info.si_status == stop);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stop);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	before = *counter;
	usleep(20000);
	CHECK(*counter == before);
	CHECK(!kill(pid, SIGCONT));
	sigchld(pid, CLD_CONTINUED, SIGCONT);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
	tell(ends[1]);
	sigchld(pid, CLD_EXITED, stop);
	CHECK(ended(pid) == stop);
}

int main(void)
{
	sigset_t set;

	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	NEED(sched_getscheduler);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stop_by(SIGSTOP);
	stop_by(SIGTSTP);
	stop_by(SIGTTIN);
	stop_by(SIGTTOU);
	return 0;
}
