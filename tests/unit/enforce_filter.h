/* SPDX-License-Identifier: MIT */
/*
 * The filter of a plan, for tests that run its instructions.
 */
#ifndef JAIL_TESTS_UNIT_ENFORCE_FILTER_H
#define JAIL_TESTS_UNIT_ENFORCE_FILTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "enforce/filter/filter.h"
#include "tests/lib/bpf.c"

struct filter {
	struct sock_filter *code;
	size_t count;
};

/* The kernel would load it; its code is the caller's. */
static inline struct filter build(const struct enforce_plan *plan,
				  bool listener)
{
	struct error err = {0};
	struct filter filter;

	if (enforce_filter(plan, listener, &filter.code, &filter.count, &err))
		fail_msg("%s", err.text);
	assert_true(bpf_loads(filter.code, filter.count));
	return filter;
}

#endif
