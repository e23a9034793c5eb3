/* SPDX-License-Identifier: MIT */
/* Choosing an address: the order of a range, and the search on a cable whose
 * two ends both want it, in a network namespace of the test's own; rules with
 * words filled in. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "enforce/net/devices.h"
#include "enforce/net/parts.h"
#include "tests/unit/skip.h"

#define BASE 0x0a000000u

/* ---- the order -------------------------------------------------------- */

static const uint32_t sizes[] = {1, 2, 3, 4, 7, 8, 253, 254, 1000};
static const uint64_t seeds[] = {
	0, 1, UINT64_MAX, UINT64_C(0x123456789abcdef0), UINT64_C(2) << 32,
};

/* Each address once, whatever the seed. */
static void test_once(void **state)
{
	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
		for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
			struct pick pick = {0};
			bool seen[1000] = {false};
			uint32_t address, count = 0;

			pick_begin(&pick, BASE, BASE + sizes[s] - 1, seeds[i]);
			for (; pick_next(&pick, &address); count++) {
				assert_in_range(address, BASE,
						BASE + sizes[s] - 1);
				assert_false(seen[address - BASE]);
				seen[address - BASE] = true;
			}
			assert_int_equal(count, sizes[s]);
		}
}

/* What is forbidden never, and neighbours only when all others were tried. */
static void test_rest(void **state)
{
	const uint32_t forbidden[] = {BASE, BASE + 9, BASE + 3};
	const uint32_t neighbours[] = {BASE + 1, BASE + 3, BASE + 100};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		struct pick pick = {
			.forbidden = forbidden,
			.forbidden_count = ARRAY_SIZE(forbidden),
			.neighbours = neighbours,
			.neighbour_count = ARRAY_SIZE(neighbours),
		};
		uint32_t address, last = 0, count = 0;

		pick_begin(&pick, BASE, BASE + 9, seeds[i]);
		for (; pick_next(&pick, &address); count++) {
			last = address;
			assert_int_not_equal(address, BASE);
			assert_int_not_equal(address, BASE + 9);
			assert_int_not_equal(address, BASE + 3);
			assert_true(count == 6 || address != BASE + 1);
		}
		assert_int_equal(count, 7);
		assert_int_equal(last, BASE + 1);
	}
}

/* Sandboxes that start together begin in different places. */
static void test_spread(void **state)
{
	bool seen[254] = {false};
	unsigned different = 0;

	(void)state;
	srand(7);
	for (int i = 0; i < 100; i++) {
		struct pick pick = {0};
		uint32_t address;

		pick_begin(&pick, BASE, BASE + 253, (uint64_t)rand() << 32 |
						    (uint64_t)rand());
		assert_true(pick_next(&pick, &address));
		different += !seen[address - BASE];
		seen[address - BASE] = true;
	}
	assert_in_range(different, 60, 100);
}

/* ---- the search ------------------------------------------------------- */

/* "end0" has the lower hardware address, "end1" the other. */
static bool cable;

static int make_cable(void **state)
{
	(void)state;
	cable = (unshare(CLONE_NEWNET) == 0 ||
		 unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
		system("ip link add end0 address 02:00:00:00:00:01 type veth "
		       "peer name end1 address 02:00:00:00:00:02 && "
		       "ip addr add 10.0.0.50/24 dev end1 && "
		       "ip link set end0 up && ip link set end1 up && "
		       /* Both ends have a queue when the kernel says so. */
		       "until ip -br link show end0 | grep -q ' UP ' && "
		       "ip -br link show end1 | grep -q ' UP '; do :; done")
		       == 0;
	return 0;
}

static void open_end(struct search *search, int end)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(end + 1)};
	struct error err = {0};

	*search = (struct search){.arp.fd = -1, .reserve.fd = -1};
	if (arp_open(&search->arp, (int)if_nametoindex(end ? "end1" : "end0"),
		     mac, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_in_use(void **state)
{
	struct error err = {0};
	struct search search;
	uint32_t address;

	(void)state;
	if (!cable)
		skip_for("no cable of two devices can be made here");
	open_end(&search, 0);
	assert_int_equal(search_begin(&search, BASE + 50, &err), 0);
	assert_int_equal(search_finish(&search, &address, &err), -EADDRINUSE);
	assert_string_equal(err.text,
			    "10.0.0.50 is in use by 02:00:00:00:00:02");
	arp_close(&search.arp);
}

static void test_next_one(void **state)
{
	struct error err = {0};
	struct search search;
	uint32_t address;
	int64_t begun;

	(void)state;
	if (!cable)
		skip_for("no cable of two devices can be made here");
	open_end(&search, 0);
	/* Of the five all but one are somebody's. */
	search.pick.forbidden = (const uint32_t[]){BASE + 48, BASE + 52};
	search.pick.forbidden_count = 2;
	search.pick.neighbours = (const uint32_t[]){BASE + 49, BASE + 51};
	search.pick.neighbour_count = 2;
	pick_begin(&search.pick, BASE + 48, BASE + 52, 0);
	begun = base_now_monotonic();
	assert_int_equal(search_begin(&search, 0, &err), 0);
	assert_int_equal(search_finish(&search, &address, &err), 0);
	assert_true(address == BASE + 49 || address == BASE + 51);
	assert_true(base_now_monotonic() - begun >= 10000);
	assert_int_equal(search_claim(&search, address, &err), 0);
	arp_close(&search.arp);
}

/* Gives 10.0.0.60 to an end, or takes it away, at once. */
static bool give(int end, bool set)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(BASE + 60),
	};
	struct ifreq request = {.ifr_flags = 0};

	strcpy(request.ifr_name, end ? "end1:1" : "end0:1");
	if (set)
		memcpy(&request.ifr_addr, &address, sizeof(address));
	return ioctl(fd, set ? SIOCSIFADDR : SIOCSIFFLAGS, &request) == 0;
}

/* Whoever gets it has it, so that its kernel answers. */
static bool take(struct search *search, int end)
{
	uint32_t address;

	return search_finish(search, &address, NULL) == 0 && give(end, true) &&
	       search_claim(search, address, NULL) == 0;
}

/* Both ask for the same address at the same time, END first. Whether that has
 * got it, and whether the other has. */
static void contend(int end, bool *first, bool *second)
{
	struct search a, b;
	int status;
	pid_t pid;

	open_end(&a, end);
	open_end(&b, !end);
	assert_int_equal(search_begin(&a, BASE + 60, NULL), 0);
	assert_int_equal(search_begin(&b, BASE + 60, NULL), 0);
	pid = fork();
	if (pid == 0)
		_exit(take(&b, !end));
	*first = take(&a, end);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*second = WEXITSTATUS(status);
	give(0, false);
	give(1, false);
	arp_close(&a.arp);
	arp_close(&b.arp);
}

/* One of them has it: the lower one, unless that was not run for a moment, which
 * does not happen each time. */
static void test_contended(void **state)
{
	(void)state;
	if (!cable)
		skip_for("no cable of two devices can be made here");
	for (int end = 0; end < 2; end++) {
		bool low = false, high;

		for (int tries = 0; !low && tries < 10; tries++) {
			contend(end, end ? &high : &low, end ? &low : &high);
			assert_true(low != high);
		}
		assert_true(low);
	}
}

/* Both were too slow to hear the other's questions: of the two that announce
 * the address the later one gives it up. */
static void test_claimed(void **state)
{
	struct search a, b;

	(void)state;
	if (!cable)
		skip_for("no cable of two devices can be made here");
	open_end(&a, 0);
	open_end(&b, 1);
	assert_int_equal(search_claim(&a, BASE + 70, NULL), 0);
	assert_int_equal(search_claim(&b, BASE + 70, NULL), 1);
	arp_close(&a.arp);
	arp_close(&b.arp);
}

/* ---- questions ---------------------------------------------------------- */

static void take_index(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *info = nlmsg_data(header);

	*(int *)data = info->ifi_index;
}

/* Each answer is that to its own question. */
static void test_ask(void **state)
{
	struct nl_sock *sock = NULL, *same = NULL;
	struct error err = {0};

	(void)state;
	assert_int_equal(netlink_open(&sock, &err), 0);
	for (int i = 0; i < 3; i++) {
		int index = 0;

		assert_int_equal(netlink_ask_link(i ? same : sock, "lo",
						  take_index, &index, &err),
				 0);
		assert_int_equal(index, 1);
		assert_int_equal(netlink_ask_link(sock, "no-such", take_index,
						  &index, &err), -ENODEV);
		if (i == 0)
			assert_int_equal(netlink_adopt(nl_socket_get_fd(sock),
						       &same, &err), 0);
	}
	netlink_close(&same);
	netlink_close(&sock);
}

/* ---- rules with places in them ----------------------------------------- */

static void test_template(void **state)
{
	static const struct {
		const char *text, *wanted;	/* or a part of the sentence */
		bool filled;
	} rows[] = {
		{"-p $ARG1 -d $ARG2\n", "-p 80 -d ::1\n", true},
		{"$ARG2$ARG1$ARG1", "::18080", true},
		{"# $ARG3\n \t# $ARG1\n$ARG1 # $ARG2 $ARG\n$AR $ARGS",
		 "# $ARG3\n \t# $ARG1\n80 # ::1 $ARG\n$AR $ARGS", true},
		{"$ARG01 $ARG002", "80 ::1", true},
		{"$ARG1 $ARG2 $ARG12", "$ARG12 in it stands for nothing",
		 false},
		{"$ARG1 $ARG2 $ARG18446744073709551617", "stands for nothing",
		 false},
		{"$ARG1 $ARG2 $ARG0", "80 ::1 $ARG0", true},
		{"$ARG1\n# $ARG2", "\"::1\" stands for $ARG2, which is not",
		 false},
		{"", "\"80\" stands for $ARG1", false},
	};
	char *items[] = {"80", "::1"};
	const struct profiles_words words = {items, ARRAY_SIZE(items)};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *filled = NULL;
		struct error err = {0};
		int ret = template_fill(rows[i].text, &words, &filled, &err);

		if (rows[i].filled ? ret < 0 || strcmp(filled, rows[i].wanted) :
		    ret >= 0 || !strstr(err.text, rows[i].wanted))
			fail_msg("%s: %d, %s, %s", rows[i].text, ret, filled,
				 err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_next_one),
		cmocka_unit_test(test_contended),
		cmocka_unit_test(test_claimed),
	};

	return cmocka_run_group_tests(tests, make_cable, NULL);
}
