/* SPDX-License-Identifier: MIT */
/*
 * Faults on demand: part of the program in the build `make FAULTS=1` alone.
 *
 * The linker puts the functions below before those of libc (--wrap, ld(1)).
 * They count their calls, all processes of the run together, and with
 * JAIL_FAULT=N the Nth fails: with EPERM, or with the errno in
 * JAIL_FAULT_ERRNO. JAIL_FAULT_FILE names a file that all share; it begins with
 * the name of the function that failed, or with nothing if there was no Nth
 * call, and has where each call was made. Nothing is written by a call: a filter
 * may be in force.
 *
 * The counting ends with the execve by which the program is started.
 *
 * With JAIL_FAULT_MEMORY allocations fail instead, with ENOMEM: memory.c. They
 * are counted until the end of the run.
 *
 * A function that takes integers and pointers gets them in registers, and a
 * result of the type long holds any other; so one form is enough for all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/faults/faults.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "arguments are not in registers here"
#endif

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);

static struct shared {
	char name[48];
	long caller;		/* in the program's file, for addr2line(1) */
	atomic_long count;
	atomic_bool over;
	long callers[4096];	/* likewise; of the first calls */
} *shared;
static long wanted;
static long code = EPERM;
static bool memory;

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("JAIL_FAULT");
	const char *error = getenv("JAIL_FAULT_ERRNO");
	const char *file = getenv("JAIL_FAULT_FILE");
	long fd, page;

	if (!number || !file)
		return;
	wanted = strtol(number, NULL, 10);
	if (error)
		code = strtol(error, NULL, 10);
	memory = getenv("JAIL_FAULT_MEMORY");
	if (memory)
		code = ENOMEM;
	fd = __real_syscall(SYS_openat, AT_FDCWD, file,
			    O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
	if (fd < 0 || __real_syscall(SYS_ftruncate, fd, sizeof(*shared)) < 0)
		abort();
	page = __real_syscall(SYS_mmap, NULL, sizeof(*shared),
			      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
	if (page == -1)
		abort();
	__real_syscall(SYS_close, fd);
	shared = (struct shared *)page;
}

/* The file is mapped from here on (ld(1), PROVIDE_HIDDEN). */
extern char __executable_start;

static bool counted(const char *name, long number, const char *caller)
{
	long at;

	at = atomic_fetch_add(&shared->count, 1);
	if (at < 4096)
		shared->callers[at] = caller - &__executable_start;
	if (at + 1 != wanted)
		return false;
	if (number < 0)
		snprintf(shared->name, sizeof(shared->name), "%s", name);
	else
		snprintf(shared->name, sizeof(shared->name), "%s %ld", name,
			 number);
	shared->caller = caller - &__executable_start;
	errno = (int)code;
	return true;
}

static bool fails(const char *name, long number, const char *caller)
{
	return shared && !memory && !atomic_load(&shared->over) &&
	       counted(name, number, caller);
}

bool faults_begun(void)
{
	return shared && memory;
}

bool faults_memory(const char *name, const void *caller)
{
	return counted(name, -1, caller);
}

#define WRAP(name, failure)                                                    \
	long __real_##name(long, ...);                                         \
	long __wrap_##name(long a, long b, long c, long d, long e, long f);    \
	long __wrap_##name(long a, long b, long c, long d, long e, long f)     \
	{                                                                      \
		if (fails(#name, -1, __builtin_return_address(0)))             \
			return failure;                                        \
		return __real_##name(a, b, c, d, e, f);                        \
	}
#define CALL(name) WRAP(name, -1)
#define POINTER(name) WRAP(name, 0)
#include "tests/faults/calls.h"

long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f)
{
	if (number != SYS_exit_group && fails("syscall", number,
						  __builtin_return_address(0)))
		return -1;
	if (number == SYS_execve && shared)
		atomic_store(&shared->over, true);
	return __real_syscall(number, a, b, c, d, e, f);
}
