/* SPDX-License-Identifier: MIT */
/*
 * The front end: a parent that a shell takes for its child.
 *
 * Signals are blocked and come through a signalfd, with their sender. Those of
 * the terminal (SI_KERNEL) went to the whole foreground group, the child
 * included, and those that the child's own descendants sent were not meant for
 * us; all others were sent to us in the child's place and are sent on.
 */
#include "base/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

/* Faults of our own must not wait in a queue. */
static const int never_blocked[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				    SIGTRAP, SIGABRT, SIGSYS};

int *base_inherited_files(size_t *count)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int *files = NULL;

	*count = 0;
	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name), *more;

		if (fd <= 2 || fcntl(fd, F_GETFD) != 0)
			continue;
		more = reallocarray(files, *count + 1, sizeof(*more));
		if (!more)
			break;
		files = more;
		files[(*count)++] = fd;
	}
	if (dir)
		closedir(dir);
	return files;
}

void base_front_leave_files(struct base_front *front, unsigned kept)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		if (!(kept & 1u << fd) && null >= 0)
			(void)dup2(null, fd);
	for (size_t i = 0; i < front->inherited_count; i++)
		close(front->inherited[i]);
	front->inherited_count = 0;
}

static struct sigaction old_file_limit;
static bool shielded;

void base_shield(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	shielded = sigaction(SIGXFSZ, &ignore, &old_file_limit) == 0;
}

/* Those that we read. */
static void fill_heard(sigset_t *mask)
{
	sigfillset(mask);
	for (size_t i = 0; i < ARRAY_SIZE(never_blocked); i++)
		sigdelset(mask, never_blocked[i]);
}

int base_front_open(struct base_front *front, struct error *err)
{
	const struct sigaction heard = {.sa_handler = SIG_DFL};
	sigset_t mask;

	memset(front, 0, sizeof(*front));
	front->signal_fd = -1;
	front->inherited = base_inherited_files(&front->inherited_count);
	fill_heard(&mask);
	if (sigaction(SIGCHLD, &heard, &front->old_sigchld) < 0 ||
	    sigprocmask(SIG_BLOCK, &mask, &front->old_mask) < 0)
		return base_error(err, errno, "cannot block signals: %m");
	front->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (front->signal_fd < 0) {
		int code = errno;

		base_front_close(front);
		return base_error(err, code, "cannot read signals: %s",
				  strerror(code));
	}
	return 0;
}

/* A signalfd gives the signals of who reads it, but tells an epoll set of those
 * of who made it. */
int base_front_again(struct base_front *front, struct error *err)
{
	sigset_t mask;

	base_close(&front->signal_fd);
	front->child = 0;
	front->ended = false;
	front->asked_to_end = 0;
	front->before_stop = NULL;
	front->stopped = NULL;
	fill_heard(&mask);
	front->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (front->signal_fd < 0)
		return base_error(err, errno, "cannot read signals: %m");
	return 0;
}

void base_front_close(struct base_front *front)
{
	if (!front)
		return;
	base_close(&front->signal_fd);
	base_free(&front->inherited);
	front->inherited_count = 0;
	sigaction(SIGCHLD, &front->old_sigchld, NULL);
	sigprocmask(SIG_SETMASK, &front->old_mask, NULL);
}

void base_front_child(struct base_front *front)
{
	base_front_close(front);
	if (shielded)
		(void)sigaction(SIGXFSZ, &old_file_limit, NULL);
}

static bool descends_from(pid_t pid, pid_t ancestor)
{
	for (int depth = 0; depth < 64 && pid > 1; depth++) {
		if (pid == ancestor)
			return true;
		pid = base_process_parent(pid);
	}
	return false;
}

/* A thread of the kernel, which sends nothing: kthreadd, process 2 where it can
 * be seen, has no memory, and the others are its children. */
static bool is_of_kernel(pid_t pid)
{
	return (pid == 2 || base_process_parent(pid) == 2) &&
	       base_process_state(2) == 'S' &&
	       base_process_number(2, "VmSize") < 0;
}

/* Who signals its own process group from a PID namespace that the child has for
 * itself reaches us, too, and is called by its number in there
 * (kernel/signal.c, prepare_kill_siginfo). Where that may be one of ours it is
 * taken for ours. */
static bool is_inside(pid_t pid, pid_t child)
{
	pid_t numbers[BASE_PID_DEPTH];
	char path[64];

	if (base_process_numbers(child, numbers) < 2)
		return false;
	if (base_process_state(pid))
		return is_of_kernel(pid);
	snprintf(path, sizeof(path), "/proc/%d/root/proc/%d", (int)child,
		 (int)pid);
	return access(path, F_OK) == 0;
}

static void pass_on(struct base_front *front,
		    const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;

	if (signal == SIGINT || signal == SIGQUIT || signal == SIGTERM ||
	    signal == SIGHUP)
		front->asked_to_end++;
	if (info->ssi_code == SI_KERNEL || front->ended || front->child <= 0 ||
	    (pid_t)info->ssi_pid == getpid())
		return;
	if (descends_from((pid_t)info->ssi_pid, front->child) ||
	    is_inside((pid_t)info->ssi_pid, front->child))
		return;
	if (info->ssi_code == SI_QUEUE) {
		union sigval value = {.sival_ptr = (void *)info->ssi_ptr};

		sigqueue(front->child, signal, value);
	} else {
		kill(front->child, signal);
	}
}

/*
 * Stops us by the signal that stopped the child, since shells tell them apart.
 * Those of the terminal do nothing in an orphaned process group: then no
 * SIGCONT came either, and SIGSTOP has to do.
 */
static void stop_by(int signal)
{
	sigset_t mask, old, pending;

	sigemptyset(&mask);
	sigaddset(&mask, signal);
	kill(getpid(), signal);
	if (signal == SIGSTOP)
		return;
	(void)!sigaction(signal, &(struct sigaction){0}, NULL);
	sigprocmask(SIG_UNBLOCK, &mask, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (!sigpending(&pending) && !sigismember(&pending, SIGCONT))
		kill(getpid(), SIGSTOP);
}

/*
 * A shell continues the group, but anybody may continue the child alone, and
 * we, stopped, would not hear of it. So this process looks, and continues us
 * until we end it.
 */
static pid_t fork_watcher(pid_t child)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A tracer may wake it for a moment: twice in a row. */
	for (int runs = 0; getppid() == parent; poll(NULL, 0, 20)) {
		char state = base_process_state(child);

		runs = state == 'T' || state == 't' ? 0 : runs + 1;
		if (runs > 1)
			kill(parent, SIGCONT);
	}
	_exit(0);
}

static void stop_until_continued(pid_t child, int signal)
{
	pid_t watcher = fork_watcher(child);

	stop_by(signal);
	if (watcher > 0) {
		kill(watcher, SIGKILL);
		(void)waitpid(watcher, NULL, 0);
	}
}

/* What waitpid says of the child within 20 ms, or false. */
static bool next_status(struct base_front *front, int *status)
{
	for (int wait = 0; wait < 20; wait++) {
		if (waitpid(front->child, status, WCONTINUED | WUNTRACED |
						  WNOHANG) == front->child)
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

/*
 * The child stopped: so do we, for the shell to see. Whoever continues us has
 * usually continued the whole group, and the child may even have stopped again;
 * if it does not report anything, only we were continued, and it is our turn to
 * tell it.
 */
static void mirror_stop(struct base_front *front, int status)
{
	do {
		if (front->before_stop)
			front->before_stop(front->before_stop_data);
		stop_until_continued(front->child, WSTOPSIG(status));
		if (!next_status(front, &status)) {
			kill(front->child, SIGCONT);
			return;
		}
	} while (WIFSTOPPED(status));
	if (!WIFCONTINUED(status)) {
		front->ended = true;
		front->status = status;
	}
}

static void read_child(struct base_front *front)
{
	int status;

	while (front->child > 0 && !front->ended &&
	       waitpid(front->child, &status,
		       WUNTRACED | WCONTINUED | WNOHANG) == front->child) {
		if (front->stopped && !WIFEXITED(status) &&
		    !WIFSIGNALED(status)) {
			front->stopped(front->stopped_data,
				       WIFSTOPPED(status) ? WSTOPSIG(status) :
							    SIGCONT);
		} else if (WIFSTOPPED(status)) {
			mirror_stop(front, status);
		} else if (!WIFCONTINUED(status)) {
			front->ended = true;
			front->status = status;
		}
	}
}

void base_front_read(struct base_front *front)
{
	struct signalfd_siginfo info;

	while (read(front->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGPIPE ||
		    info.ssi_signo == SIGCONT)
			continue;
		pass_on(front, &info);
	}
	/* Several SIGCHLD may have become one, or none for a stop: always. */
	read_child(front);
}

_Noreturn void base_front_exit(int status)
{
	struct rlimit none = {0, 0};
	sigset_t mask;
	int signal;

	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	signal = WTERMSIG(status);
	fflush(NULL);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	sigemptyset(&mask);
	sigaddset(&mask, signal);
	if (signal != SIGKILL)
		(void)!sigaction(signal, &(struct sigaction){0}, NULL);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	kill(getpid(), signal);
	_exit(128 + signal);
}
