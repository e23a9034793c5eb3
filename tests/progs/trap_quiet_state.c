/* SPDX-License-Identifier: MIT */
/*
 * What the kernel keeps for a process is after the quiet what it was before:
 * its memory map to the last line, its signals, descriptors, privileges, the
 * robust list, the restartable sequence and so on; alone, with threads, and where
 * only those make calls.
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>

#include "tests/progs/trap_quiet.h"

enum { ALONE, WITH_THREADS, THREADS_ONLY, KINDS };
enum { THREADS = 3, ROOM = 32768 };

struct state {
	char maps[ROOM], status[ROOM];
	void *robust;
	size_t robust_size;
	int *tid_address;
	stack_t other;
	sigset_t mask, pending;
	void *end;
	int descriptors;
};

static volatile int begun, over, rests, ended_all, calls;

/* Lines of /proc/self/status that may change, or that say who watches. */
static bool counts(const char *line)
{
	static const char *const free[] = {
		"State:", "TracerPid:", "SigQ:", "NoNewPrivs:", "Seccomp",
		"VmPeak:", "VmHWM:", "VmRSS:", "RssAnon:", "RssFile:",
		"RssShmem:", "VmPTE:", "voluntary_", "nonvoluntary_"
	};

	for (size_t i = 0; i < sizeof(free) / sizeof(free[0]); i++)
		if (!strncmp(line, free[i], strlen(free[i])))
			return false;
	return true;
}

/* Without the C library's buffers, which would need memory of their own. */
static void take(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, text + used, ROOM - 1 - used)) > 0)
		used += (size_t)n;
	CHECK(fd >= 0 && n == 0);
	text[used] = '\0';
	close(fd);
}

static void look(struct state *state)
{
	memset(state, 0, sizeof(*state));
	take("/proc/self/maps", state->maps);
	take("/proc/self/status", state->status);
	CHECK(!call(SYS_get_robust_list, 0, &state->robust,
		    &state->robust_size));
	CHECK(!prctl(PR_GET_TID_ADDRESS, &state->tid_address) ||
	      errno == EINVAL);
	CHECK(!sigaltstack(NULL, &state->other));
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &state->mask));
	CHECK(!sigpending(&state->pending));
	state->end = sbrk(0);
	for (int fd = 0; fd < 64; fd++)
		state->descriptors += fcntl(fd, F_GETFD) >= 0;
	/* It is registered, and where it was: a second time is refused. */
	if (__rseq_size)
		CHECK(call6(SYS_rseq,
			    (long)__builtin_thread_pointer() + __rseq_offset,
			    32, 0, RSEQ_SIG, 0, 0) == -EBUSY);
}

static void compare_status(char *before, char *after)
{
	char *a, *b, *save_a, *save_b;

	a = strtok_r(before, "\n", &save_a);
	b = strtok_r(after, "\n", &save_b);
	for (; a && b; a = strtok_r(NULL, "\n", &save_a),
		       b = strtok_r(NULL, "\n", &save_b))
		if (counts(a) && strcmp(a, b))
			SAY("FAIL before: %s, after: %s\n", a, b);
	CHECK(!a && !b);
}

static void await_busily(const volatile int *flag)
{
	while (!*flag)
		;
}

static void *thread(void *arg)
{
	void *robust = NULL, *now = NULL;
	size_t size;

	CHECK(!call(SYS_get_robust_list, 0, &robust, &size));
	await_busily(&begun);
	for (; !over; calls += 100)
		dull(100);
	CHECK(!call(SYS_get_robust_list, 0, &now, &size));
	CHECK(now == robust);
	__atomic_fetch_add(&rests, 1, __ATOMIC_SEQ_CST);
	await_busily(&ended_all);
	return arg;
}

/* With something new before it, so that it is not quiet yet. Before and after
 * it no thread makes a call: while one does, its mappings may come and go. */
static void be_dull(int kind)
{
	FRESH_HIT(KINDS + kind);
	begun = 1;
	if (kind != THREADS_ONLY)
		dull(DULL / 2);
	while (kind == THREADS_ONLY && calls < DULL / 2)
		;
	over = 1;
	while (kind && rests < THREADS)
		;
}

static void child(int kind)
{
	static struct state before, after;
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	pthread_t threads[THREADS];
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGRTMIN);
	CHECK(!sigprocmask(SIG_BLOCK, &some, NULL));
	signal(SIGUSR2, SIG_IGN);
	raise(SIGUSR1);
	CHECK(!sigaltstack(&stack, NULL));
	for (int i = 0; i < THREADS && kind; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, NULL));
	look(&after); /* whatever that needs is there now */
	look(&before);
	be_dull(kind);
	look(&after);
	ended_all = 1;
	if (strcmp(before.maps, after.maps))
		SAY("FAIL before:\n%safter:\n%s", before.maps, after.maps);
	compare_status(before.status, after.status);
	memset(before.maps, 0, 2 * ROOM);
	memset(after.maps, 0, 2 * ROOM);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	for (int i = 0; i < THREADS && kind; i++)
		CHECK(!pthread_join(threads[i], NULL));
	FRESH_HIT(kind);
	_exit(kind + 1);
}

int main(void)
{
	fresh_need(0, 2 * KINDS);
	each_child(KINDS, child);
	return 0;
}
