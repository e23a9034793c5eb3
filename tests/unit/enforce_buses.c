/* SPDX-License-Identifier: MIT */
/*
 * Message buses through a filter: which address counts, and where the filter's
 * socket is to be seen. The buses are sockets of the test's own.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "enforce/companion/companion.h"
#include "tests/unit/enforce_world.h"

static char folder[64];

/* Listens at NAME in the folder; with ABSTRACT on that name. */
static int listen_at(const char *name, bool abstract)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(to.sun_path + abstract,
			      sizeof(to.sun_path) - abstract, "%s/%s", folder,
			      name);

	assert_return_code(fd, errno);
	assert_return_code(bind(fd, (struct sockaddr *)&to, (socklen_t)
				(offsetof(struct sockaddr_un, sun_path) +
				 abstract + (size_t)length)), errno);
	assert_return_code(listen(fd, 8), errno);
	return fd;
}

static int set_up_bus(void **state)
{
	if (set_up(state) < 0)
		return -1;
	strcpy(folder, "/tmp/jail-bus-XXXXXX");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	unsetenv("XDG_RUNTIME_DIR");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down_bus(void **state)
{
	host_remove(folder);
	return tear_down(state);
}

/* Plans with ADDRESS in the variable, in which @ stands for the folder. */
static const struct enforce_bus *plan_bus(struct world *world,
					  const char *address)
{
	char value[1024] = "";
	int ret;

	for (const char *c = address; *c; c++)
		snprintf(value + strlen(value), sizeof(value) - strlen(value),
			 *c == '@' ? "%s" : "%.1s", *c == '@' ? folder : c);
	setenv("DBUS_SESSION_BUS_ADDRESS", value, 1);
	buses_free(&world->plan.files);
	memset(world->plan.files.buses, 0, sizeof(world->plan.files.buses));
	base_free(&world->plan.files.served);
	world->plan.context.runtime = "/run/user/1000/jail";
	want(world, PROFILES_DBUS_USER_FILTER);
	ret = files_buses(&world->plan, &world->err);
	if (ret < 0)
		print_error("%s\n", world->err.text);
	assert_int_equal(ret, 0);
	return &world->plan.files.buses[ENFORCE_BUS_USER];
}

static void test_addresses(void **state)
{
	static const struct {
		const char *addresses;
		const char *found;	/* its end; NULL: none answers */
		bool abstract;
	} cases[] = {
		{"unix:path=@/bus", "/bus", false},
		{"unix:path=@/bus,guid=12ab", "/bus,guid=12ab", false},
		{"unix:path=@/b%75s", "/b%75s", false},
		{"unix:path=@/with%20blank%2c", "/with%20blank%2c", false},
		{"unix:path=@/no;unix:path=@/bus", "/bus", false},
		{"tcp:host=x;unix:path=@/bus;unix:path=@/no", "/bus", false},
		{"unix:abstract=@/hidden,guid=1", "/hidden,guid=1", true},
		{"unix:path=@/no", NULL, false},
		{"unix:path=@/b%7", NULL, false},
		{"unix:path=@/b%00us", NULL, false},
		{"unix:path=", NULL, false},
		{"unixexec:path=@/bus", NULL, false},
		{"autolaunch:", NULL, false},
		{"unix:path=@", NULL, false},
		{";;", NULL, false},
	};
	cleanup_close int bus = listen_at("bus", false);
	cleanup_close int blank = listen_at("with blank,", false);
	cleanup_close int hidden = listen_at("hidden", true);

	(void)bus, (void)blank, (void)hidden;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct enforce_bus *found = plan_bus(*state,
							   cases[i].addresses);
		const char *end = cases[i].found;

		print_message("%s\n", cases[i].addresses);
		assert_int_equal(!end, found->lost != NULL);
		assert_int_equal(!end, found->address == NULL);
		if (!end)
			continue;
		assert_string_equal(found->address + strlen(found->address) -
				    strlen(end), end);
		assert_int_equal(enforce_bus_abstract(found),
				 cases[i].abstract);
		assert_non_null(strstr(found->socket,
				       "/run/user/1000/jail/served-"));
	}
}

static void test_places(void **state)
{
	struct world *world = *state;
	cleanup_close int bus = listen_at("a bus", false);
	cleanup_free char *there = base_printf("%s/a bus", folder);
	cleanup_free char *inside = base_printf("unix:path=%s/a%%20bus",
						folder);
	cleanup_free char *file = base_printf("%s/", folder + 1);
	const struct enforce_step *step;

	(void)bus;
	/* The tree has no such folder. */
	assert_string_equal(plan_bus(world, "unix:path=@/a%20bus")->inside,
			    "unix:path=/dev/dbus-user");
	assert_non_null(at(world, ENFORCE_BIND, "/dev/dbus-user"));
	/* It has, but nothing that could be mounted on. */
	make_one(world->root, file);
	view_forget(&world->plan.files);
	assert_string_equal(plan_bus(world, "unix:path=@/a%20bus")->inside,
			    "unix:path=/dev/dbus-user");
	/* A tmpfs of ours, in which it is made. */
	assert_non_null(steps_tmpfs(&world->plan.files, folder, 0700, "test"));
	assert_string_equal(plan_bus(world, "unix:path=@/a%20bus")->inside,
			    inside);
	assert_non_null(at(world, ENFORCE_FILE, there));
	step = at(world, ENFORCE_BIND, there);
	assert_non_null(step);
	assert_string_equal(step->source,
			    world->plan.files.buses[ENFORCE_BUS_USER].socket);
	assert_true(step->set & MOUNT_ATTR_RDONLY);
}

static void test_policies(void **state)
{
	struct world *world = *state;
	cleanup_close int bus = listen_at("bus", false);
	const struct enforce_bus *found;

	(void)bus;
	want(world, PROFILES_DBUS_USER_NONE);
	found = plan_bus(world, "unix:path=@/bus");
	assert_null(found->lost);
	assert_null(found->inside);
	assert_null(world->plan.files.served);
	world->policy.flags = 0;
	buses_spare_places(&world->plan);
	assert_null(at(world, ENFORCE_FILE, "/dev/dbus-user"));
	want(world, PROFILES_DBUS_USER_FILTER);
	buses_spare_places(&world->plan);
	assert_non_null(at(world, ENFORCE_FILE, "/dev/dbus-user"));
	assert_null(at(world, ENFORCE_FILE, "/dev/dbus-system"));
}

/* Without the variable, as the libraries look for it. */
static void test_usual(void **state)
{
	struct world *world = *state;
	cleanup_close int bus = listen_at("bus", false);
	const struct enforce_bus *found;

	(void)bus;
	assert_non_null(plan_bus(world, "")->lost);
	setenv("XDG_RUNTIME_DIR", folder, 1);
	found = plan_bus(world, "");
	assert_null(found->lost);
	assert_non_null(strstr(found->address, "/bus"));
}

#define BUS(name)                                                              \
	cmocka_unit_test_setup_teardown(name, set_up_bus, tear_down_bus)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS(test_addresses),
		BUS(test_places),
		BUS(test_policies),
		BUS(test_usual),
	};
	cleanup_free char *proxy = companion_find(ENFORCE_BUS_PROXY);

	if (!proxy) {
		puts("1..0 # SKIP xdg-dbus-proxy is not installed");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
