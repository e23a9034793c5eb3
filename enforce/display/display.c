/* SPDX-License-Identifier: MIT */
/*
 * A display of the program's own: the key, and the server from its start to its
 * end.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "enforce/companion/companion.h"
#include "enforce/display/display.h"

#define READY_WITHIN 20000 /* milliseconds */

/* ---- the key ------------------------------------------------------------ */

#define METHOD "MIT-MAGIC-COOKIE-1"
#define COOKIE 16

/* An entry as xauth(1) writes it: five fields, of which the last four have
 * their length in front (two bytes, big-endian). Of the family "wild", without
 * address and number, it is for any display. */
static int make_key(const char *path, struct error *err)
{
	struct __attribute__((packed)) {
		uint16_t family, address, number, name_length;
		char name[sizeof(METHOD) - 1];
		uint16_t length;
		uint8_t cookie[COOKIE];
	} entry = {
		.family = 0xffff,
		.name_length = htons(sizeof(entry.name)),
		.length = htons(COOKIE),
	};
	cleanup_close int fd = -1;

	memcpy(entry.name, METHOD, sizeof(entry.name));
	if (getentropy(entry.cookie, sizeof(entry.cookie)) < 0)
		return base_error(err, errno, "cannot draw a key: %m");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0 || base_write_all(fd, &entry, sizeof(entry)) < 0)
		return base_error(err, errno, "cannot write the key to the "
				  "display, '%.200s': %m", path);
	return 0;
}

/* ---- the name ----------------------------------------------------------- */

/* The server has no abstract socket, but libxcb looks for it first. In the
 * host's network anybody could listen there: he would be given the key, or,
 * where Landlock refuses to connect, no client would get to the server. With a
 * socket that has the name and does not listen, clients go on to the file. */
static int hold_name(const struct enforce_plan *plan, struct display *display,
		     struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = -1;
	int length;

	if (profiles_net_is_new(plan->policy))
		return 0;
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "%s", plan->files.display.socket);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)
			   (offsetof(struct sockaddr_un, sun_path) + 1 +
			    (size_t)length)) < 0)
		return base_error(err, errno, "cannot take the abstract socket "
				  "'%.60s', at which others could wait for the "
				  "key: %m; start it again, for another "
				  "number, or with net none",
				  plan->files.display.socket);
	display->name = take_fd(&fd) + 1;
	return 0;
}

/* ---- the server --------------------------------------------------------- */

struct words {
	char number[16], size[32], ready[16], title[300];
	char *env[4];		/* new memory; NULL ends */
	const char *argv[24];
};

/* The window is shown on the user's display, as that is found by any program.
 * One that cannot be had is not there for Xephyr either, which says so. */
static int pass_on(struct words *words)
{
	static const char *const names[] = {"DISPLAY", "XAUTHORITY", "HOME"};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (!value)
			continue;
		words->env[count] = base_printf("%s=%s", names[i], value);
		if (!words->env[count++])
			return -ENOMEM;
	}
	return 0;
}

/* No TCP, and no abstract socket, which others could reach past the folder of
 * the sockets; and no memory of System V in common, which could not be had
 * across namespaces: programs that do not look draw into nothing. It stays when
 * its last client has gone: another may come. */
static void write_words(const struct enforce_plan *plan, int ready,
			struct words *words)
{
	const struct enforce_display *display = &plan->files.display;
	bool window = strcmp(display->server, ENFORCE_XEPHYR) == 0;
	size_t count = 0;

	snprintf(words->number, sizeof(words->number), ":%u", display->number);
	snprintf(words->ready, sizeof(words->ready), "%d", ready);
	snprintf(words->size, sizeof(words->size), "%ux%u%s", display->width,
		 display->height, window ? "" : "x24");
	snprintf(words->title, sizeof(words->title), "%.250s (jail)",
		 plan->program);
	for (const char *const *word = (const char *const[]){
			display->server, words->number, "-displayfd",
			words->ready, "-auth", display->key, "-nolisten", "tcp",
			"-nolisten", "local", "-noreset", NULL
	     }; *word; word++)
		words->argv[count++] = *word;
	if (!profiles_has(plan->policy, PROFILES_KEEP_IPC)) {
		words->argv[count++] = "-extension";
		words->argv[count++] = "MIT-SHM";
	}
	words->argv[count++] = "-screen";
	if (window) {
		words->argv[count++] = words->size;
		words->argv[count++] = "-resizeable";
		words->argv[count++] = "-title";
		words->argv[count++] = words->title;
	} else {
		words->argv[count++] = "0";
		words->argv[count++] = words->size;
	}
}

/* ENDS are those of the pipe by which it says that it is ready. */
static int start(const struct enforce_plan *plan, const int ends[2],
		 struct display *display, struct error *err)
{
	struct words words = {0};
	int ret = 0;

	write_words(plan, ends[1], &words);
	if (pass_on(&words) < 0)
		ret = base_error(err, ENOMEM, "out of memory");
	if (ret == 0)
		ret = companion_start(&(struct companion){
			.argv = words.argv,
			.env = (const char *const *)words.env,
			.net = -1, .keep = {ends[1], -1},
		}, ends[0], READY_WITHIN, &display->keeper, err);
	for (size_t i = 0; i < ARRAY_SIZE(words.env); i++)
		free(words.env[i]);
	return ret;
}

int display_open(const struct enforce_plan *plan, struct display *display,
		 struct error *err)
{
	int ends[2], ret;

	*display = (struct display){0};
	if (!plan->files.display.server)
		return 0;
	ret = make_key(plan->files.display.key, err);
	if (ret == 0)
		ret = hold_name(plan, display, err);
	if (ret < 0)
		return base_error_at(err, "%s", plan->files.display.word);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return base_error(err, errno, "cannot make a pipe: %m");
	if (plan->debug)
		plan->debug("an X server for a display of its own");
	ret = start(plan, ends, display, err);
	/* It writes the number, and then a newline: where nobody could read
	 * that any more it would end (NotifyParentProcess() of the server). */
	display->heard = take_fd(&ends[0]) + 1;
	base_close(&ends[1]);
	return ret < 0 ? base_error_at(err, "%s", plan->files.display.word) : 0;
}

void display_end(struct display *display)
{
	int name = display->name - 1, heard = display->heard - 1;

	companion_end(&display->keeper);
	base_close(&name);
	base_close(&heard);
	*display = (struct display){0};
}

void display_doctor(void (*tell)(void *data,
				 const struct enforce_finding *finding),
		    void *data)
{
	cleanup_free char *xephyr = companion_find(ENFORCE_XEPHYR);
	cleanup_free char *xvfb = companion_find(ENFORCE_XVFB);
	struct enforce_finding finding = {
		.name = "displays", .ok = xephyr && xvfb,
	};

	snprintf(finding.text, sizeof(finding.text), "%s",
		 xephyr && xvfb ? "Xephyr and Xvfb make displays of their own "
		 "(x11 xephyr, x11 xvfb)" :
		 xephyr ? "Xvfb is not installed: x11 xvfb is refused" :
		 xvfb ? "Xephyr is not installed: x11 xephyr is refused" :
		 "neither Xephyr nor Xvfb is installed: x11 xephyr and x11 "
		 "xvfb are refused");
	if (!finding.ok)
		snprintf(finding.remedy, sizeof(finding.remedy),
			 "install the package%s %s%s%s",
			 xephyr || xvfb ? "" : "s",
			 xephyr ? "" : companion_package(ENFORCE_XEPHYR),
			 xephyr || xvfb ? "" : " and ",
			 xvfb ? "" : companion_package(ENFORCE_XVFB));
	tell(data, &finding);
}
