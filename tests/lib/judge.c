/* SPDX-License-Identifier: MIT */
/*
 * judge --program FILE [--out FILE] [--buffer KIB] -- COMMAND [ARG...]
 *
 * Runs COMMAND and lists the system calls that FILE, which COMMAND executes at
 * some point, and its descendants made, as the kernel's tracepoint
 * raw_syscalls:sys_enter saw them: `ARCH NUMBER COUNT PID FILE` a line. Exits as
 * COMMAND did (128+N for signal N), or with 120 and a sentence if the record is
 * not complete.
 *
 * tracefs is mounted nowhere: fsmount(2) gives a descriptor. The tracing
 * instance is private, follows COMMAND by set_event_pid and event-fork, and is
 * removed at the end. One of a judge that was killed is removed by the next.
 * The tracepoint comes after seccomp: calls that a filter refused and those of
 * the vsyscall page are not in the record.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/judge.h"

enum { FAILED = 120, MAX_CPUS = 256, PREFIX = 11,
       ENTER_PREFIX = 10 };

static int instance = -1, instances = -1;
static char instance_name[32];
static int cpu_fds[MAX_CPUS];	/* per_cpu/cpuN/trace_pipe_raw */
static size_t cpus;

static void remove_instance(void)
{
	if (instance < 0)
		return;
	for (size_t i = 0; i < cpus; i++)
		close(cpu_fds[i]);
	close(instance);
	instance = -1;
	/* The last pages may still be in use for a moment. */
	for (int i = 0; i < 100; i++) {
		if (!unlinkat(instances, instance_name, AT_REMOVEDIR) ||
		    errno != EBUSY)
			return;
		usleep(10000);
	}
}

void judge_die(const char *format, ...)
{
	va_list list;

	fputs("judge: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	remove_instance();
	exit(FAILED);
}

static void put(const char *path, const char *text)
{
	int fd = openat(instance, path, O_WRONLY | O_CLOEXEC | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		judge_die("cannot write %s to %s: %s", text, path,
			  strerror(errno));
	close(fd);
}

static size_t read_text(const char *path, char *buffer, size_t size)
{
	int fd = openat(instance, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (n < 0)
		judge_die("cannot read %s: %s", path, strerror(errno));
	buffer[n] = '\0';
	close(fd);
	return (size_t)n;
}

static uint16_t event_type(const char *event)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "events/%s/id", event);
	read_text(path, text, sizeof(text));
	return (uint16_t)atoi(text);
}

static int open_tracefs(void)
{
	int fs = fsopen("tracefs", FSOPEN_CLOEXEC), mount;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		judge_die("no tracefs: %s", strerror(errno));
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		judge_die("cannot mount tracefs: %s", strerror(errno));
	close(fs);
	return mount;
}

/* What a judge that was killed left behind. */
static void remove_stale(void)
{
	DIR *dir = fdopendir(dup(instances));
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid;

		if (strncmp(entry->d_name, "jail-judge-", PREFIX))
			continue;
		pid = atoi(entry->d_name + PREFIX);
		if (pid > 0 && kill(pid, 0) && errno == ESRCH)
			unlinkat(instances, entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

static void open_instance(struct judge_trace *trace, const char *buffer)
{
	int tracefs = open_tracefs();

	instances = openat(tracefs, "instances", O_DIRECTORY | O_CLOEXEC);
	close(tracefs);
	if (instances < 0)
		judge_die("no tracing instances: %s", strerror(errno));
	remove_stale();
	snprintf(instance_name, sizeof(instance_name), "jail-judge-%d",
		 getpid());
	if (mkdirat(instances, instance_name, 0700))
		judge_die("cannot make an instance: %s", strerror(errno));
	instance = openat(instances, instance_name, O_DIRECTORY | O_CLOEXEC);
	put("trace_clock", "counter");
	put("buffer_size_kb", buffer);
	put("options/event-fork", "1");
	put("options/overwrite", "0");
	trace->enter_type = event_type("raw_syscalls/sys_enter");
	trace->fork_type = event_type("sched/sched_process_fork");
	trace->exec_type = event_type("sched/sched_process_exec");
}

/* set_event knows no patterns, and the sys_exit events are not wanted. */
static void enable_native(void)
{
	int fd = openat(instance, "events/syscalls", O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	char path[300];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "sys_enter_", ENTER_PREFIX))
			continue;
		snprintf(path, sizeof(path), "events/syscalls/%s/enable",
			 entry->d_name);
		put(path, "1");
	}
	closedir(dir);
}

/* The order matters: the raw event first, see judge_tree.c. */
static void follow(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	put("set_event_pid", text);
	put("events/sched/sched_process_fork/enable", "1");
	put("events/sched/sched_process_exec/enable", "1");
	put("events/raw_syscalls/sys_enter/enable", "1");
	enable_native();
}

static pid_t start(char **command, int *go)
{
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe2(ends, O_CLOEXEC) || (pid = fork()) < 0)
		judge_die("cannot fork: %s", strerror(errno));
	if (!pid) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(FAILED);
		execvp(command[0], command);
		fprintf(stderr, "judge: %s: %s\n", command[0],
			strerror(errno));
		_exit(FAILED);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static void open_cpus(void)
{
	char path[64];

	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		snprintf(path, sizeof(path), "per_cpu/cpu%d/trace_pipe_raw",
			 cpu);
		cpu_fds[cpus] = openat(instance, path,
				       O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (cpu_fds[cpus] >= 0)
			cpus++;
	}
}

/* Takes what is there; returns the number of pages. */
static size_t drain(struct judge_trace *trace)
{
	static unsigned char page[1 << 16];
	size_t pages = 0;
	ssize_t n;

	for (size_t i = 0; i < cpus; i++)
		for (; (n = read(cpu_fds[i], page, sizeof(page))) > 0; pages++)
			judge_page(trace, page, (size_t)n);
	return pages;
}

static void check_lost(void)
{
	static const char *const lost[] = { "\noverrun: ",
					    "\ndropped events: ",
					    "\ncommit overrun: " };
	char path[64], text[1024];

	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		snprintf(path, sizeof(path), "per_cpu/cpu%d/stats", cpu);
		if (faccessat(instance, path, R_OK, 0))
			continue;
		read_text(path, text, sizeof(text));
		for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
			const char *at = strstr(text, lost[i]);

			if (!at)
				judge_die("%s: cannot find%s", path, lost[i]);
			if (atol(at + strlen(lost[i])))
				judge_die("the kernel lost events; give a larger --buffer");
		}
	}
}

static int run(struct judge_trace *trace, char **command)
{
	pid_t pid, got = 0;
	int go, status = 0;

	open_cpus();
	pid = start(command, &go);
	follow(pid);
	if (write(go, "", 1) != 1)
		judge_die("the command ended before it began");
	close(go);
	while (got != pid) {
		got = waitpid(pid, &status, WNOHANG);
		if (!drain(trace) && !got)
			usleep(5000);
	}
	put("tracing_on", "0");
	drain(trace);
	check_lost();
	remove_instance();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "program", required_argument, NULL, 'p' },
		{ "out", required_argument, NULL, 'o' },
		{ "buffer", required_argument, NULL, 'b' },
		{ 0 }
	};
	const char *program = NULL, *out = NULL, *buffer = "65536";
	struct judge_trace trace = { 0 };
	FILE *file = stdout;
	int option, status;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'p')
			program = optarg;
		else if (option == 'o')
			out = optarg;
		else if (option == 'b')
			buffer = optarg;
		else
			exit(FAILED);
	}
	if (!program || optind == argc)
		judge_die("usage: judge --program FILE [--out FILE] [--buffer KIB] -- COMMAND...");
	open_instance(&trace, buffer);
	status = run(&trace, argv + optind);
	if (out && !(file = fopen(out, "we")))
		judge_die("%s: %s", out, strerror(errno));
	if (!judge_print(&trace, program, file) && status != FAILED)
		judge_die("%s was not executed", program);
	return fclose(file) ? FAILED : status;
}
