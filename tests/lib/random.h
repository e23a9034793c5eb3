/* SPDX-License-Identifier: MIT */
/*
 * Numbers for random tests, the same on every machine. Each file that includes
 * this has a state of its own.
 */
#ifndef TESTS_LIB_RANDOM_H
#define TESTS_LIB_RANDOM_H

#include <stdint.h>

/* xorshift32. */
static inline uint32_t random_below(uint32_t limit)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % limit;
}

#endif
