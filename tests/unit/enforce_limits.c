/* SPDX-License-Identifier: MIT */
/*
 * Limits, timeouts, variables, abstract sockets, control groups: each is tried in
 * a child, and what the kernel made of it is read back.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "enforce/plan/plan.h"
#include "enforce/run/run.h"
#include "enforce/sandbox/sandbox.h"
#include "tests/unit/skip.h"

/* Runs TRY in a child: its error, if it failed; else what CHECK says. */
static struct error in_child(int (*try)(const void *data, struct error *err),
			     const void *data)
{
	struct error err = {0};
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int ret = try(data, &err);

		if (ret < 0 && !err.code)
			base_error(&err, -ret, "failed without a sentence");
		_exit(base_write_all(fds[1], &err, sizeof(err)) < 0);
	}
	close(fds[1]);
	assert_int_equal(base_read_all(fds[0], &err, sizeof(err)), sizeof(err));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return err;
}

#define SUCCEEDS(try, data)                                                    \
	do {                                                                   \
		struct error got_ = in_child(try, data);                       \
		assert_string_equal(got_.text, "");                            \
	} while (0)

#define FAILS(try, data, code_, part)                                          \
	do {                                                                   \
		struct error got_ = in_child(try, data);                       \
		assert_int_equal(got_.code, code_);                            \
		if (!strstr(got_.text, part))                                  \
			fail_msg("no \"%s\" in: %s", part, got_.text);         \
	} while (0)

/* ---- limits ----------------------------------------------------------- */

static int unequal(struct error *err, const char *what, long is, long wanted)
{
	if (is == wanted)
		return 0;
	return base_error(err, ERANGE, "%s is %ld, not %ld", what, is, wanted);
}

static int try_limits(const void *data, struct error *err)
{
	const struct profiles_policy *policy = data;
	int before = getpriority(PRIO_PROCESS, 0);
	int ret = limits_apply(policy, err);
	struct rlimit now;
	cpu_set_t set;

	if (ret == 0 && policy->limits_set >> PROFILES_LIMIT_NOFILE & 1) {
		getrlimit(RLIMIT_NOFILE, &now);
		ret = unequal(err, "soft", (long)now.rlim_cur,
			      (long)policy->limits[PROFILES_LIMIT_NOFILE]);
		if (ret == 0)
			ret = unequal(err, "hard", (long)now.rlim_max,
				      (long)now.rlim_cur);
	}
	if (ret == 0)
		ret = unequal(err, "nice", getpriority(PRIO_PROCESS, 0),
			      before + policy->nice);
	if (ret == 0 && policy->cpus == 1) {
		sched_getaffinity(0, sizeof(set), &set);
		ret = unequal(err, "CPUs", CPU_COUNT(&set), 1);
	}
	return ret;
}

static int try_as_user(const void *data, struct error *err)
{
	const struct rlimit files = {64, 64};

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    (geteuid() == 0 && setuid(65534) < 0))
		return -errno;
	return try_limits(data, err);
}

static void limits(void **state)
{
	struct profiles_policy policy = {0};

	(void)state;
	SUCCEEDS(try_limits, &policy);
	policy.nice = 3;
	policy.cpus = 1;
	policy.limits_set = 1 << PROFILES_LIMIT_NOFILE;
	policy.limits[PROFILES_LIMIT_NOFILE] = 40;
	SUCCEEDS(try_limits, &policy);
	SUCCEEDS(try_as_user, &policy);
}

static void limits_refused(void **state)
{
	struct profiles_policy policy = {
		.limits_set = 1 << PROFILES_LIMIT_NOFILE,
		.limits[PROFILES_LIMIT_NOFILE] = 65,
	};

	(void)state;
	FAILS(try_as_user, &policy, EPERM, "rlimit-nofile 65 is above");
	policy = (struct profiles_policy){.nice = -1};
	FAILS(try_as_user, &policy, EPERM, "only root");
	policy = (struct profiles_policy){.cpus = UINT64_C(1) << 63};
	if (sysconf(_SC_NPROCESSORS_CONF) < 64)
		FAILS(try_limits, &policy, EINVAL, "none of the processors");
}

static void timeouts(void **state)
{
	struct timeout timeout;

	(void)state;
	assert_int_equal(timeout_begin(&timeout, 0, NULL), 0);
	assert_int_equal(timeout_wait(&timeout), -1);
	assert_int_equal(timeout_signal(&timeout), 0);
	assert_int_equal(timeout_begin(&timeout, INT64_C(3600) * 1000000,
				       NULL), 0);
	assert_in_range(timeout_wait(&timeout), 3590000, 3600000);
	assert_int_equal(timeout_signal(&timeout), 0);
	assert_int_equal(timeout_begin(&timeout, 1, NULL), 0);
	usleep(10);
	assert_int_equal(timeout_wait(&timeout), 0);
	assert_int_equal(timeout_signal(&timeout), SIGTERM);
	assert_int_equal(timeout_signal(&timeout), 0);
	assert_in_range(timeout_wait(&timeout), 1, 5000);
	timeout.due = 1; /* five seconds later */
	assert_int_equal(timeout_signal(&timeout), SIGKILL);
	assert_int_equal(timeout_wait(&timeout), -1);
	assert_int_equal(timeout_signal(&timeout), 0);
}

/* ---- variables -------------------------------------------------------- */

struct variables {
	uint64_t flags;
	const char *words[8];
	const char *expected;	/* what is left, by setenv order */
};

static int try_env(const void *data, struct error *err)
{
	const struct variables *row = data;
	char *words[8] = {NULL}, text[512] = "";
	struct profiles_policy policy = {.flags = row->flags};
	struct enforce_plan plan = {.policy = &policy};
	extern char **environ;
	int ret;

	clearenv();
	setenv("HOME", "/h", 1);
	setenv("DISPLAY", ":0", 1);
	setenv("A_TOKEN", "1", 1);
	setenv("B_TOKEN", "2", 1);
	for (; row->words[policy.env.count]; policy.env.count++)
		words[policy.env.count] =
			strdup(row->words[policy.env.count]);
	policy.env.items = words;
	ret = env_apply(&plan, err);
	if (ret < 0)
		return ret;
	for (char **at = environ; *at; at++) {
		strcat(text, *at);
		strcat(text, " ");
	}
	if (strcmp(text, row->expected) != 0)
		return base_error(err, ERANGE, "%s", text);
	return 0;
}

static void variables(void **state)
{
	static const struct variables rows[] = {
		{0, {NULL},
		 "HOME=/h DISPLAY=:0 A_TOKEN=1 B_TOKEN=2 container=jail "},
		{0, {"*_TOKEN", "X=1=2", "X", "Y=", "B_TOKEN=3", NULL},
		 "HOME=/h DISPLAY=:0 container=jail Y= B_TOKEN=3 "},
		{UINT64_C(1) << PROFILES_X11_NONE, {"?_TOKEN", NULL},
		 "HOME=/h container=jail "},
		{UINT64_C(1) << PROFILES_DBUS_USER_NONE, {"*[AB]*_*", NULL},
		 "HOME=/h DISPLAY=:0 container=jail GTK_A11Y=none "},
		{UINT64_C(1) << PROFILES_DBUS_USER_NONE, {"*_TOKEN", NULL},
		 "HOME=/h DISPLAY=:0 container=jail "
		 "DBUS_SESSION_BUS_ADDRESS=disabled: "
		 "NO_AT_BRIDGE=1 GTK_A11Y=none "},
	};
	static const struct variables nameless = {0, {"=x", NULL}, ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		SUCCEEDS(try_env, &rows[i]);
	FAILS(try_env, &nameless, EINVAL, "has no name");
}

/* ---- abstract sockets ------------------------------------------------- */

/* The address of the abstract socket NAME. */
static socklen_t name_socket(struct sockaddr_un *address, const char *name)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
	       (socklen_t)snprintf(address->sun_path + 1, 60, "%s", name);
}

static int listen_abstract(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = name_socket(&address, name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

struct sockets {
	uint64_t flags;
	bool with_policy;
	const char *display;
	const char *name;	/* connected to */
	const char *said;	/* a part of what landlock_describe() says */
};

static int try_sockets(const void *data, struct error *err)
{
	const struct sockets *row = data;
	struct profiles_policy policy = {.flags = row->flags};
	struct enforce_plan plan = {.policy = row->with_policy ? &policy : 0};
	struct sockaddr_un address;
	socklen_t length = name_socket(&address, row->name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ret;
	const char *said;

	if (row->display)
		setenv("DISPLAY", row->display, 1);
	else
		unsetenv("DISPLAY");
	said = landlock_describe(&plan);
	if (!said != !row->said || (said && !strstr(said, row->said)))
		return base_error(err, ERANGE, "it says: %s", said);
	ret = landlock_apply(&plan, err);
	if (ret < 0)
		return ret;
	if (connect(fd, (struct sockaddr *)&address, length) < 0)
		return base_error(err, errno, "refused");
	return 0;
}

#define FLAG(f) (UINT64_C(1) << (f))

static void abstract_sockets(void **state)
{
	char display[32], screen[64], name[64];
	struct profiles_policy policy = {0};
	struct enforce_plan plan = {.policy = &policy};
	struct sockets row = {0, false, NULL, name, NULL};
	int fds[2];

	(void)state;
	unsetenv("DISPLAY");
	if (strstr(landlock_describe(&plan), "Linux 6.12"))
		skip_for("the kernel is older than Linux 6.12");
	snprintf(name, sizeof(name), "jail-test-%d", (int)getpid());
	fds[0] = listen_abstract(name);
	SUCCEEDS(try_sockets, &row);
	row.with_policy = true;
	row.said = "cannot be reached";
	FAILS(try_sockets, &row, EPERM, "refused");
	/* A display where nobody listens, another machine's, none at all. */
	snprintf(display, sizeof(display), ":9%d.0", (int)getpid() % 10000);
	row.display = display;
	FAILS(try_sockets, &row, EPERM, "refused");
	row.display = "host:0";
	FAILS(try_sockets, &row, EPERM, "refused");
	row.flags = FLAG(PROFILES_NET_NONE); /* has no sockets of the host */
	row.said = NULL;
	SUCCEEDS(try_sockets, &row);

	snprintf(screen, sizeof(screen), "/tmp/.X11-unix/X9%d",
		 (int)getpid() % 10000);
	fds[1] = listen_abstract(screen);
	row = (struct sockets){0, true, display, name, "X server"};
	SUCCEEDS(try_sockets, &row);
	row.flags = FLAG(PROFILES_X11_NONE);
	row.said = "cannot be reached";
	FAILS(try_sockets, &row, EPERM, "refused");
	close(fds[0]);
	close(fds[1]);
}

/* ---- control groups --------------------------------------------------- */

static int find_second(void *data, const struct mountinfo *mount)
{
	if (strcmp(mount->type, "cgroup2") == 0)
		strcpy(data, mount->point);
	return 0;
}

/* The controller that control groups of version 2 have wherever the others are
 * those of version 1. */
static void group(void **state)
{
	static const struct cgroup_limit limit[] = {
		{"test", "hugetlb", "hugetlb.2MB.max", 4 << 20}, {0},
	};
	cleanup_free char *base = NULL, *path = NULL, *old = NULL;
	char mount[4096] = "", value[32], file[4200];
	struct error err = {0};
	int fd = -1;

	(void)state;
	mountinfo_read(find_second, mount, NULL);
	snprintf(file, sizeof(file), "%s/cgroup.controllers", mount);
	if (geteuid() != 0 || !*mount ||
	    base_read_file(file, value, sizeof(value)) < 0 ||
	    !strstr(value, "hugetlb"))
		skip_for("there are no control groups with hugetlb to make");
	base = base_printf("%s/jail-test", mount);
	snprintf(file, sizeof(file), "echo +hugetlb >%s/cgroup.subtree_control"
		 " && mkdir -p %s && echo +hugetlb >%s/cgroup.subtree_control",
		 mount, base, base);
	assert_int_equal(system(file), 0);
	/* A process with the highest number was never there. */
	old = base_printf("%s/p4194304", base);
	assert_int_equal(mkdir(old, 0755), 0);

	assert_int_equal(cgroup_make(base, "p", limit, "", &path, &fd, &err),
			 0);
	assert_int_equal(access(old, F_OK), -1);
	snprintf(file, sizeof(file), "%s/hugetlb.2MB.max", path);
	assert_true(base_read_file(file, value, sizeof(value)) > 0);
	assert_string_equal(value, "4194304");
	close(fd);
	cgroup_remove(path);
	assert_int_equal(access(path, F_OK), -1);
	cgroup_remove(NULL);
	assert_int_equal(rmdir(base), 0);
	snprintf(file, sizeof(file), "echo -hugetlb >%s/cgroup.subtree_control",
		 mount);
	assert_int_equal(system(file), 0);
}

/* Either there is a group with the limit, or a sentence with a remedy. */
static void group_of_plan(void **state)
{
	struct profiles_policy policy = {.memory_max = 64 << 20};
	struct enforce_plan plan = {
		.policy = &policy, .context.uid = geteuid(),
	};
	cleanup_free char *path = NULL;
	struct error err = {0};
	int fd = -1;

	(void)state;
	if (cgroup_open(&plan, &path, &fd, &err) == 0) {
		assert_non_null(path);
		close(fd);
		cgroup_remove(path);
		assert_int_equal(access(path, F_OK), -1);
	} else {
		assert_null(path);
		assert_int_equal(fd, -1);
		assert_non_null(strstr(err.text, "memory-max"));
		assert_non_null(strstr(err.text, "rlimit-as"));
	}
	policy.memory_max = 0;
	assert_int_equal(cgroup_open(&plan, &path, &fd, &err), 0);
	assert_null(path);
	plan.policy = NULL;
	assert_int_equal(cgroup_open(&plan, &path, &fd, &err), 0);
}

struct look {
	const char *base;	/* the group above that of who looks */
	uid_t owner;		/* of BASE */
	const char *controllers;	/* that it has */
	int is;
};

static int write_text(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	return fd < 0 ? -errno : base_write_all(fd, text, strlen(text));
}

/* As an ordinary user in the group BASE/own. */
static int try_look(const void *data, struct error *err)
{
	const struct look *look = data;
	cleanup_free char *procs = base_printf("%s/own/cgroup.procs",
					       look->base);
	cleanup_free char *file = base_printf("%s/cgroup.controllers",
					      look->base);

	if (write_text(procs, "0") < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/mnt", "tmpfs", 0, NULL) < 0 ||
	    write_text("/mnt/has", look->controllers) < 0 ||
	    mount("/mnt/has", file, NULL, MS_BIND, NULL) < 0 ||
	    chown(look->base, look->owner, 0) < 0 ||
	    setresuid(65534, 65534, 65534) < 0)
		return base_error(err, errno, "cannot prepare it: %m");
	return unequal(err, "what is seen", cgroup_look(), look->is);
}

/* What counts is the group above one's own, in which jail's is made. */
static void group_looked_for(void **state)
{
	struct look rows[] = {
		{NULL, 65534, "cpu memory pids", 0},
		{NULL, 65534, "cpu memory", -ENODEV},
		{NULL, 0, "cpu memory pids", -EACCES},
	};
	cleanup_free char *base = NULL, *own = NULL;
	char mount[4096] = "";

	(void)state;
	mountinfo_read(find_second, mount, NULL);
	base = base_printf("%s/jail-look-%d", mount, (int)getpid());
	own = base_printf("%s/own", base);
	if (geteuid() != 0 || !*mount || mkdir(base, 0755) < 0)
		skip_for("there are no control groups of version 2 to make");
	assert_int_equal(mkdir(own, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].base = base;
		SUCCEEDS(try_look, &rows[i]);
	}
	cgroup_remove(own);
	cgroup_remove(base);
	assert_int_equal(access(base, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(limits_refused),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(variables),
		cmocka_unit_test(abstract_sockets),
		cmocka_unit_test(group),
		cmocka_unit_test(group_of_plan),
		cmocka_unit_test(group_looked_for),
	};

	return cmocka_run_group_tests_name("enforce_limits", tests, NULL, NULL);
}
