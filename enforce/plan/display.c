/* SPDX-License-Identifier: MIT */
/*
 * An X11 display of the program's own: its X server is a program that runs
 * outside (display/). In the tree, the folder of X's sockets has that server's
 * alone, and the key to it; the host's was hidden, and so were its keys.
 *
 * Its number is drawn: small ones are in use, or expected to be. It has to be
 * the same inside and outside, for libxcb looks for an abstract socket of that
 * name before it takes the file, and by another number that would be another
 * server's.
 */
#include <string.h>
#include <sys/stat.h>

#include "enforce/companion/companion.h"
#include "enforce/plan/parts.h"

#define FOLDER "/tmp/.X11-unix"
#define KEY FOLDER "/.Xauthority"

/* TCP ports of displays begin with 6000, though nobody listens there. */
#define NUMBER_FIRST 1000u
#define NUMBERS (65535u - 6000u - NUMBER_FIRST)

/* Two names need no room. */
#define ROOM (UINT64_C(64) << 10)

#define WIDTH 1024u
#define HEIGHT 768u

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* What the program sends the server takes apart, with the rights of who started
 * it. */
static int find_server(const struct enforce_plan *plan,
		       struct enforce_display *display, struct error *err)
{
	bool window = profiles_has(plan->policy, PROFILES_X11_XEPHYR);
	const char *word = window ? "x11 xephyr" : "x11 xvfb";
	cleanup_free char *path = NULL;

	display->server = window ? ENFORCE_XEPHYR : ENFORCE_XVFB;
	display->word = word;
	if (plan->context.uid == 0)
		return base_error(err, EPERM, "%s: not for root, for the X "
				  "server would take apart what the program "
				  "sends with root's rights; start it as an "
				  "ordinary user", word);
	path = companion_find(display->server);
	if (!path)
		return base_error(err, ENOENT, "%s: %s is not installed; "
				  "install the package %s", word,
				  display->server,
				  companion_package(display->server));
	if (!plan->context.runtime)
		return base_error(err, ENOENT, "%s: jail has no folder for the "
				  "key to the display; set XDG_RUNTIME_DIR",
				  word);
	return 0;
}

/* Who may rename the server's socket puts one of his own in its place, and is
 * given the key. */
static int check_folder(const char *word, uid_t uid, struct error *err)
{
	struct stat st;

	if (lstat(FOLDER, &st) < 0)
		return base_error(err, errno, "%s: " FOLDER ", where the "
				  "sockets of displays are: %m; as root: mkdir "
				  "-m 1777 " FOLDER, word);
	if (S_ISDIR(st.st_mode) && (st.st_uid == 0 || st.st_uid == uid) &&
	    (!(st.st_mode & 022) || st.st_mode & S_ISVTX))
		return 0;
	return base_error(err, EPERM, "%s: others could put a socket of theirs "
			  "in the place of the display's, for " FOLDER " is "
			  "not a folder of root's with the mode 1777; as root: "
			  "chown root " FOLDER " && chmod 1777 " FOLDER, word);
}

static int name_it(struct enforce_plan *plan, struct enforce_display *display,
		   struct error *err)
{
	const struct profiles_policy *policy = plan->policy;
	uint32_t number;

	if (getentropy(&number, sizeof(number)) < 0)
		return base_error(err, errno, "cannot draw a number: %m");
	display->number = NUMBER_FIRST + number % NUMBERS;
	display->width = policy->screen_width ? policy->screen_width : WIDTH;
	display->height = policy->screen_height ? policy->screen_height :
						  HEIGHT;
	display->socket = base_printf(FOLDER "/X%u", display->number);
	display->key = base_printf("%s/xauthority", plan->files.served);
	display->inside = strdup(KEY);
	return display->socket && display->key && display->inside ? 0 :
	       no_memory(err);
}

/* Over what the rules have left there. */
static int place(struct enforce_files *files,
		 const struct enforce_display *display, struct error *err)
{
	const char *word = display->word;
	struct enforce_step *step;

	if (steps_place(files, FOLDER, true, err) < 0)
		return base_error(err, ENOENT, "%s: the sandbox has no " FOLDER
				  ", where displays are looked for; make it "
				  "with mkdir -m 1777 " FOLDER, word);
	step = steps_tmpfs(files, FOLDER, 0755, word);
	if (!step)
		return no_memory(err);
	step->size = ROOM;
	if (steps_place(files, display->socket, false, err) < 0 ||
	    steps_place(files, KEY, false, err) < 0 ||
	    !steps_bind(files, display->socket, display->socket, false,
			PARTS_READ_ONLY, word) ||
	    !steps_bind(files, KEY, display->key, false, PARTS_READ_ONLY, word))
		return no_memory(err);
	return 0;
}

int files_display(struct enforce_plan *plan, struct error *err)
{
	struct enforce_display *display = &plan->files.display;
	int ret;

	if (!profiles_display_is_own(plan->policy))
		return 0;
	ret = find_server(plan, display, err);
	if (ret == 0)
		ret = check_folder(display->word, plan->context.uid, err);
	if (ret == 0)
		ret = files_served(plan, err);
	if (ret == 0)
		ret = name_it(plan, display, err);
	return ret < 0 ? ret : place(&plan->files, display, err);
}

void display_free(struct enforce_display *display)
{
	free(display->socket);
	free(display->key);
	free(display->inside);
}
