/* SPDX-License-Identifier: MIT */
/*
 * The attempts' main(), and what they share.
 */
#include "escape.h"

#include <sys/mman.h>

extern char **environ;

int refused(const char *what)
{
	dprintf(2, "%s: %s\n", what, strerror(errno));
	return REFUSED;
}

int outcome(const char *what, long result)
{
	return result < 0 ? refused(what) : DONE;
}

int show_fd(int fd)
{
	char text[4096];
	ssize_t got = read(fd, text, sizeof(text));

	if (got < 0)
		return refused("read");
	if (got == 0) {
		errno = ENODATA;
		return refused("read");
	}
	return write(1, text, got) == got ? DONE : BROKEN;
}

int show_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	return fd < 0 ? refused(path) : show_fd(fd);
}

int put_file(const char *path, const char *text)
{
	char *copy = strdup(path);
	ssize_t done;
	int fd;

	for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
	free(copy);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return refused(path);
	done = write(fd, text, strlen(text));
	if (done < 0)
		return refused("write");
	return close(fd) < 0 ? refused("close") : DONE;
}

int start(const char *path, char *const argv[])
{
	execve(path, argv, environ);
	return refused("execve");
}

int in_child(int (*body)(void *data), void *data)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return refused("fork");
	if (pid == 0)
		_exit(body(data));
	if (waitpid(pid, &status, __WALL) != pid)
		return BROKEN;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	dprintf(2, "a child was ended by signal %d\n", WTERMSIG(status));
	return REFUSED;
}

long int80(long number, long a, long b, long c)
{
	long result = number;

#ifdef __x86_64__
	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
#else
	(void)a, (void)b, (void)c;
	result = -ENOSYS;
#endif
	return result;
}

char *low_memory(const char *text)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		exit(BROKEN);
	strncpy(low, text, 4095);
	return low;
}

static int run(const struct attempt *attempt, char **args)
{
	int count = 0;

	while (args[count])
		count++;
	if (count < attempt->args) {
		dprintf(2, "%s takes %d arguments\n", attempt->name,
			attempt->args);
		return BROKEN;
	}
	return attempt->try(args);
}

int main(int argc, char **argv)
{
	static const struct attempt *const tables[] = {
		attempts_files, attempts_mounts, attempts_processes,
		attempts_filter, attempts_started, attempts_ids,
		attempts_ipc, attempts_terminal};

	setvbuf(stdout, NULL, _IONBF, 0);
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (size_t i = 0; argc > 1 && tables[t][i].name; i++)
			if (strcmp(tables[t][i].name, argv[1]) == 0)
				return run(&tables[t][i], argv + 2);
	return 64;
}
