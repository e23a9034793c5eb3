/* SPDX-License-Identifier: MIT */
/*
 * Buses through a filter: the proxies, from their start to their end.
 *
 * A proxy says by its --fd that it listens, and ends when the other end of that
 * pipe is closed: so with jail, however that ends.
 */
#include <fcntl.h>

#include "enforce/bus/bus.h"
#include "enforce/companion/companion.h"

#define READY_WITHIN 10000 /* milliseconds */

/* ---- the proxies --------------------------------------------------------- */

/* What comes before the rules, and behind them. */
#define WORDS 6

static const char **arguments(const struct enforce_bus *bus,
			      const struct profiles_words *rules, char *ready,
			      struct profiles_words *owned)
{
	const char **argv = calloc(rules->count + WORDS, sizeof(*argv));
	size_t count = 0;

	owned->items = calloc(rules->count + 1, sizeof(*owned->items));
	if (!argv || !owned->items) {
		free(argv);
		return NULL;
	}
	argv[count++] = ENFORCE_BUS_PROXY;
	argv[count++] = ready;
	argv[count++] = bus->address;
	argv[count++] = bus->socket;
	argv[count++] = "--filter";
	for (size_t i = 0; i < rules->count; i++) {
		char *word = base_printf("--%s", rules->items[i]);

		if (!word) {
			free(argv);
			return NULL;
		}
		owned->items[owned->count++] = word;
		argv[count++] = word;
	}
	return argv;
}

/* ENDS are those of the pipe by which it says that it is ready. */
static int start(const struct enforce_bus *bus,
		 const struct profiles_words *rules, const int ends[2],
		 pid_t *keeper, struct error *err)
{
	struct profiles_words owned = {0};
	cleanup_free const char **argv = NULL;
	char ready[32];
	int ret;

	snprintf(ready, sizeof(ready), "--fd=%d", ends[1]);
	argv = arguments(bus, rules, ready, &owned);
	if (argv)
		ret = companion_start(&(struct companion){
			.argv = argv, .net = -1, .keep = {ends[1], -1},
		}, ends[0], READY_WITHIN, keeper, err);
	else
		ret = base_error(err, ENOMEM, "out of memory");
	profiles_words_free(&owned);
	return ret;
}

static int open_one(const struct enforce_plan *plan, enum enforce_bus_kind i,
		    struct bus *bus, struct error *err)
{
	const struct profiles_words *const rules[ENFORCE_BUSES] = {
		[ENFORCE_BUS_USER] = &plan->policy->user_bus,
		[ENFORCE_BUS_SYSTEM] = &plan->policy->system_bus,
	};
	int ends[2], ret;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	bus->alive[i] = ends[0] + 1;
	if (plan->debug)
		plan->debug("a filter in front of a message bus ("
			    ENFORCE_BUS_PROXY ")");
	ret = start(&plan->files.buses[i], rules[i], ends, &bus->keepers[i],
		    err);
	base_close(&ends[1]);
	return ret;
}

int bus_open(const struct enforce_plan *plan, struct bus *bus,
	     struct error *err)
{
	int ret = 0;

	*bus = (struct bus){0};
	for (unsigned i = 0; ret == 0 && i < ENFORCE_BUSES; i++)
		if (plan->files.buses[i].socket)
			ret = open_one(plan, i, bus, err);
	return ret;
}

void bus_end(struct bus *bus)
{
	for (size_t i = 0; i < ENFORCE_BUSES; i++) {
		int alive = bus->alive[i] - 1;

		companion_end(&bus->keepers[i]);
		base_close(&alive);
	}
	*bus = (struct bus){0};
}

void bus_doctor(void (*tell)(void *data,
			     const struct enforce_finding *finding),
		void *data)
{
	cleanup_free char *proxy = companion_find(ENFORCE_BUS_PROXY);
	struct enforce_finding finding = {
		.name = "message buses", .ok = proxy != NULL,
	};

	snprintf(finding.text, sizeof(finding.text), proxy ?
		 ENFORCE_BUS_PROXY " filters them (dbus-user filter)" :
		 ENFORCE_BUS_PROXY " is not installed: a bus that is to be "
		 "filtered is hidden");
	if (!proxy)
		snprintf(finding.remedy, sizeof(finding.remedy),
			 "install the package %s",
			 companion_package(ENFORCE_BUS_PROXY));
	tell(data, &finding);
}
