/* SPDX-License-Identifier: MIT */
/* One thread that makes the same number of each call in every run. */
#include "tests/progs/trap.h"

int main(void)
{
	for (int i = 0; i < 5000; i++)
		call(SYS_getppid, 0, 0, 0);
	for (int i = 0; i < 700; i++)
		call(SYS_close, -1, 0, 0);
	for (int i = 0; i < 30; i++)
		call(999, 0, 0, 0);
	for (int i = 0; i < 20; i++)
		int80(132, (uint32_t)-1, 0, 0);
	for (int i = 0; i < 11; i++)
		call(0x40000000 | SYS_getsid, -1, 0, 0);
	return 0;
}
