/* SPDX-License-Identifier: MIT */
/*
 * The first thread is on a small stack of its own, as a handler's or a
 * coroutine's, and that stack is a variable in the frame of a function: below
 * lie the frames of what that function called, and another thread works there;
 * or the stack is a piece of memory of which other pieces have other uses. Once
 * in each of some children, each with something new before its quiet.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "tests/progs/trap_quiet.h"

enum { CHILDREN = 6, CALLS = 10000, WORDS = 512 };

static volatile int over, running;
static volatile uint64_t *live;

/* Where there are processors enough, nobody waits for the other. */
static void run_on(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* The odd words change all the time, the even ones never. */
static void *worker(void *arg)
{
	uint64_t wrong = 0, value = 0;

	run_on(1);
	while (!over) {
		for (int i = 1; i < WORDS; i += 2)
			live[i] = value + (uint64_t)i;
		for (int i = 0; i < WORDS; i++)
			wrong += live[i] != (i % 2 ? value + (uint64_t)i : 0);
		value += 12345;
		running = 1;
	}
	CHECK(wrong == 0);
	return arg;
}

/* No stack is needed, nor a signal handled. */
static void calls_on(void *stack)
{
	__asm__ volatile("mov %%rsp, %%r13\n"
			 "mov %[stack], %%rsp\n"
			 "mov %[calls], %%r12d\n"
			 "1:\n"
			 "mov %[number], %%eax\n"
			 "syscall\n"
			 "dec %%r12d\n"
			 "jnz 1b\n"
			 "mov %%r13, %%rsp\n"
			 :
			 : [stack] "r"(stack), [number] "i"(SYS_getppid),
			   [calls] "i"(CALLS)
			 : "rax", "rcx", "r11", "r12", "r13", "cc", "memory");
}

static void child(int n)
{
	uint64_t frames[WORDS + 64] = { 0 }, *memory = frames;
	pthread_t thread;

	if (n % 2)
		memory = mmap(NULL, sizeof(frames), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	live = memory;
	CHECK(!pthread_create(&thread, NULL, worker, NULL));
	run_on(0);
	await(&running);
	FRESH_HIT(n);
	calls_on(memory + WORDS + 16);
	over = 1;
	CHECK(!pthread_join(thread, NULL));
	_exit(n + 1);
}

int main(void)
{
	fresh_need(0, CHILDREN);
	each_child(CHILDREN, child);
	return 0;
}
