/* SPDX-License-Identifier: MIT */
/*
 * jail enforce --desktop: the desktop's own entries for a program, copied to
 * where the user's come before the system's, with a command that goes through
 * jail. A file that somebody else wrote is never replaced or removed: ours have
 * a mark.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/desktop.h"

#define ENDING ".desktop"
#define ENTRY_MAX (256 * 1024)	/* bytes; a larger one is none */
#define DEPTH 4			/* folders within folders */

struct work {
	const struct cli_common *common;
	const char *folder;	/* the user's */
	const char *program;	/* its path without links */
	const char *asked;	/* its path as it was found */
	const char *name;
	const char *const *prefix;
	char **seen;		/* names of entries that were looked at */
	size_t seen_count;
	size_t done;
	struct error *err;
};

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- files --------------------------------------------------------------- */

/* The entry PATH, or NULL where there is none, or it is none; with LINKS also
 * where a link leads. */
static char *read_entry(const char *path, bool links)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
				    O_NOCTTY | (links ? 0 : O_NOFOLLOW));
	cleanup_free char *text = fd < 0 ? NULL : malloc(ENTRY_MAX);
	struct stat st;
	ssize_t length;

	if (!text || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	length = base_read_all(fd, text, ENTRY_MAX);
	if (length < 0 || length == ENTRY_MAX ||
	    memchr(text, '\0', (size_t)length))
		return NULL;
	text[length] = '\0';
	return take_ptr(text);
}

static bool is_entry(const char *name)
{
	size_t length = strlen(name), ending = strlen(ENDING);

	return length > ending && *name != '.' &&
	       strcmp(name + length - ending, ENDING) == 0;
}

static int write_new(const char *path, const char *text, bool replace,
		     struct error *err)
{
	cleanup_free char *until = base_printf("%s.XXXXXX", path);
	cleanup_close int fd = until ? mkostemp(until, O_CLOEXEC) : -1;

	if (!until)
		return no_memory(err);
	if (fd >= 0 && fchmod(fd, 0644) == 0 &&
	    base_write_all(fd, text, strlen(text)) == 0 && fsync(fd) == 0 &&
	    renameat2(AT_FDCWD, until, AT_FDCWD, path,
		      replace ? 0 : RENAME_NOREPLACE) == 0)
		return 0;
	base_error(err, errno, "cannot write '%.200s': %m", path);
	if (fd >= 0)
		unlink(until);
	return -err->code;
}

/* 1: there is none at PATH. */
static int check_ours(const char *path, struct error *err)
{
	cleanup_free char *text = NULL, *mark = NULL;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 1 :
		       base_error(err, errno, "'%.200s': %m", path);
	text = read_entry(path, false);
	mark = text ? desktop_value(text, DESKTOP_MARK) : NULL;
	if (mark)
		return 0;
	return base_error(err, EEXIST, "'%.200s' is there and was not written "
			  "by jail; move it away, or put 'jail enforce' into "
			  "it yourself", path);
}

static void say(const struct work *work, const char *what, const char *path)
{
	char text[PATH_MAX];

	if (!work->common->quiet)
		printf("%s %s\n", what,
		       base_printable(text, sizeof(text), path));
}

/* ---- which entries ------------------------------------------------------- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A file may be several programs, by the name it is started with, and each has
 * a list of its own. A name of its own is the one that it has without links. */
static bool is_program(const struct work *work, const char *word)
{
	cleanup_free char *path = NULL, *real = NULL;
	const char *own = base_of(work->program);

	if (!word || base_find_program(word, &path, NULL) < 0)
		return false;
	real = realpath(path, NULL);
	return real && strcmp(real, work->program) == 0 &&
	       (strcmp(base_of(word), base_of(work->asked)) == 0 ||
		strcmp(base_of(word), own) == 0 ||
		strcmp(base_of(work->asked), own) == 0);
}

static bool starts_program(const struct work *work, const char *text)
{
	cleanup_free char *exec = desktop_value(text, "Exec");
	cleanup_free char *first = exec ? desktop_program(exec) : NULL;
	cleanup_free char *tried = desktop_value(text, "TryExec");

	return exec && (is_program(work, first) || is_program(work, tried));
}

/* Of two of the same name the first counts. */
static int is_new(struct work *work, const char *name)
{
	char **seen;

	for (size_t i = 0; i < work->seen_count; i++)
		if (strcmp(work->seen[i], name) == 0)
			return 0;
	seen = reallocarray(work->seen, work->seen_count + 1, sizeof(*seen));
	if (!seen)
		return no_memory(work->err);
	work->seen = seen;
	seen[work->seen_count] = strdup(name);
	return seen[work->seen_count] ? (work->seen_count++, 1) :
					no_memory(work->err);
}

static int install_one(struct work *work, const char *source, const char *name)
{
	cleanup_free char *text = read_entry(source, true), *through = NULL;
	cleanup_free char *path = base_printf("%s/%s", work->folder, name);
	int ret;

	if (!path)
		return no_memory(work->err);
	if (!text || !starts_program(work, text))
		return 0;
	through = desktop_through(text, work->prefix, work->name);
	if (!through)
		return no_memory(work->err);
	ret = check_ours(path, work->err);
	if (ret >= 0)
		ret = write_new(path, through, ret == 0, work->err);
	if (ret < 0)
		return ret;
	work->done++;
	say(work, "wrote", path);
	return 0;
}

/* PREFIX is what the names of entries begin with: those of a folder within the
 * first are "FOLDER-NAME.desktop". */
static int install_from(struct work *work, const char *folder,
			const char *prefix, int depth)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int ret = 0;

	while (ret >= 0 && dir && (entry = readdir(dir))) {
		cleanup_free char *path = base_printf("%s/%s", folder,
						      entry->d_name);
		cleanup_free char *name = base_printf("%s%s", prefix,
						      entry->d_name);
		cleanup_free char *below = base_printf("%s%s-", prefix,
						       entry->d_name);

		if (!path || !name || !below)
			ret = no_memory(work->err);
		else if (entry->d_type == DT_DIR && *entry->d_name != '.')
			ret = depth ? install_from(work, path, below,
						   depth - 1) : 0;
		else if (is_entry(entry->d_name))
			ret = is_new(work, name);
		if (ret > 0)
			ret = install_one(work, path, name);
	}
	if (dir)
		closedir(dir);
	return ret;
}

static int install_all(struct work *work)
{
	const char *value = getenv("XDG_DATA_DIRS");
	cleanup_free char *folders = strdup(value && *value ? value :
					    "/usr/local/share:/usr/share");
	char *rest = folders, *folder;
	int ret = folders ? base_mkdirs(work->folder, 0700, work->err) :
			    no_memory(work->err);

	while (ret == 0 && (folder = strsep(&rest, ":"))) {
		cleanup_free char *path = base_printf("%s/applications",
						      folder);

		if (!path)
			ret = no_memory(work->err);
		else if (*folder == '/')
			ret = install_from(work, path, "", DEPTH);
	}
	if (ret == 0 && !work->done)
		ret = base_error(work->err, ENOENT, "no menu entry starts "
				 "%.200s: there is none of it in the folders "
				 "applications of XDG_DATA_DIRS",
				 work->program);
	return ret;
}

/* ---- the options --------------------------------------------------------- */

static char *user_folder(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && *data == '/')
		return base_printf("%s/applications", data);
	return home && *home == '/' ?
	       base_printf("%s/.local/share/applications", home) : NULL;
}

int desktop_install(const struct cli_command *command, const void *options,
		    const char *path, const char *name)
{
	cleanup_free char *folder = user_folder(), *real = realpath(path, NULL);
	__attribute__((cleanup(desktop_words_free)))
	struct desktop_words words = {0};
	struct error err = {0};
	struct work work = {
		.common = options, .folder = folder, .program = real,
		.asked = path, .name = name, .err = &err,
		.prefix = (const char *const *)words.items,
	};
	int ret;

	if (!folder || !real)
		ret = base_error(&err, ENOENT, folder ? "out of memory" :
				 "HOME does not name a folder; set it to your "
				 "home");
	else
		ret = desktop_command(command, options, &words, &err);
	if (ret == 0)
		ret = install_all(&work);
	for (size_t i = 0; i < work.seen_count; i++)
		free(work.seen[i]);
	free(work.seen);
	return ret < 0 ? cli_fail(CLI_FAILED, &err) : 0;
}

static int remove_one(struct work *work, const char *entry)
{
	cleanup_free char *path = base_printf("%s/%s", work->folder, entry);
	cleanup_free char *text = path ? read_entry(path, false) : NULL;
	cleanup_free char *mark = text ? desktop_value(text, DESKTOP_MARK) :
					 NULL;

	if (!mark || strcmp(mark, work->name) != 0)
		return 0;
	if (unlink(path) < 0)
		return base_error(work->err, errno, "cannot remove '%.200s': "
				  "%m", path);
	work->done++;
	say(work, "removed", path);
	return 0;
}

int desktop_remove(const struct cli_common *common, const char *name)
{
	cleanup_free char *folder = user_folder();
	struct error err = {0};
	struct work work = {
		.common = common, .folder = folder, .name = name, .err = &err,
	};
	DIR *dir = folder ? opendir(folder) : NULL;
	const struct dirent *entry;
	int ret = 0;

	while (ret == 0 && dir && (entry = readdir(dir)))
		if (is_entry(entry->d_name))
			ret = remove_one(&work, entry->d_name);
	if (dir)
		closedir(dir);
	if (ret == 0 && !work.done)
		ret = base_error(&err, ENOENT, "there is no menu entry of "
				 "jail's for \"%.200s\"", name);
	return ret < 0 ? cli_fail(CLI_FAILED, &err) : 0;
}
