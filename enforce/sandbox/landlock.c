/* SPDX-License-Identifier: MIT */
/*
 * Abstract sockets: a name in the network namespace, with no file that could be
 * hidden. With the host's network the program could reach those of the host, so
 * Landlock closes them (landlock(7), since Linux 6.12); in a network namespace
 * of its own there are none. Signals to processes outside are closed likewise:
 * a second wall behind the PID namespace.
 *
 * X11: libxcb connects to the abstract socket of the display first, and goes on
 * to the file only when nobody listens there; a refusal is final for it. So
 * where an X server listens on an abstract socket and the program may use it,
 * they stay open.
 *
 * It is an extra: a kernel without it starts the program, and --check says so;
 * but not where a directive is about such a socket that is there.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "enforce/sandbox/sandbox.h"

/* linux/landlock.h, of which Debian's libraries have an older one. The calls
 * have the same numbers on every architecture. */
#define CREATE_RULESET 444
#define RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1u
#define VERSION_WITH_SCOPES 6
#define SCOPE_ABSTRACT_SOCKETS (UINT64_C(1) << 0)
#define SCOPE_SIGNALS (UINT64_C(1) << 1)

struct ruleset {
	uint64_t handled_files, handled_network, scoped;
};

static bool supported(void)
{
	return syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION) >=
	       VERSION_WITH_SCOPES;
}

/* The number of a display of this machine, as libxcb reads it, or -1. */
static int local_display(const char *display)
{
	const char *colon = display ? strrchr(display, ':') : NULL;
	unsigned number;

	if (!colon || (colon != display && strncmp(display, "unix:", 5) != 0) ||
	    sscanf(colon + 1, "%5u", &number) != 1)
		return -1;
	return (int)number;
}

/* Whether somebody listens on the abstract socket of the display. */
static bool abstract_display(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = -1;
	int number = local_display(getenv("DISPLAY")), length;

	if (number < 0)
		return false;
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "/tmp/.X11-unix/X%d", number);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return true; /* not known: X11 has to work */
	return connect(fd, (struct sockaddr *)&address, (socklen_t)
		       (offsetof(struct sockaddr_un, sun_path) + 1 +
			(size_t)length)) == 0 || errno == EAGAIN;
}

static uint64_t scopes(const struct enforce_plan *plan)
{
	const struct profiles_policy *policy = plan->policy;

	if (!policy || profiles_net_is_new(policy))
		return 0;
	if (!profiles_has(policy, PROFILES_X11_NONE) && abstract_display())
		return SCOPE_SIGNALS;
	return SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
}

/* Past the filter of a bus there must be no way to it. */
static int check_buses(const struct enforce_plan *plan, uint64_t scoped,
		       struct error *err)
{
	bool closed = profiles_net_is_new(plan->policy) ||
		      (scoped & SCOPE_ABSTRACT_SOCKETS && supported());

	for (size_t i = 0; !closed && i < ENFORCE_BUSES; i++)
		if (enforce_bus_abstract(&plan->files.buses[i]))
			return base_error(err, EPERM, "the bus that is to be "
					  "filtered listens on an abstract "
					  "socket, which the program could "
					  "reach past the filter; close those "
					  "with x11 none or net none (Linux "
					  "6.12), or hide the bus");
	return 0;
}

#define LISTENS 0x10000u	/* __SO_ACCEPTCON */

/* A line of /proc/net/unix. Who has the name and does not listen keeps it from
 * others (display/). */
static bool is_display(const char *line)
{
	unsigned flags;

	return strstr(line, " @/tmp/.X11-unix/X") &&
	       sscanf(line, "%*[^:]: %*x %*x %x", &flags) == 1 &&
	       flags & LISTENS;
}

/* Any X server; the variables no longer say which. */
static bool any_abstract_display(void)
{
	cleanup_fclose FILE *file = fopen("/proc/net/unix", "re");
	cleanup_free char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		if (is_display(line))
			return true;
	return false;
}

/* x11 none has to mean it. */
static int check_display(const struct enforce_plan *plan, struct error *err)
{
	const struct profiles_policy *policy = plan->policy;

	if (!profiles_has(policy, PROFILES_X11_NONE) ||
	    profiles_net_is_new(policy) || supported() ||
	    !any_abstract_display())
		return 0;
	return base_error(err, ENOTSUP, "%s: an X server listens on an "
			  "abstract socket, which this kernel cannot close "
			  "(Linux 6.12 can, with Landlock); give the program a "
			  "network of its own with net none",
			  plan->files.display.word ? plan->files.display.word :
			  "x11 none");
}

int landlock_apply(const struct enforce_plan *plan, struct error *err)
{
	const struct ruleset ruleset = {.scoped = scopes(plan)};
	cleanup_close int fd = -1;

	if (plan->policy && (check_buses(plan, ruleset.scoped, err) < 0 ||
			     check_display(plan, err) < 0))
		return -err->code;
	if (!ruleset.scoped || !supported())
		return 0;
	/* Without it only CAP_SYS_ADMIN may. enforce_privileges() sets it too,
	 * whoever comes first. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return base_error(err, errno, "cannot set no_new_privs: %m");
	fd = (int)syscall(CREATE_RULESET, &ruleset, sizeof(ruleset), 0);
	if (fd < 0 || syscall(RESTRICT_SELF, fd, 0) < 0)
		return base_error(err, errno, "cannot close abstract sockets "
				  "(Landlock): %m; 'net none' does without it");
	return 0;
}

const char *landlock_describe(const struct enforce_plan *plan)
{
	uint64_t scoped = scopes(plan);

	if (!scoped)
		return NULL;
	if (!supported())
		return "abstract sockets of the host can be reached: this "
		       "kernel's Landlock cannot close them (Linux 6.12 can); "
		       "net none closes them";
	if (!(scoped & SCOPE_ABSTRACT_SOCKETS))
		return "abstract sockets of the host can be reached, for the "
		       "X server listens on one; x11 none or net none closes "
		       "them";
	return "abstract sockets of the host cannot be reached (Landlock)";
}
