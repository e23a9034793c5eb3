/* SPDX-License-Identifier: MIT */
/* 3,000 processes one after another, in batches of 20 at a time. Some of them,
 * early and late, make calls that no other makes. */
#include "tests/progs/trap.h"

enum { PROCESSES = 3000, BATCH = 20 };

static void child(int n)
{
	if (n == 17)
		HIT(getpgid);
	if (n == 1777)
		HIT(getsid);
	if (n == PROCESSES - 1)
		HIT(sched_getparam);
	_exit(0);
}

int main(void)
{
	NEED(getpgid);
	NEED(getsid);
	NEED(sched_getparam);
	for (int i = 0; i < PROCESSES; i += BATCH) {
		for (int j = i; j < i + BATCH; j++) {
			pid_t pid = fork();

			if (!pid)
				child(j);
			CHECK(pid > 0);
		}
		for (int j = 0; j < BATCH; j++) {
			int status = -1;

			CHECK(wait(&status) > 0 && status == 0);
		}
	}
	CHECK(wait(NULL) < 0 && errno == ECHILD);
	return 0;
}
