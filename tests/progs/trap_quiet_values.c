/* SPDX-License-Identifier: MIT */
/*
 * Calls whose argument values are kept. In the quiet they are made with some
 * values, after it with others: those are news, though the call is not.
 */
#include <net/if.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "tests/progs/trap_quiet.h"

static const struct row {
	const char *name;
	long number;
	long known[4], fresh[4];
	const char *value;	/* how jail tells the fresh one */
} rows[] = {
	{ "ioctl", SYS_ioctl, { -1, 1 }, { -1, 2 }, "request=2" },
	/* Only the lower half of an int counts. */
	{ "ioctl", SYS_ioctl, { -1, 0x700000001 }, { -1, 0x700000003 },
	  "request=3" },
	{ "fcntl", SYS_fcntl, { -1, 1 }, { -1, 77 }, "command=77" },
	{ "prctl", SYS_prctl, { 99 }, { 98 }, "option=98" },
	{ "socket", SYS_socket, { 99, 1, 0 }, { 99, 1, 7 },
	  "family=99 type=1 protocol=7" },
	{ "socket", SYS_socket, { 99, 1, 0 }, { 99, 2, 0 },
	  "family=99 type=2 protocol=0" },
	{ "socket", SYS_socket, { 99, 1, 0 }, { 98, 1, 0 },
	  "family=98 type=1 protocol=0" },
	{ "mprotect", SYS_mprotect, { 1, 0, 1 }, { 1, 0, 2 }, "prot=2" },
	/* All of a long counts. */
	{ "mprotect", SYS_mprotect, { 1, 0, 1 }, { 1, 0, 0x500000001 },
	  "prot=21474836481" },
	{ "mmap", SYS_mmap, { 0, 0, 3 }, { 0, 0, 2 }, "prot=2" },
	{ "personality", SYS_personality, { 0xffffffff }, { 0x40000 },
	  "persona=262144" },
	{ "unshare", SYS_unshare, { 0x200 }, { 0x400 }, "flags=1024" },
};

static void make(const struct row *row, const long *arguments)
{
	call6(row->number, arguments[0], arguments[1], arguments[2], 0, 0, 0);
}

/* Flags of clone, CLONE_FILES after the quiet. */
static void birth(long flags)
{
	pid_t pid = (pid_t)call(SYS_clone, flags | SIGCHLD, 0, 0);

	if (!pid)
		_exit(3);
	CHECK(ended(pid) == 3);
}

int main(void)
{
	size_t count = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; i < count; i++)
		SAY("x86_64 %s %ld %s\n", rows[i].name, rows[i].number,
		    rows[i].value);
	SAY("x86_64 clone %d flags=%d\n", SYS_clone, SIGCHLD);
	SAY("x86_64 clone %d flags=%d\n", SYS_clone, CLONE_FILES | SIGCHLD);
	birth(0);
	for (size_t n = 0; n < DULL; n++)
		make(&rows[n % count], rows[n % count].known);
	birth(0);
	for (size_t i = 0; i < count; i++)
		make(&rows[i], rows[i].fresh);
	birth(CLONE_FILES);
	return 0;
}
