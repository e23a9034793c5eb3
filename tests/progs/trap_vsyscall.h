/* SPDX-License-Identifier: MIT */
/* The vsyscall page (arch/x86/entry/vsyscall). */
#ifndef JAIL_TESTS_TRAP_VSYSCALL_H
#define JAIL_TESTS_TRAP_VSYSCALL_H

#include "tests/progs/trap.h"

#define PAGE 0xffffffffff600000UL

static bool has_page(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool has = false;

	while (maps && fgets(line, sizeof(line), maps))
		has = has || strstr(line, "[vsyscall]");
	fclose(maps);
	return has;
}

#endif
