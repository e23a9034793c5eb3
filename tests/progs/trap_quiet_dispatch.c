/* SPDX-License-Identifier: MIT */
/*
 * Syscall user dispatch all through the quiet: a thread whose calls are let
 * pass, one whose calls pass because of where they are made, and one that makes
 * none. Afterwards what is diverted to SIGSYS is no call, and new ones are.
 */
#include <pthread.h>
#include <sys/prctl.h>

#include "tests/progs/trap_quiet.h"

enum { SET_DISPATCH = 59, ON = 1, PASS = 0, DIVERT = 1, KINDS = 3 };

static __thread volatile char selector;
static __thread volatile sig_atomic_t diverted;
static volatile int over, set[KINDS];

static void on_sys(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	selector = PASS;
	diverted = info->si_code == 2 /* SYS_USER_DISPATCH */ ?
			   info->si_syscall : -1;
}

extern const char quiet_allowed[], quiet_allowed_end[];
long quiet_loop(const volatile int *until);

__asm__(".pushsection .text\n"
	"quiet_loop:\n"
	"quiet_allowed:\n"
	"mov $110, %eax\n"	/* getppid */
	"syscall\n"
	"cmpl $0, (%rdi)\n"
	"je quiet_allowed\n"
	"quiet_allowed_end:\n"
	"ret\n"
	".popsection");

static void dispatch(const char *begin, const char *end)
{
	CHECK(!prctl(SET_DISPATCH, ON, begin, end - begin, &selector));
}

static void passes(void)
{
	dispatch(NULL, NULL);
	set[0] = 1;
	while (!over)
		dull(100);
}

static void made_there(void)
{
	dispatch(quiet_allowed, quiet_allowed_end);
	selector = DIVERT;
	set[1] = 1;
	quiet_loop(&over);
}

static void computes(void)
{
	dispatch(NULL, NULL);
	selector = DIVERT;
	set[2] = 1;
	while (!over)
		;
}

static void (*const kinds[KINDS])(void) = { passes, made_there, computes };

static void *run(void *arg)
{
	int n = (int)(intptr_t)arg;

	kinds[n]();
	selector = DIVERT;
	HIT(getpgid);
	CHECK(diverted == SYS_getpgid && selector == PASS);
	FRESH_HIT(n);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_sys,
				    .sa_flags = SA_SIGINFO };
	pthread_t threads[KINDS];

	NOT(getpgid);
	fresh_need(0, KINDS + 1);
	CHECK(!sigaction(SIGSYS, &action, NULL));
	for (int i = 0; i < KINDS; i++) {
		CHECK(!pthread_create(&threads[i], NULL, run,
				      (void *)(intptr_t)i));
		await(&set[i]);
	}
	dull(DULL / 2);
	over = 1;
	for (int i = 0; i < KINDS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	dispatch(NULL, NULL);
	dull(DULL / 2);
	selector = DIVERT;
	HIT(getpgid);
	CHECK(diverted == SYS_getpgid);
	FRESH_HIT(KINDS);
	return 0;
}
