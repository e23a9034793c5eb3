/* SPDX-License-Identifier: MIT */
/*
 * The message buses that are seen through a filter: which they are, and where
 * the program finds the filter's socket. That is where it would have found the
 * bus, whose own socket a rule has hidden by then; where there is no such place
 * in the tree, a file in /dev, which is always ours.
 *
 * The filter is a program that runs outside (bus/). Where it or the bus is
 * missing, the bus is hidden.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "enforce/companion/companion.h"
#include "enforce/plan/parts.h"

#define PATH_KEY "unix:path="
#define ABSTRACT_KEY "unix:abstract="

static const struct kind {
	enum profiles_flag filter, none;
	const char *variable, *why;
	const char *spare;	/* its place where there is no other */
	const char *name;
} kinds[ENFORCE_BUSES] = {
	[ENFORCE_BUS_USER] = {
		PROFILES_DBUS_USER_FILTER, PROFILES_DBUS_USER_NONE,
		"DBUS_SESSION_BUS_ADDRESS", "dbus-user filter",
		"/dev/dbus-user", "user",
	},
	[ENFORCE_BUS_SYSTEM] = {
		PROFILES_DBUS_SYSTEM_FILTER, PROFILES_DBUS_SYSTEM_NONE,
		"DBUS_SYSTEM_BUS_ADDRESS", "dbus-system filter",
		"/dev/dbus-system", "system",
	},
};

static bool is_filtered(const struct profiles_policy *policy,
			const struct kind *kind)
{
	return profiles_has(policy, kind->filter) &&
	       !profiles_has(policy, kind->none);
}

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- addresses (D-Bus Specification, "Server Addresses") --------------- */

/* The bytes of an address that stand for themselves; others are %XX. */
static bool is_plain(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') ||
	       (byte && strchr("-_/.\\*", byte));
}

static char *address_of(const char *path)
{
	cleanup_free char *address = malloc(sizeof(PATH_KEY) +
					    3 * strlen(path));
	char *end = address;

	if (!address)
		return NULL;
	end = stpcpy(end, PATH_KEY);
	for (; *path; path++)
		end += sprintf(end, is_plain(*path) ? "%c" : "%%%02x",
			       (unsigned char)*path);
	return take_ptr(address);
}

static int hex(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) % 16 : -1;
}

/* The value in new memory; NULL where it is not as it should be. */
static char *unescape(const char *value, size_t length)
{
	cleanup_free char *text = calloc(1, length + 1);

	for (size_t i = 0, at = 0; text && i < length; i++) {
		int high, low;

		text[at++] = value[i];
		if (value[i] != '%')
			continue;
		high = i + 2 < length ? hex(value[i + 1]) : -1;
		low = high < 0 ? -1 : hex(value[i + 2]);
		if (low < 0 || (high == 0 && low == 0))
			return NULL;
		text[at - 1] = (char)(high * 16 + low);
		i += 2;
	}
	return take_ptr(text);
}

/* What a bus of the address listens on: its name, in new memory; NULL if it is
 * no socket of this machine. */
static char *socket_of(const char *address, bool *abstract)
{
	const char *key = PATH_KEY;

	*abstract = strncmp(address, ABSTRACT_KEY,
			    strlen(ABSTRACT_KEY)) == 0;
	if (*abstract)
		key = ABSTRACT_KEY;
	else if (strncmp(address, PATH_KEY, strlen(PATH_KEY)) != 0)
		return NULL;
	address += strlen(key);
	return unescape(address, strcspn(address, ","));
}

static bool answers(const char *address)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	cleanup_close int fd = -1;
	bool abstract;
	cleanup_free char *name = socket_of(address, &abstract);
	size_t length = name ? strlen(name) : 0;

	if (!length || length + abstract >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path + abstract, name, length);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&to, (socklen_t)
				  (offsetof(struct sockaddr_un, sun_path) +
				   abstract + length)) == 0;
}

bool enforce_bus_abstract(const struct enforce_bus *bus)
{
	return bus->address && strncmp(bus->address, ABSTRACT_KEY,
				       strlen(ABSTRACT_KEY)) == 0;
}

/* ---- the bus of the host ----------------------------------------------- */

/* Where the libraries look: the variable, else the usual place. */
static char *addresses(enum enforce_bus_kind which)
{
	const char *value = getenv(kinds[which].variable);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *path = NULL;

	if (value && *value)
		return strdup(value);
	if (which == ENFORCE_BUS_SYSTEM)
		return strdup(PATH_KEY "/run/dbus/system_bus_socket");
	if (!runtime || *runtime != '/')
		return strdup("");
	path = base_printf("%s/bus", runtime);
	return path ? address_of(path) : NULL;
}

/* The first of the addresses that answers; *ADDRESS stays NULL if none does. */
static int find_bus(enum enforce_bus_kind which, char **address,
		    struct error *err)
{
	cleanup_free char *all = addresses(which);
	char *rest = all, *one;

	if (!all)
		return no_memory(err);
	while (!*address && (one = strsep(&rest, ";"))) {
		if (!answers(one))
			continue;
		*address = strdup(one);
		if (!*address)
			return no_memory(err);
	}
	return 0;
}

/* ---- the filter ---------------------------------------------------------- */

/* A place at PATH where there is none: a file of ours, if a tmpfs of ours can
 * take it. */
static char *new_place(struct enforce_files *files, const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *above = strndup(path, (size_t)(slash - path));
	cleanup_free char *folder = above && *above ?
				    view_resolve(files, above) : NULL;
	cleanup_free char *at = folder ? base_printf("%s%s", folder, slash) :
					 NULL;

	if (!at || !view_writable(files, folder) ||
	    steps_place(files, at, false, NULL) < 0)
		return NULL;
	return take_ptr(at);
}

/* The place of the bus, if the tree has something there that can be mounted
 * on, or can have it. */
static char *usual_place(struct enforce_files *files, const char *address)
{
	bool abstract;
	cleanup_free char *path = socket_of(address, &abstract);
	cleanup_free char *real = NULL;
	struct stat st;

	if (!path || abstract || *path != '/')
		return NULL;
	real = view_resolve(files, path);
	if (!real)
		return new_place(files, path);
	if (view_lstat(files, real, &st) < 0 || S_ISDIR(st.st_mode))
		return NULL;
	return take_ptr(real);
}

static int place(struct enforce_plan *plan, const struct kind *kind,
		 struct enforce_bus *bus, struct error *err)
{
	struct enforce_files *files = &plan->files;
	cleanup_free char *at = usual_place(files, bus->address);
	int ret = files_served(plan, err);

	if (ret < 0)
		return ret;
	if (!at)
		at = strdup(kind->spare);
	bus->socket = base_printf("%s/%s", files->served, kind->name);
	bus->inside = at ? address_of(at) : NULL;
	if (!bus->socket || !bus->inside ||
	    !steps_bind(files, at, bus->socket, false, PARTS_READ_ONLY,
			kind->why))
		return no_memory(err);
	if (strlen(bus->socket) < sizeof((struct sockaddr_un){0}.sun_path))
		return 0;
	return base_error(err, ENAMETOOLONG, "%s: the name of a socket in "
			  "'%.200s' would be too long; set XDG_RUNTIME_DIR to "
			  "a shorter one", kind->why, plan->context.runtime);
}

static int add_bus(struct enforce_plan *plan, enum enforce_bus_kind which,
		   struct error *err)
{
	struct enforce_bus *bus = &plan->files.buses[which];
	cleanup_free char *proxy = companion_find(ENFORCE_BUS_PROXY);
	int ret;

	if (!proxy || !plan->context.runtime) {
		bus->lost = !proxy ? ENFORCE_BUS_PROXY " is not installed" :
			    "jail has no folder for the filter's socket";
		return 0;
	}
	ret = find_bus(which, &bus->address, err);
	if (ret == 0 && !bus->address)
		bus->lost = "there is no such bus";
	return ret < 0 || bus->lost ? ret : place(plan, &kinds[which], bus,
						  err);
}

int files_buses(struct enforce_plan *plan, struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < ENFORCE_BUSES; i++)
		if (is_filtered(plan->policy, &kinds[i]))
			ret = add_bus(plan, i, err);
	return ret;
}

void buses_spare_places(struct enforce_plan *plan)
{
	for (size_t i = 0; i < ENFORCE_BUSES; i++)
		if (is_filtered(plan->policy, &kinds[i]))
			steps_add(&plan->files, ENFORCE_FILE, kinds[i].spare,
				  NULL, kinds[i].why);
}

void buses_free(struct enforce_files *files)
{
	for (size_t i = 0; i < ENFORCE_BUSES; i++) {
		free(files->buses[i].address);
		free(files->buses[i].socket);
		free(files->buses[i].inside);
	}
}
