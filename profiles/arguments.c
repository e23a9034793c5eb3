/* SPDX-License-Identifier: MIT */
/*
 * Which arguments of a call are kept while learning: values in registers that
 * a filter can test later. Pointers are of no use to a filter, so calls that
 * carry their arguments in memory have no rule, with two exceptions that the
 * labels tell: of clone3 the tracer reads the flags and hands them over as
 * argument 0; of i386's socketcall the number of the sub-call is kept.
 *
 * The masks follow the kernel's prototypes: it ignores the upper half of an
 * int argument, whatever the register holds. The tracer asks at each stop, so
 * the rows are spread into an array by number once.
 */
#include <pthread.h>

#include "profiles/profiles.h"

#define INT 0xffffffffu
#define LONG UINT64_MAX
#define BIT(arch) (1u << BASE_ARCH_##arch)
#define ALL (BIT(AARCH64) | BIT(I386) | BIT(X32) | BIT(X86_64))
#define ONE(argument, bits, name)                                              \
	{                                                                      \
		1, { argument }, { bits }, { name }                            \
	}

static const struct row {
	const char *name;
	unsigned archs;
	struct profiles_argument_rule rule;
} rows[] = {
	{ "socket", ALL,
	  { 3, { 0, 1, 2 }, { INT, INT, INT },
	    { "family", "type", "protocol" } } },
	{ "socketpair", ALL,
	  { 3, { 0, 1, 2 }, { INT, INT, INT },
	    { "family", "type", "protocol" } } },
	{ "socketcall", BIT(I386), ONE(0, INT, "call") },
	{ "ioctl", ALL, ONE(1, INT, "request") },
	{ "prctl", ALL, ONE(0, INT, "option") },
	{ "clone", ALL, ONE(0, INT, "flags") },
	{ "clone3", ALL, ONE(0, LONG, "flags") },
	{ "unshare", ALL, ONE(0, LONG, "flags") },
	/* i386's mmap has its arguments in memory. */
	{ "mmap", ALL & ~BIT(I386), ONE(2, LONG, "prot") },
	{ "mmap2", BIT(I386), ONE(2, LONG, "prot") },
	{ "mprotect", ALL, ONE(2, LONG, "prot") },
	{ "pkey_mprotect", ALL, ONE(2, LONG, "prot") },
	{ "fcntl", ALL, ONE(1, INT, "command") },
	{ "fcntl64", BIT(I386), ONE(1, INT, "command") },
	{ "personality", ALL, ONE(0, INT, "persona") },
};

static const struct profiles_argument_rule none;

/* Row number + 1 by arch and call number, 0 for none. */
#define NUMBERS 1024
static uint8_t row_of[BASE_ARCH_COUNT][NUMBERS];
static pthread_once_t spread = PTHREAD_ONCE_INIT;

static void spread_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++) {
			int number = -1;

			if (rows[i].archs & 1u << arch)
				number = base_call_number(arch, rows[i].name);
			if (number >= 0 && number < NUMBERS)
				row_of[arch][number] = (uint8_t)(i + 1);
		}
	}
}

const struct profiles_argument_rule *profiles_argument_rule(
	struct base_call call)
{
	uint8_t row;

	pthread_once(&spread, spread_rows);
	if (call.arch >= BASE_ARCH_COUNT || call.number >= NUMBERS)
		return &none;
	row = row_of[call.arch][call.number];
	return row ? &rows[row - 1].rule : &none;
}

int profiles_argument_compare(const void *a, const void *b)
{
	const struct profiles_argument *x = a, *y = b;
	int order = base_call_compare(&x->call, &y->call);

	for (size_t i = 0; order == 0 && i < ARRAY_SIZE(x->values); i++)
		order = (x->values[i] > y->values[i]) -
			(x->values[i] < y->values[i]);
	return order;
}
