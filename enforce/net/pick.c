/* SPDX-License-Identifier: MIT */
/*
 * Which address is tried next: start + i * step modulo the size of the range,
 * where step and size have no common divisor, comes by each one once.
 */
#include <string.h>

#include "enforce/net/devices.h"

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void pick_begin(struct pick *pick, uint32_t first, uint32_t last,
		uint64_t seed)
{
	pick->first = first;
	pick->count = last - first + 1;
	pick->start = (uint32_t)seed % pick->count;
	pick->step = (uint32_t)(seed >> 32) % pick->count;
	while (common_divisor(pick->step, pick->count) != 1)
		pick->step = (pick->step + 1) % pick->count;
	pick->done = 0;
	pick->pass = 0;
}

static bool has(const uint32_t *list, size_t count, uint32_t address)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == address)
			return true;
	return false;
}

static bool fits(const struct pick *pick, uint32_t address)
{
	bool neighbour = has(pick->neighbours, pick->neighbour_count, address);

	return neighbour == (pick->pass == 1) &&
	       !has(pick->forbidden, pick->forbidden_count, address);
}

bool pick_next(struct pick *pick, uint32_t *address)
{
	for (; pick->pass < 2; pick->pass++, pick->done = 0)
		while (pick->done < pick->count) {
			uint64_t i = (pick->start +
				      (uint64_t)pick->done++ * pick->step) %
				     pick->count;

			*address = pick->first + (uint32_t)i;
			if (fits(pick, *address))
				return true;
		}
	return false;
}
