/* SPDX-License-Identifier: MIT */
/*
 * What follows from a profile as a whole, once its last line was read. Some
 * flags stand for rules about paths. Those of private-tmp, private-cache and
 * disable-mnt come behind all others, so that a noblacklist anywhere undoes
 * them; those that hide a bus or a server come in front, where none does.
 */
#include <string.h>

#include "profiles/text.h"

/* ---- contradictions --------------------------------------------------- */

static bool has(const struct profiles_text *text, enum profiles_flag flag)
{
	return profiles_has(&text->policy, flag);
}

static int check(const struct profiles_text *text, struct error *err)
{
	bool chroot = text->policy.chroot != NULL;
	const char *overlay = text->policy.overlay ? "overlay-named" :
						     "overlay";
	const struct {
		bool first, second;
		const char *names[2];
	} pairs[] = {
		{ chroot, has(text, PROFILES_OVERLAY), { "chroot", overlay } },
		{ chroot, has(text, PROFILES_OVERLAY_TMPFS),
		  { "chroot", "overlay-tmpfs" } },
		{ has(text, PROFILES_OVERLAY),
		  has(text, PROFILES_OVERLAY_TMPFS),
		  { overlay, "overlay-tmpfs" } },
		{ has(text, PROFILES_WRITABLE_ETC),
		  has(text, PROFILES_PRIVATE_ETC),
		  { "writable-etc", "private-etc" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (pairs[i].first && pairs[i].second)
			return base_error(err, EINVAL, "%s and %s contradict "
					  "each other; remove one of the two, "
					  "or ignore it", pairs[i].names[0],
					  pairs[i].names[1]);
	return 0;
}

/* ---- what flags stand for --------------------------------------------- */

struct added {
	unsigned flag;
	bool unless;		/* without the flag, not with it */
	enum profiles_rule_kind kind;
	const char *path;	/* "$NAME", "$NAME/x": that variable's path,
				 * and what is in it */
};

#define HIDE(flag, path) { PROFILES_##flag, false, PROFILES_BLACKLIST, path }

/* A bus that is filtered is seen through the filter alone. */
#define HIDE_BUS(bus, path) HIDE(bus##_NONE, path), HIDE(bus##_FILTER, path)

static const struct added front[] = {
	HIDE_BUS(DBUS_USER, "${RUNUSER}/bus"),
	HIDE_BUS(DBUS_USER, "${RUNUSER}/dbus/user_bus_socket"),
	HIDE_BUS(DBUS_USER, "$DBUS_SESSION_BUS_ADDRESS"),
	HIDE_BUS(DBUS_USER, "$XDG_RUNTIME_DIR/bus"),
	HIDE_BUS(DBUS_USER, "${HOME}/.dbus"),
	/* The bus of screen readers: it reads and operates all windows. */
	HIDE_BUS(DBUS_USER, "${RUNUSER}/at-spi"),
	HIDE_BUS(DBUS_USER, "$XDG_RUNTIME_DIR/at-spi"),
	HIDE_BUS(DBUS_USER, "$AT_SPI_BUS_ADDRESS"),
	HIDE_BUS(DBUS_USER, "${HOME}/.cache/at-spi"),
	HIDE_BUS(DBUS_USER, "$XDG_CACHE_HOME/at-spi"),
	/* That of ibus hears all that is typed, and types. */
	HIDE_BUS(DBUS_USER, "${HOME}/.cache/ibus"),
	HIDE_BUS(DBUS_USER, "$XDG_CACHE_HOME/ibus"),
	HIDE_BUS(DBUS_USER, "${RUNUSER}/ibus"),
	HIDE_BUS(DBUS_USER, "$XDG_RUNTIME_DIR/ibus"),
	HIDE_BUS(DBUS_USER, "$IBUS_ADDRESS"),
	HIDE_BUS(DBUS_SYSTEM, "/run/dbus/system_bus_socket"),
	HIDE_BUS(DBUS_SYSTEM, "$DBUS_SYSTEM_BUS_ADDRESS"),
	HIDE(NOSOUND, "${HOME}/.config/pulse"),
	HIDE(NOSOUND, "${HOME}/.pulse"),
	HIDE(NOSOUND, "${HOME}/.pulse-cookie"),
	HIDE(NOSOUND, "${HOME}/.config/pipewire"),
	HIDE(NOSOUND, "${RUNUSER}/pulse"),
	HIDE(NOSOUND, "${RUNUSER}/pipewire-*"),
	HIDE(NOSOUND, "$XDG_RUNTIME_DIR/pulse"),
	HIDE(NOSOUND, "$XDG_RUNTIME_DIR/pipewire-0"),
	HIDE(NOSOUND, "$XDG_RUNTIME_DIR/pipewire-0-manager"),
	HIDE(NOSOUND, "$PULSE_RUNTIME_PATH"),
	HIDE(NOSOUND, "$PULSE_SERVER"),
	HIDE(NOSOUND, "$PULSE_COOKIE"),
	HIDE(NOSOUND, "$PIPEWIRE_REMOTE"),
	HIDE(NOSOUND, "$PIPEWIRE_RUNTIME_DIR/pipewire-0"),
	HIDE(NOSOUND, "/run/pulse"),
	HIDE(NOSOUND, "/tmp/pulse-*"),
	HIDE(NOSOUND, "/tmp/sndio"),
	HIDE(NOSOUND, "/dev/shm/jack*"),
	{ PROFILES_WRITABLE_RUN_USER, true, PROFILES_BLACKLIST,
	  "${RUNUSER}/gnupg" },
	{ PROFILES_WRITABLE_RUN_USER, true, PROFILES_BLACKLIST,
	  "${RUNUSER}/systemd" },
};

static const struct added back[] = {
	{ PROFILES_PRIVATE_TMP, false, PROFILES_WHITELIST, "/tmp/.X11-unix" },
	{ PROFILES_PRIVATE_TMP, false, PROFILES_READ_ONLY, "/tmp/.X11-unix" },
	{ PROFILES_PRIVATE_TMP, false, PROFILES_WHITELIST, "/tmp/sndio" },
	{ PROFILES_PRIVATE_TMP, false, PROFILES_WHITELIST, "/tmp/pulse-*" },
	{ PROFILES_PRIVATE_TMP, false, PROFILES_WHITELIST, "$XAUTHORITY" },
	{ PROFILES_PRIVATE_CACHE, false, PROFILES_TMPFS, "${HOME}/.cache" },
	HIDE(DISABLE_MNT, "/mnt"),
	HIDE(DISABLE_MNT, "/media"),
	HIDE(DISABLE_MNT, "/run/mount"),
	HIDE(DISABLE_MNT, "/run/media"),
	HIDE(X11_NONE, "/tmp/.X11-unix"),
	HIDE(X11_NONE, "${HOME}/.Xauthority"),
	HIDE(X11_NONE, "$XAUTHORITY"),
	HIDE(X11_XEPHYR, "${RUNUSER}/wayland-*"),
	HIDE(X11_XEPHYR, "$XDG_RUNTIME_DIR/wayland-*"),
	HIDE(X11_XVFB, "${RUNUSER}/wayland-*"),
	HIDE(X11_XVFB, "$XDG_RUNTIME_DIR/wayland-*"),
};

/* The path in an address of LENGTH bytes: itself, or that of one as D-Bus
 * (unix:path=PATH,guid=) and PulseAudio (unix:PATH) have them. */
static const char *path_in(const char *address, size_t *length)
{
	const char *end = address + *length, *key = address;

	if (*length < 5 || strncmp(address, "unix:", 5) != 0)
		return address;
	for (key += 5; key < end && strncmp(key, "path=", 5) != 0; key++)
		key += strcspn(key, ",;");
	key = key < end ? key + 5 : address + 5;
	*length = strcspn(key, ",;");
	return key;
}

/* The NUMBER-th path that NAME holds, "VARIABLE" or "VARIABLE/REST": new
 * memory, NULL if there is no such that a rule can have. *MORE: another may
 * follow. */
static char *path_of(const struct profiles_text *text, const char *name,
		     size_t number, bool *more)
{
	const char *rest = name + strcspn(name, "/"), *value;
	cleanup_free char *variable = strndup(name, (size_t)(rest - name));
	cleanup_free char *path = NULL;
	size_t length;

	*more = false;
	value = variable ? macros_variable(text, variable) : NULL;
	for (; value && number > 0; number--)
		value = value[strcspn(value, ";")] ?
			value + strcspn(value, ";") + 1 : NULL;
	if (!value)
		return NULL;
	length = strcspn(value, ";");
	*more = value[length] == ';';
	value = path_in(value, &length);
	path = base_printf("%.*s%s", (int)length, value, rest);
	if (!path || *path != '/' || strlen(path) > 4096 ||
	    paths_check(path, false, NULL) < 0)
		return NULL;
	return take_ptr(path);
}

static int add_paths(struct profiles_text *text, const struct added *added,
		     struct error *err)
{
	bool more = true;
	int ret = 0;

	for (size_t i = 0; ret == 0 && more && i < 16; i++) {
		cleanup_free char *path = path_of(text, added->path + 1, i,
						  &more);

		if (path && (added->kind != PROFILES_WHITELIST ||
			     strncmp(path, "/tmp/", 5) == 0))
			ret = paths_add(text, added->kind, path, err);
	}
	return ret;
}

static int add(struct profiles_text *text, const struct added *added,
	       struct error *err)
{
	if (has(text, added->flag) == added->unless)
		return 0;
	if (added->path[0] == '$' && added->path[1] != '{')
		return add_paths(text, added, err);
	return paths_add(text, added->kind, added->path, err);
}

static int add_all(struct profiles_text *text, const struct added *added,
		   size_t count, struct error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = add(text, &added[i], err);
	return result;
}

/* Moves the last COUNT rules to the front. */
static int move_to_front(struct profiles_policy *policy, size_t count)
{
	size_t others = policy->rule_count - count;
	struct profiles_rule *rules = policy->rules, *moved;

	if (count == 0)
		return 0;
	moved = calloc(count, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	memcpy(moved, rules + others, count * sizeof(*moved));
	memmove(rules + count, rules, others * sizeof(*moved));
	memcpy(rules, moved, count * sizeof(*moved));
	free(moved);
	return 0;
}

int profiles_policy_finish(struct profiles_text *text, struct error *err)
{
	struct profiles_reading *reading = reading_of(text);
	size_t before = text->policy.rule_count;
	int result;

	if (!reading)
		return policy_no_memory(err);
	result = check(text, err);
	if (result == 0)
		result = network_finish(text, err);
	if (result < 0 || reading->finished || !text->context)
		return result;
	reading->finished = true;
	reading->file = NULL;
	reading->line = 0;
	result = add_all(text, front, ARRAY_SIZE(front), err);
	if (result == 0 && move_to_front(&text->policy,
			text->policy.rule_count - before) < 0)
		result = policy_no_memory(err);
	if (result == 0)
		result = add_all(text, back, ARRAY_SIZE(back), err);
	return result;
}
