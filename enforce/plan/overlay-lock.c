/* SPDX-License-Identifier: MIT */
/*
 * One overlay, one sandbox. The kernel does not see to it, so jail holds a lock
 * while the sandbox lives. Of a jail that was killed the lock is free at once,
 * but the sandbox still has to die: so the lock's file names its init, by
 * number and time of start, and who takes the lock waits until that is gone.
 * The mounts of a sandbox go with its last process, and init is the last.
 *
 * Init in turn waits in the kernel until all in its namespace were reaped, one
 * of them by who took the place of the killed jail. Where nobody does that, as
 * in many containers, it stays for ever: so once it is ending, and all have had
 * the time to die of their SIGKILL, it counts as gone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "enforce/plan/plan.h"

#define TO_BE_FREE INT64_C(300000)	/* a jail that is being killed */
#define TO_BE_GONE INT64_C(3000000)
#define TO_DIE INT64_C(300000)

#define PF_EXITING 4u	/* linux/sched.h; since 2.6 */

struct look {
	unsigned long long start;	/* 0: it is gone */
	bool ending;
};

/* What only waits to be reaped is gone. */
static struct look look_at(pid_t pid)
{
	struct base_process process;

	if (!base_process_read(-1, pid, &process) || process.state == 'Z' ||
	    process.state == 'X')
		return (struct look){0};
	return (struct look){process.start, process.flags & PF_EXITING};
}

static int in_use(const char *name, struct error *err)
{
	return base_error(err, EBUSY, "the overlay '%.100s' is in use by "
			  "another sandbox; wait for its end, or take another "
			  "name with --overlay-named=NAME", name);
}

static void pause_shortly(void)
{
	const struct timespec pause = {0, 1000000};

	nanosleep(&pause, NULL);
}

/* Until the sandbox that the file FD names is gone. */
static int wait_gone(int fd, const char *name, struct error *err)
{
	int64_t until = base_now_monotonic() + TO_BE_GONE, dying = 0;
	unsigned long long start;
	char text[64];
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
	int pid;

	text[length > 0 ? length : 0] = '\0';
	if (sscanf(text, "%d %llu", &pid, &start) != 2 || start == 0)
		return 0;
	for (;;) {
		struct look look = look_at(pid);
		int64_t now = base_now_monotonic();

		if (look.start != start || (dying && now - dying > TO_DIE))
			return 0;
		if (look.ending && !dying)
			dying = now;
		if (!dying && now > until)
			return in_use(name, err);
		pause_shortly();
	}
}

static int wait_free(int fd, const char *name, struct error *err)
{
	int64_t until = base_now_monotonic() + TO_BE_FREE;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return base_error(err, errno, "cannot lock the overlay "
					  "'%.100s': %m", name);
		if (base_now_monotonic() > until)
			return in_use(name, err);
		pause_shortly();
	}
	return 0;
}

int overlay_lock(struct enforce_files *files, const char *base,
		 struct error *err)
{
	cleanup_free char *path = base_printf("%s/lock", base);
	const char *name = strrchr(base, '/') + 1;
	cleanup_close int fd = -1;
	int ret;

	if (!path)
		return base_error(err, ENOMEM, "out of memory");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return base_error(err, errno, "cannot open \"%.200s\": %m",
				  path);
	ret = wait_free(fd, name, err);
	if (ret == 0)
		ret = wait_gone(fd, name, err);
	if (ret == 0)
		files->lock = take_fd(&fd) + 1;
	return ret;
}

int overlay_used_by(const struct enforce_files *files, pid_t init,
		    struct error *err)
{
	char text[64];
	int length;

	if (!files->lock)
		return 0;
	length = snprintf(text, sizeof(text), "%d %llu\n", (int)init,
			  look_at(init).start);
	if (ftruncate(files->lock - 1, 0) < 0 ||
	    pwrite(files->lock - 1, text, (size_t)length, 0) != length)
		return base_error(err, errno, "cannot note who uses the "
				  "overlay: %m; is its disk full?");
	return 0;
}
