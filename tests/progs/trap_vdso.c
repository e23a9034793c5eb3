/* SPDX-License-Identifier: MIT */
/* Clock calls that the vDSO cannot answer become real ones. */
#include <time.h>

#include "tests/progs/trap.h"

int main(void)
{
	struct timespec now;

	NEED(clock_gettime);
	CHECK(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now));
	NEED(clock_getres);
	CHECK(!clock_getres(CLOCK_PROCESS_CPUTIME_ID, &now));
	return 0;
}
