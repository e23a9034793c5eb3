/* SPDX-License-Identifier: MIT */
/*
 * The kernel's process events: what is made of a datagram, whoever wrote it; the
 * numbers that are missing; which processes are known; and the source itself,
 * with a buffer for two messages.
 */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "enforce/events/events.h"
#include "tests/lib/random.h"
#include "tests/unit/skip.h"

struct datagram {
	struct nlmsghdr header;
	/* As struct cn_msg, whose end is open. */
	struct {
		struct cb_id id;
		uint32_t seq, ack;
		uint16_t len, flags;
	} message;
	char event[sizeof(struct proc_event)];
} __attribute__((packed));

static struct events_order order;

static struct datagram make(const struct proc_event *event, uint32_t number)
{
	struct datagram made = {
		.header = {
			.nlmsg_len = sizeof(made), .nlmsg_type = NLMSG_DONE,
		},
		.message = {
			.id = {CN_IDX_PROC, CN_VAL_PROC}, .seq = number,
			.len = sizeof(*event),
		},
	};

	memcpy(made.event, event, sizeof(*event));
	return made;
}

static struct proc_event a_fork(void)
{
	return (struct proc_event){
		.what = PROC_EVENT_FORK, .cpu = 3, .timestamp_ns = 5000000,
		.event_data.fork = {
			.parent_pid = 11, .parent_tgid = 10,
			.child_pid = 21, .child_tgid = 20,
		},
	};
}

static int parse(const struct datagram *datagram, size_t size,
		 struct enforce_event *event, uint64_t *lost)
{
	/* What lies behind it is not to be read. */
	void *copy = malloc(size ? size : 1);
	int ret;

	memcpy(copy, datagram, size);
	ret = events_parse(copy, size, &order, event, lost);
	free(copy);
	return ret;
}

static void each_kind_is_read(void **state)
{
	struct proc_event event = a_fork();
	struct datagram datagram = make(&event, 1);
	struct enforce_event read;
	uint64_t lost;

	(void)state;
	memset(&order, 0, sizeof(order));
	assert_int_equal(parse(&datagram, sizeof(datagram), &read, &lost), 1);
	assert_int_equal(read.kind, ENFORCE_EVENT_FORK);
	assert_int_equal(read.pid, 20);
	assert_int_equal(read.thread, 21);
	assert_int_equal(read.parent, 10);
	assert_int_equal(read.time, 5000);
	event = (struct proc_event){
		.what = PROC_EVENT_UID,
		.event_data.id = {
			.process_pid = 8, .process_tgid = 7,
			.r.ruid = 1, .e.euid = 2,
		},
	};
	datagram = make(&event, 1);
	assert_int_equal(parse(&datagram, sizeof(datagram), &read, &lost), 1);
	assert_int_equal(read.kind, ENFORCE_EVENT_IDS);
	assert_int_equal(read.real_uid, 1);
	assert_int_equal(read.uid, 2);
	assert_int_equal(read.gid, (gid_t)-1);
	event = (struct proc_event){
		.what = PROC_EVENT_EXIT,
		.event_data.exit = {
			.process_pid = 7, .process_tgid = 7, .exit_code = 256,
		},
	};
	datagram = make(&event, 2);
	assert_int_equal(parse(&datagram, sizeof(datagram), &read, &lost), 1);
	assert_int_equal(read.kind, ENFORCE_EVENT_EXIT);
	assert_int_equal(read.status, 256);
	event.what = PROC_EVENT_COMM;
	datagram = make(&event, 3);
	assert_int_equal(parse(&datagram, sizeof(datagram), &read, &lost), 0);
}

static void what_is_cut_off_is_none(void **state)
{
	struct proc_event event = a_fork();
	struct datagram datagram = make(&event, 1);
	size_t whole = offsetof(struct datagram, event) +
		       offsetof(struct proc_event, event_data) +
		       sizeof(event.event_data.fork);
	struct enforce_event read;
	uint64_t lost;

	(void)state;
	memset(&order, 0, sizeof(order));
	for (size_t size = 0; size <= sizeof(datagram); size++) {
		datagram.header.nlmsg_len = (uint32_t)size;
		assert_int_equal(parse(&datagram, size, &read, &lost),
				 size >= whole && size == sizeof(datagram));
	}
	for (unsigned length = 0; length <= UINT16_MAX; length++) {
		datagram.message.len = (uint16_t)length;
		assert_int_equal(parse(&datagram, sizeof(datagram), &read,
				       &lost),
				 length >= whole - offsetof(struct datagram,
							    event) &&
				 length <= sizeof(event));
	}
}

static void what_is_not_so_is_none(void **state)
{
	struct proc_event event = a_fork();
	struct datagram good = make(&event, 1), bad;
	struct enforce_event read;
	uint64_t lost;

	(void)state;
	memset(&order, 0, sizeof(order));
	bad = good;
	bad.header.nlmsg_len = UINT32_MAX;
	assert_int_equal(parse(&bad, sizeof(bad), &read, &lost), 0);
	bad = good;
	bad.header.nlmsg_len = 3;
	assert_int_equal(parse(&bad, sizeof(bad), &read, &lost), 0);
	bad = good;
	bad.message.id.val = 2;
	assert_int_equal(parse(&bad, sizeof(bad), &read, &lost), 0);
	event.event_data.fork.child_tgid = -5;
	bad = make(&event, 1);
	assert_int_equal(parse(&bad, sizeof(bad), &read, &lost), 0);
	event.event_data.fork.child_tgid = 20;
	event.cpu = UINT32_MAX;
	bad = make(&event, 1);
	assert_int_equal(parse(&bad, sizeof(bad), &read, &lost), 1);
	assert_int_equal(lost, 0);
}

/* Whatever comes is answered without a step beside it; with a sanitizer this
 * says more. */
static void noise_is_survived(void **state)
{
	struct proc_event event = a_fork();
	struct enforce_event read;
	uint64_t lost;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct datagram datagram = make(&event, (uint32_t)i);
		size_t flips = random_below(8);

		for (size_t j = 0; j < flips; j++)
			((char *)&datagram)[random_below(
				sizeof(datagram))] ^=
				(char)random_below(256);
		parse(&datagram, random_below(sizeof(datagram) + 1),
		      &read, &lost);
	}
}

static uint64_t lost_with(uint32_t processor, uint32_t number)
{
	struct proc_event event = a_fork();
	struct datagram datagram;
	struct enforce_event read;
	uint64_t lost;

	event.cpu = processor;
	datagram = make(&event, number);
	assert_int_equal(parse(&datagram, sizeof(datagram), &read, &lost), 1);
	return lost;
}

static void numbers_that_are_missing_are_lost(void **state)
{
	(void)state;
	memset(&order, 0, sizeof(order));
	assert_int_equal(lost_with(0, 70), 0);
	assert_int_equal(lost_with(1, 5), 0);
	assert_int_equal(lost_with(0, 71), 0);
	assert_int_equal(lost_with(0, 75), 3);
	assert_int_equal(lost_with(1, 6), 0);
	/* They begin again where they end. */
	assert_int_equal(lost_with(2, UINT32_MAX), 0);
	assert_int_equal(lost_with(2, 0), 0);
	assert_int_equal(lost_with(2, 2), 1);
	/* One from before is no loss. */
	assert_int_equal(lost_with(2, 1), 0);
}

/* ---- processes ------------------------------------------------------------ */

static void count_one(void *data, struct events_process *process)
{
	(void)process;
	++*(size_t *)data;
}

static void remove_one(void *data, struct events_process *process)
{
	events_remove(data, process);
}

static void a_process_ends_with_its_last_thread(void **state)
{
	struct events_tasks *tasks = calloc(1, sizeof(*tasks));
	struct events_process *process = events_add(tasks, 100), *other;
	size_t count = 0;

	(void)state;
	/* In one bucket, all of them. */
	events_add_thread(tasks, process, 100 + EVENTS_BUCKETS);
	events_add_thread(tasks, process, 100 + 2 * EVENTS_BUCKETS);
	events_add_thread(tasks, process, 100 + EVENTS_BUCKETS);
	other = events_add(tasks, 7);
	assert_true(events_end_thread(tasks, process, 100));
	assert_true(events_end_thread(tasks, process, 12345));
	assert_true(events_end_thread(tasks, process, 100 + EVENTS_BUCKETS));
	/* The one that is left executes, and has the first one's number. */
	events_keep_first(tasks, process);
	assert_ptr_equal(events_find(tasks, 100), process);
	assert_null(events_find(tasks, 100 + 2 * EVENTS_BUCKETS));
	assert_false(events_end_thread(tasks, process, 100));
	events_remove(tasks, process);
	assert_ptr_equal(events_find(tasks, 7), other);
	/* A number that is given again is another's. */
	process = events_add(tasks, 7);
	assert_ptr_equal(events_find(tasks, 7), process);
	events_each(tasks, count_one, &count);
	assert_int_equal(count, 1);
	events_each(tasks, remove_one, tasks);
	assert_null(events_find(tasks, 7));
	assert_null(tasks->first);
	free(tasks);
}

/* ---- what it means -------------------------------------------------------- */

static char told[4096];

static void note(void *data, const struct enforce_news *news)
{
	static const char *const words[] = {
		"runs", "start", "fork", "exec", "ids", "exit", "end", "lost",
	};
	size_t used = strlen(told);

	(void)data;
	snprintf(told + used, sizeof(told) - used, "%s %d:%d; ",
		 words[news->kind], (int)news->pid,
		 news->kind == ENFORCE_NEWS_EXIT ? news->status :
		 news->kind == ENFORCE_NEWS_FORK ? (int)news->parent :
		 (int)news->uid);
}

static bool happens(struct enforce_follow *follow, enum enforce_event_kind kind,
		    pid_t pid, pid_t thread, int value)
{
	const struct enforce_event event = {
		.kind = kind, .pid = pid, .thread = thread, .parent = value,
		.status = value, .uid = (uid_t)value, .real_uid = (uid_t)value,
		.gid = (gid_t)-1, .real_gid = (gid_t)-1,
	};

	return follow_event(follow, &event);
}

/* Numbers beyond those of any process that there could be. */
#define BASE 5000000

static void told_is(const char *wanted)
{
	assert_string_equal(told, wanted);
	told[0] = '\0';
}

static struct enforce_follow *a_sandbox(void)
{
	struct enforce_follow *follow;
	struct enforce_follow_options options = {.looks = true};

	assert_int_equal(enforce_follow_open(&follow, &options, NULL), 0);
	follow->tell = note;
	follow->sandboxes = calloc(1, sizeof(*follow->sandboxes));
	follow->sandboxes[0] = calloc(1, sizeof(**follow->sandboxes));
	follow->sandboxes[0]->fd = -1;
	follow->sandboxes[0]->entry.program = BASE;
	follow->sandboxes[0]->entry.jail = BASE - 1;
	follow->count = 1;
	follow_add(follow, BASE, 0, EVENTS_MEMBER, NULL);
	told[0] = '\0';
	return follow;
}

static void whose_child_it_is_is_known_by_birth(void **state)
{
	struct enforce_follow *follow = a_sandbox();

	(void)state;
	assert_true(happens(follow, ENFORCE_EVENT_FORK, BASE + 1, BASE + 1,
			    BASE));
	assert_true(happens(follow, ENFORCE_EVENT_FORK, BASE + 2, BASE + 2,
			    BASE + 1));
	assert_true(happens(follow, ENFORCE_EVENT_EXIT, BASE + 1, BASE + 1, 0));
	assert_true(happens(follow, ENFORCE_EVENT_EXEC, BASE + 2, BASE + 2, 0));
	assert_true(happens(follow, ENFORCE_EVENT_EXIT, BASE + 2, BASE + 2, 9));
	told_is("fork 5000001:5000000; fork 5000002:5000001; exit 5000001:0; "
		"exec 5000002:0; exit 5000002:9; ");
	/* Of nobody's that is known. */
	assert_false(happens(follow, ENFORCE_EVENT_FORK, BASE + 9, BASE + 9,
			     BASE + 8));
	assert_false(happens(follow, ENFORCE_EVENT_EXIT, BASE + 2, BASE + 2,
			     9));
	told_is("");
	assert_ptr_equal(enforce_follow_of(follow, BASE + 2),
			 &follow->sandboxes[0]->entry);
	assert_null(enforce_follow_of(follow, BASE + 9));
	enforce_follow_close(follow);
}

static void threads_are_no_processes(void **state)
{
	struct enforce_follow *follow = a_sandbox();

	(void)state;
	happens(follow, ENFORCE_EVENT_FORK, BASE, BASE + 1, BASE - 1);
	happens(follow, ENFORCE_EVENT_FORK, BASE, BASE + 2, BASE - 1);
	/* A child of a thread is the process's. */
	happens(follow, ENFORCE_EVENT_FORK, BASE + 3, BASE + 3, BASE);
	told_is("fork 5000003:5000000; ");
	/* The first thread ends first. */
	happens(follow, ENFORCE_EVENT_EXIT, BASE, BASE, 0);
	happens(follow, ENFORCE_EVENT_EXIT, BASE, BASE + 1, 0);
	told_is("");
	/* Another executes: then it is the first. */
	happens(follow, ENFORCE_EVENT_EXEC, BASE, BASE, 0);
	happens(follow, ENFORCE_EVENT_EXIT, BASE, BASE, 512);
	told_is("exec 5000000:0; exit 5000000:512; ");
	enforce_follow_close(follow);
}

static void an_id_that_all_threads_change_is_told_once(void **state)
{
	struct enforce_follow *follow = a_sandbox();

	(void)state;
	happens(follow, ENFORCE_EVENT_FORK, BASE, BASE + 1, BASE - 1);
	happens(follow, ENFORCE_EVENT_IDS, BASE, BASE, 65534);
	happens(follow, ENFORCE_EVENT_IDS, BASE, BASE + 1, 65534);
	told_is("ids 5000000:65534; ");
	enforce_follow_close(follow);
}

/* ---- the source ----------------------------------------------------------- */

struct heard {
	uint64_t forks, exits, lost, losses;
};

static int hear(void *data, const struct enforce_event *event)
{
	struct heard *heard = data;

	heard->forks += event->kind == ENFORCE_EVENT_FORK &&
			event->parent == getpid();
	heard->lost += event->lost;
	heard->losses += event->kind == ENFORCE_EVENT_LOST;
	return 0;
}

static int open_or_skip(struct enforce_events **events, size_t room)
{
	struct error err = {0};
	int fd, ret = enforce_events_open(events, room, &fd, &err);

	if (ret < 0) {
		assert_int_equal(ret, -EOPNOTSUPP);
		skip_for("there are no events here: %s", err.text);
	}
	return fd;
}

static void make_children(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

/* What comes within a moment. */
static void read_all(struct enforce_events *events, int fd, struct heard *heard)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	int64_t until = base_now_monotonic() + 300000;

	while (base_now_monotonic() < until && poll(&polled, 1, 100) >= 0)
		assert_true(enforce_events_read(events, hear, heard,
						NULL) >= 0);
}

static void every_fork_is_heard(void **state)
{
	struct enforce_events *events;
	struct heard heard = {0};
	int fd = open_or_skip(&events, 0);

	(void)state;
	make_children(1000);
	while (heard.forks < 1000 && heard.lost == 0) {
		struct pollfd polled = {.fd = fd, .events = POLLIN};

		assert_int_equal(poll(&polled, 1, 10000), 1);
		assert_true(enforce_events_read(events, hear, &heard,
						NULL) >= 0);
	}
	assert_true(heard.forks == 1000 || heard.lost > 0);
	enforce_events_close(events);
}

/* Two messages have room: all that is missing is told of as lost. */
static void what_is_lost_is_told(void **state)
{
	struct enforce_events *events;
	struct heard heard = {0};
	uint64_t made = 0;
	int fd = open_or_skip(&events, 1);

	(void)state;
	while (heard.lost == 0 && made < 10000) {
		make_children(500);
		made += 500;
		read_all(events, fd, &heard);
	}
	assert_true(heard.lost > 0);
	assert_true(heard.losses > 0);
	assert_true(heard.forks + heard.lost >= made);
	enforce_events_close(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_read),
		cmocka_unit_test(what_is_cut_off_is_none),
		cmocka_unit_test(what_is_not_so_is_none),
		cmocka_unit_test(noise_is_survived),
		cmocka_unit_test(numbers_that_are_missing_are_lost),
		cmocka_unit_test(a_process_ends_with_its_last_thread),
		cmocka_unit_test(whose_child_it_is_is_known_by_birth),
		cmocka_unit_test(threads_are_no_processes),
		cmocka_unit_test(an_id_that_all_threads_change_is_told_once),
		cmocka_unit_test(every_fork_is_heard),
		cmocka_unit_test(what_is_lost_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
