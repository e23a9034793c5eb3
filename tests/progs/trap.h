/* SPDX-License-Identifier: MIT */
/*
 * What the traced programs share. Each does one thing that is hard to trace and
 * prints, the same in every run,
 *
 *   ARCH NAME NUMBER	a call that it makes: it must be learned
 *   ! ARCH NAME NUMBER	a call that it does not make: it must not be
 *   FAIL ...		something was not as it is without a tracer
 *
 * The calls are rare ones, which the start of a C program does not make, and
 * are made at the one place in question by HIT, with arguments that do nothing.
 * Processes meet by pipes, never by sleeping.
 */
#ifndef JAIL_TESTS_TRAP_H
#define JAIL_TESTS_TRAP_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not through stdio: a forked child must not print its parent's buffer. */
#define SAY(...) dprintf(STDOUT_FILENO, __VA_ARGS__)
#define NEED(name) SAY("x86_64 " #name " %d\n", SYS_##name)
#define NOT(name) SAY("! x86_64 " #name " %d\n", SYS_##name)
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			SAY("FAIL %s:%d: %s (errno %d)\n", __FILE__, __LINE__, \
			    #condition, errno);                                \
	} while (0)

/* A system call as the kernel has it: returns -errno, touches no memory of
 * libc, may be used in a vfork child or a signal handler. */
static inline long call6(long number, long a, long b, long c, long d, long e,
			 long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define call(number, a, b, c) \
	call6((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define HIT(name) call(SYS_##name, -1, 0, 0)

/* The 32-bit entry, which 64-bit code may use as well. */
static inline long int80(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

/* Waits for the end of PID: its exit status, or -N if signal N ended it. */
static inline int ended(pid_t pid)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(pid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	CHECK(got == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Waits until the task sleeps in call NUMBER: the kernel has seen the call, and
 * it will not return by itself. False if that never happens, or it ended. */
static inline bool sleeps_in(pid_t pid, pid_t tid, long number)
{
	char path[64], text[512];

	for (int i = 0; i < 30000; i++, usleep(1000)) {
		static const char *const files[] = { "syscall", "stat" };
		bool right[2] = { false, false };

		for (int j = 0; j < 2; j++) {
			ssize_t n;
			char *at;
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid,
				 tid, files[j]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
			close(fd);
			if (n <= 0)
				return false;
			text[n] = '\0';
			at = strrchr(text, ')');
			if (at && (at[2] == 'Z' || at[2] == 'X'))
				return false;
			right[j] = j ? at && at[2] == 'S' :
				       *text >= '0' && atol(text) == number;
		}
		if (right[0] && right[1])
			return true;
	}
	return false;
}

/* One byte through a pipe: the other side has come this far. */
static inline void tell(int fd)
{
	CHECK(write(fd, "x", 1) == 1);
}

static inline void hear(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	CHECK(n == 1);
}

#endif
