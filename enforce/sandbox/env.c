/* SPDX-License-Identifier: MIT */
/*
 * The variables of the program: those of jail, without what would lead it to
 * things that the sandbox does not have, and then as the profile says, in its
 * order. Nothing else is dropped here: which variables hold secrets is the
 * profile's to say (rmenv).
 */
#include <fnmatch.h>
#include <string.h>

#include "enforce/sandbox/sandbox.h"

extern char **environ;

static const struct {
	enum profiles_flag flag;
	const char *name;
	const char *value;	/* NULL: unset */
} closed[] = {
	{PROFILES_X11_NONE, "DISPLAY", NULL},
	{PROFILES_X11_NONE, "XAUTHORITY", NULL},
};

/* Unset, they would mean the usual address or a bus started by hand; of a
 * transport that does not exist, every library fails at once. */
#define NO_BUS "disabled:"

static const struct {
	enum profiles_flag none, filter;
	const char *name;
} buses[ENFORCE_BUSES] = {
	[ENFORCE_BUS_USER] = {PROFILES_DBUS_USER_NONE,
			      PROFILES_DBUS_USER_FILTER,
			      "DBUS_SESSION_BUS_ADDRESS"},
	[ENFORCE_BUS_SYSTEM] = {PROFILES_DBUS_SYSTEM_NONE,
				PROFILES_DBUS_SYSTEM_FILTER,
				"DBUS_SYSTEM_BUS_ADDRESS"},
};

/* The first variable whose name matches, in new memory. *OUT stays NULL if
 * there is none. */
static int find(const char *pattern, char **out)
{
	for (char **at = environ; at && *at; at++) {
		cleanup_free char *name = strndup(*at, strcspn(*at, "="));

		if (!name)
			return -ENOMEM;
		if (*name && fnmatch(pattern, name, 0) == 0) {
			*out = take_ptr(name);
			return 0;
		}
	}
	return 0;
}

static int unset(const char *pattern)
{
	if (!pattern[strcspn(pattern, "*?[\\")])
		return unsetenv(pattern) < 0 ? -errno : 0;
	for (;;) {
		cleanup_free char *name = NULL;
		int ret = find(pattern, &name);

		if (ret < 0 || !name)
			return ret;
		if (unsetenv(name) < 0)
			return -errno;
	}
}

/* WORD is NAME=VALUE, or the pattern of names to unset. */
static int apply(const char *word)
{
	const char *equals = strchr(word, '=');
	cleanup_free char *name = NULL;

	if (!equals)
		return unset(word);
	name = strndup(word, (size_t)(equals - word));
	if (!name)
		return -ENOMEM;
	return setenv(name, equals + 1, 1) < 0 ? -errno : 0;
}

static bool is_closed(const struct enforce_plan *plan,
		      enum enforce_bus_kind which)
{
	return profiles_has(plan->policy, buses[which].none) ||
	       profiles_has(plan->policy, buses[which].filter);
}

static int set_buses(const struct enforce_plan *plan)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ENFORCE_BUSES; i++) {
		const char *inside = plan->files.buses[i].inside;

		if (is_closed(plan, i))
			ret = setenv(buses[i].name, inside ? inside : NO_BUS,
				     1) < 0 ? -errno : 0;
	}
	return ret;
}

/* The bus of screen readers is hidden with the user's. The X server still tells
 * its address, and toolkits would warn at each start that nobody is there. So
 * is that of ibus, which has a name for sandboxes where there is a bus. */
static int set_toolkits(const struct enforce_plan *plan)
{
	if (!is_closed(plan, ENFORCE_BUS_USER))
		return 0;
	if (plan->files.buses[ENFORCE_BUS_USER].inside &&
	    setenv("IBUS_USE_PORTAL", "1", 1) < 0)
		return -errno;
	return setenv("NO_AT_BRIDGE", "1", 1) < 0 ||
	       setenv("GTK_A11Y", "none", 1) < 0 ? -errno : 0;
}

/* Where Wayland is hidden, but named, toolkits fail instead of going on. */
static int set_display(const struct enforce_display *display)
{
	char number[16];

	if (!display->server)
		return 0;
	snprintf(number, sizeof(number), ":%u", display->number);
	return setenv("DISPLAY", number, 1) < 0 ||
	       setenv("XAUTHORITY", display->inside, 1) < 0 ||
	       unsetenv("WAYLAND_DISPLAY") < 0 ? -errno : 0;
}

int env_apply(const struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	int ret;

	if (!policy)
		return 0;
	ret = setenv("container", "jail", 1) < 0 ? -errno : 0;
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(closed); i++) {
		if (!profiles_has(policy, closed[i].flag))
			continue;
		ret = closed[i].value ?
		      setenv(closed[i].name, closed[i].value, 1) :
		      unsetenv(closed[i].name);
	}
	if (ret == 0)
		ret = set_display(&plan->files.display);
	if (ret == 0)
		ret = set_buses(plan);
	if (ret == 0)
		ret = set_toolkits(plan);
	for (size_t i = 0; ret == 0 && i < policy->env.count; i++)
		ret = apply(policy->env.items[i]);
	if (ret == 0)
		return 0;
	return base_error(err, ret == -EINVAL ? EINVAL : ENOMEM,
			  ret == -EINVAL ? "a variable of 'env' has no name; "
			  "write env NAME=VALUE" : "out of memory");
}
