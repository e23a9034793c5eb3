/* SPDX-License-Identifier: MIT */
/*
 * Which process belongs to which sandbox: by what the registry says of it, of
 * users about themselves alone.
 */
#include "enforce_registry.h"

static struct enforce_running entry_of(pid_t program, const char *ns)
{
	struct enforce_running entry = example();

	entry.jail = getpid();
	entry.program = program;
	entry.start = base_process_start(program);
	entry.uid = geteuid();
	entry.began = base_now() - SECOND;
	entry.pid_ns = ns ? 12345 : registry_namespace(getpid(), "pid");
	return entry;
}

static enum enforce_tie tie(const struct enforce_running *entry, pid_t pid,
			    uid_t uid, const char *exe, int64_t time)
{
	struct enforce_suspect suspect = {
		.pid = pid, .uid = uid, .exe = exe, .time = time,
	};
	enum enforce_tie first = enforce_registry_tie(entry, &suspect);

	/* What was found out of it counts for the next entry. */
	assert_int_equal(enforce_registry_tie(entry, &suspect), first);
	return first;
}

#define TIE(entry, pid, uid, exe, time) tie(&(entry), pid, uid, exe, time)

static void ties_of_program(void **state)
{
	pid_t pid = start(false);
	struct enforce_running entry = entry_of(pid, "own");
	uid_t uid = geteuid();
	int64_t now = base_now();

	(void)state;
	assert_int_equal(TIE(entry, pid, uid, NULL, now), ENFORCE_TIE_SURE);
	assert_int_equal(TIE(entry, pid, uid + 1, NULL, now), ENFORCE_TIE_NONE);
	assert_int_equal(TIE(entry, pid, uid, entry.exe,
			     entry.began - 2 * SECOND), ENFORCE_TIE_NONE);
	stop(pid);
	assert_int_equal(TIE(entry, pid, uid, NULL, now), ENFORCE_TIE_SURE);
	entry.ended = now;
	assert_int_equal(TIE(entry, pid, uid, NULL, now), ENFORCE_TIE_SURE);
	assert_int_equal(TIE(entry, pid, uid, NULL, now + 3 * SECOND),
			 ENFORCE_TIE_NONE);
	entry.uid = 0; /* root's may be of any user */
	assert_int_equal(TIE(entry, pid, uid, NULL, now), ENFORCE_TIE_SURE);
}

static void ties_of_others(void **state)
{
	pid_t program = start(false), other = start(false), gone = start(false);
	struct enforce_running entry = entry_of(program, "own");
	uid_t uid = geteuid();
	int64_t now = base_now();

	(void)state;
	stop(gone);
	assert_int_equal(TIE(entry, gone, uid, entry.exe, now),
			 ENFORCE_TIE_LOOSE);
	assert_int_equal(TIE(entry, gone, uid, "/usr/bin/other", now),
			 ENFORCE_TIE_NONE);
	assert_int_equal(TIE(entry, gone, uid, NULL, now), ENFORCE_TIE_NONE);
	/* It lives elsewhere, whatever it executes. */
	assert_int_equal(TIE(entry, other, uid, entry.exe, now),
			 ENFORCE_TIE_NONE);
	/* Its number was another's then. */
	entry.began = now - 60 * SECOND;
	assert_int_equal(TIE(entry, other, uid, entry.exe, now - 30 * SECOND),
			 ENFORCE_TIE_LOOSE);
	/* Without namespaces it could have left the program's tree. */
	entry = entry_of(program, NULL);
	assert_int_equal(TIE(entry, other, uid, entry.exe, now),
			 ENFORCE_TIE_LOOSE);
	assert_int_equal(TIE(entry, other, uid, "/usr/bin/other", now),
			 ENFORCE_TIE_NONE);
	/* We are the parent of both. */
	entry.program = getpid();
	entry.start = base_process_start(getpid());
	assert_int_equal(TIE(entry, other, uid, NULL, now), ENFORCE_TIE_SURE);
	entry.start++;
	assert_int_equal(TIE(entry, other, uid, NULL, now), ENFORCE_TIE_NONE);
	stop(program);
	stop(other);
}

/* The program is one of the namespace, another process in it as well. */
static void ties_of_namespaces(void **state)
{
	pid_t builder = start(true), inside = 0;
	struct enforce_running entry;
	cleanup_free char *children = base_printf(
		"/proc/%d/task/%d/children", (int)builder, (int)builder);
	char list[64];

	(void)state;
	assert_true(base_read_file(children, list, sizeof(list)) > 0);
	inside = atoi(list);
	entry = entry_of(getpid(), "own");
	entry.start++; /* no descendant, then */
	entry.program = 4000002;
	entry.pid_ns = registry_namespace(inside, "pid");
	assert_int_not_equal(entry.pid_ns, 0);
	assert_int_equal(TIE(entry, inside, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_SURE);
	assert_int_equal(TIE(entry, builder, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_NONE);
	entry.user_ns = registry_namespace(builder, "user");
	assert_int_not_equal(entry.user_ns,
			     registry_namespace(getpid(), "user"));
	assert_int_equal(TIE(entry, builder, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_SURE);
	entry.user_ns = registry_namespace(getpid(), "user");
	assert_int_equal(TIE(entry, builder, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_NONE);
	/* The number of a namespace may be another's once it is gone. */
	entry.ended = base_now() + SECOND;
	assert_int_equal(TIE(entry, inside, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_NONE);
	entry.ended = 0;
	entry.pid_ns++;
	entry.init = builder;
	assert_int_equal(TIE(entry, inside, geteuid(), NULL, base_now()),
			 ENFORCE_TIE_SURE);
	kill(inside, SIGKILL);
	stop(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ties_of_program),
		TEST(ties_of_others),
		TEST(ties_of_namespaces),
	};

	return cmocka_run_group_tests_name("enforce_registry_tie", tests, NULL,
					   NULL);
}
