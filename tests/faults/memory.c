/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail on demand, like the calls of faults.c: those of jail
 * and of all its libraries, since a definition in the program comes before that
 * of libc. Not those of libseccomp, for which jail has taken memory before it
 * calls it (program_memory_take()), nor those of the loader.
 *
 * The names with two underscores are glibc's own functions (malloc/malloc.c).
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/faults/faults.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool is_spared(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname &&
	       (strstr(info.dli_fname, "/libseccomp.so") ||
		strstr(info.dli_fname, "/ld-linux"));
}

static bool fails(const char *name, const void *caller)
{
	return faults_begun() && !is_spared(caller) &&
	       faults_memory(name, caller);
}

void *malloc(size_t size)
{
	return fails("malloc", __builtin_return_address(0)) ?
		       NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails("calloc", __builtin_return_address(0)) ?
		       NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails("realloc", __builtin_return_address(0)) ?
		       NULL : __libc_realloc(old, size);
}
