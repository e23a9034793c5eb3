/* SPDX-License-Identifier: MIT */
/*
 * What this program needs is known (tests/bats/minimize.bats):
 *
 *	getpriority		its failure does not matter; with "priority"
 *				it does: status 8
 *	getpgid			must not fail: status 3
 *	getsid			must not be missing: status 4; EPERM will do
 *	sched_yield or		one of the two: status 5
 *	sched_getscheduler
 *	getegid			must not fail: ends by SIGABRT
 *	geteuid			must not fail: hangs, with "hang"
 *	sysinfo			made with "more" alone
 *	getgroups		must not fail more than three times: status 9, with
 *				"luck", which counts in the file "luck"
 *	getuid			must not fail: a child ends with another status
 *
 * With "guards" it makes calls that protect, and passes over their failure; with
 * "large" it makes the file "large", of 4 TB without a byte. With "file" it
 * writes the file "made", and needs ftruncate for its contents, which "far" lie
 * behind 1 TB without a byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int has(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return 1;
	return 0;
}

static int write_file(off_t at)
{
	int fd = open("made", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	const char *text = "none\n";

	if (fd < 0)
		return 1;
	if (syscall(SYS_ftruncate, fd, 0) == 0)
		text = "with\n";
	return pwrite(fd, text, strlen(text), at) < 0;
}

/* A file of 4 TB that has no byte. */
static void make_large(void)
{
	int fd = open("large", O_WRONLY | O_CREAT, 0600);

	(void)!ftruncate(fd, (off_t)1 << 42);
	close(fd);
}

/* What protects, without a look whether it worked. */
static void guard(void)
{
	syscall(SYS_umask, 077);
	syscall(SYS_setresuid, -1, -1, -1);
	syscall(SYS_fchmod, -1, 0600);
	syscall(SYS_fsync, -1);
	syscall(SYS_prctl, 38, 1, 0, 0, 0);
	syscall(SYS_chdir, "/");
	syscall(SYS_getsid, 0);
}

/* Whether it was luck three times already. */
static int out_of_luck(int failed)
{
	int fd = open("luck", O_WRONLY | O_CREAT | O_APPEND, 0600);
	off_t times = write(fd, ".", (size_t)failed) == failed ?
		      lseek(fd, 0, SEEK_END) : -1;

	return times < 0 || (failed && times > 3);
}

static int in_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(syscall(SYS_getuid) < 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

int main(int argc, char **argv)
{
	if (syscall(SYS_getpriority, 0, 0) < 0 && has(argc, argv, "priority"))
		return 8;
	if (syscall(SYS_getpgid, 0) < 0)
		return 3;
	if (syscall(SYS_getsid, 0) < 0 && errno == ENOSYS)
		return 4;
	if (syscall(SYS_sched_yield) < 0 &&
	    syscall(SYS_sched_getscheduler, 0) < 0)
		return 5;
	/* Always made, so that it is learned as well. */
	syscall(SYS_sched_getscheduler, 0);
	if (syscall(SYS_getegid) < 0)
		abort();
	while (has(argc, argv, "hang") && syscall(SYS_geteuid) < 0)
		;
	if (has(argc, argv, "more"))
		syscall(SYS_sysinfo, NULL);
	if (has(argc, argv, "child"))
		printf("child: %d\n", in_child());
	if (has(argc, argv, "file") &&
	    write_file(has(argc, argv, "far") ? (off_t)1 << 40 : 0))
		return 6;
	if (has(argc, argv, "large"))
		make_large();
	if (has(argc, argv, "guards"))
		guard();
	if (has(argc, argv, "number"))
		printf("number %d, 0x%x\n", (int)getpid(), getpid() * 7);
	if (has(argc, argv, "word"))
		printf("word %c\n", 'a' + (char)(getpid() % 20));
	if (has(argc, argv, "luck") &&
	    out_of_luck(syscall(SYS_getgroups, 0, NULL) < 0))
		return 9;
	puts("done");
	return has(argc, argv, "status") ? 7 : 0;
}
