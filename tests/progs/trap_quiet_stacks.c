/* SPDX-License-Identifier: MIT */
/*
 * Quiet with odd stack pointers, each in a child of its own. What lies below
 * the stack pointer is the program's: it is read after every call, by another
 * thread while calls are made, or is not mapped at all. The pointer may point
 * nowhere, for a call needs no stack.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "tests/progs/trap_quiet.h"

enum { PAGE = 4096, CALLS = 3000, MORE = 100, KINDS = 10 };

static volatile int *done;	/* children that have made their calls */

/* Makes COUNT calls with the stack pointer STACK. Returns how often one of the
 * DEPTH bytes below it was not as before. No stack is needed, nor a signal
 * handled. */
static long some_calls_on(uint64_t stack, long depth, uint64_t count)
{
	register uint64_t r8 __asm__("r8") = 0;
	register uint64_t r9 __asm__("r9") = (uint64_t)depth;
	register uint64_t r10 __asm__("r10") = stack;
	register uint64_t r12 __asm__("r12") = count;
	register uint64_t r13 __asm__("r13");

	__asm__ volatile("mov %%rsp, %%r13\n"
			 "mov %%r10, %%rsp\n"
			 "1:\n"
			 "mov %[number], %%eax\n"
			 "syscall\n"
			 "mov %%rsp, %%rdi\n"
			 "sub %%r9, %%rdi\n"
			 "mov %%r9, %%rcx\n"
			 "mov $0x5a, %%al\n"
			 "cmp %%al, %%al\n"
			 "repe scasb\n"
			 "je 2f\n"
			 "inc %%r8\n"
			 "2:\n"
			 "dec %%r12\n"
			 "jnz 1b\n"
			 "mov %%r13, %%rsp\n"
			 : "+r"(r8), "+r"(r12), "=&r"(r13)
			 : "r"(r9), "r"(r10), [number] "i"(SYS_getppid)
			 : "rax", "rcx", "rdi", "r11", "cc", "memory");
	return (long)r8;
}

/* The quiet ends for all at once, and so nobody's too early. */
static long calls_on(uint64_t stack, long depth)
{
	long wrong = some_calls_on(stack, depth, CALLS);

	__atomic_fetch_add(done, 1, __ATOMIC_SEQ_CST);
	while (*done < KINDS)
		wrong += some_calls_on(stack, depth, MORE);
	return wrong;
}

static char *pages(size_t count, int protection)
{
	char *area = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(area != MAP_FAILED);
	memset(area, 0x5a, count * PAGE);
	CHECK(!mprotect(area, count * PAGE, protection));
	return area;
}

/* A pattern below the stack pointer, which is not even aligned. */
static void below(void)
{
	char *area = pages(4, PROT_READ | PROT_WRITE);

	CHECK(calls_on((uint64_t)area + 3 * PAGE + 5, 2 * PAGE) == 0);
}

/* The same in a frame of the stack that the process has from the kernel. */
static void below_on_stack(void)
{
	char area[4 * PAGE];

	memset(area, 0x5a, sizeof(area));
	CHECK(calls_on((uint64_t)area + 3 * PAGE, 2 * PAGE) == 0);
}

/* Not a byte of room: another mapping's guard is right below. */
static void guard(void)
{
	char *area = pages(2, PROT_READ | PROT_WRITE);

	CHECK(!mprotect(area, PAGE, PROT_NONE));
	CHECK(calls_on((uint64_t)area + PAGE, 0) == 0);
}

static void read_only(void)
{
	char *area = pages(3, PROT_READ);

	CHECK(calls_on((uint64_t)area + 2 * PAGE, 2 * PAGE) == 0);
}

static void nowhere(void)
{
	CHECK(calls_on(0, 0) == 0);
}

static void at_the_bottom(void)
{
	CHECK(calls_on(64, 0) == 0);
}

static void not_canonical(void)
{
	CHECK(calls_on(0x7deadbeef0000000, 0) == 0);
}

static void in_the_kernel(void)
{
	CHECK(calls_on(UINT64_MAX - 15, 0) == 0);
}

/* Just below the top of the main stack's mapping grows nothing. */
static void below_the_stack(void)
{
	char here, *far = &here - 512 * 1024;

	CHECK(calls_on((uint64_t)far & ~(uint64_t)15, 0) == 0);
}

static volatile int over;
static volatile uint64_t *live;

/* Works on what lies below the other thread's stack pointer. */
static void *worker(void *arg)
{
	uint64_t wrong = 0, value = 0;

	while (!over) {
		for (int i = 0; i < 512; i++)
			live[i] = value + (uint64_t)i;
		for (int i = 0; i < 512; i++)
			wrong += live[i] != value + (uint64_t)i;
		value += 12345;
	}
	CHECK(wrong == 0);
	return arg;
}

static void shared(void)
{
	char *area = pages(2, PROT_READ | PROT_WRITE);
	pthread_t thread;

	live = (volatile uint64_t *)area;
	CHECK(!pthread_create(&thread, NULL, worker, NULL));
	CHECK(calls_on((uint64_t)area + PAGE, 0) == 0);
	over = 1;
	CHECK(!pthread_join(thread, NULL));
}

static void (*const kinds[KINDS])(void) = { below, below_on_stack, guard, read_only,
				       nowhere, at_the_bottom, not_canonical,
				       in_the_kernel, below_the_stack, shared };

int main(void)
{
	pid_t pids[KINDS];
	int ends[2];

	fresh_need(0, KINDS);
	done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(!pipe(ends));
	for (int i = 0; i < KINDS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		hear(ends[0]);
		kinds[i]();
		FRESH_HIT(i);
		_exit(i + 1);
	}
	for (int i = 0; i < KINDS; i++)
		tell(ends[1]);
	for (int i = 0; i < KINDS; i++)
		CHECK(ended(pids[i]) == i + 1);
	return 0;
}
