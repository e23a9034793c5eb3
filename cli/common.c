/* SPDX-License-Identifier: MIT */
/*
 * common: what several commands do alike. Failing, opening the store, names.
 */
#include <libgen.h>
#include <pwd.h>
#include <string.h>
#include <sys/signalfd.h>

#include "cli/cli.h"

/* For a failure that could be met anywhere, whose sentence names none. */
static const char *common_remedy(const struct error *err)
{
	static const struct {
		int code;
		const char *remedy;
	} rows[] = {
		{ENOSYS, "'jail doctor' says what this system lacks"},
		{EPERM, "'jail doctor' says what this system lacks"},
		{EMFILE, "raise ulimit -n"},
		{ENFILE, "the system has no more open files; end some "
			 "processes"},
		{EAGAIN, "end some processes, or raise ulimit -u"},
		{ENOMEM, "end some processes, or raise ulimit -v"},
		{ENOSPC, "the disk is full; make room"},
		{EDQUOT, "your share of the disk is full; make room"},
		{EROFS, "its file system is read-only; choose another place"},
		{ENAMETOOLONG, "take a shorter one"},
		{ELOOP, "a link leads in a circle; name what it should lead "
			"to"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == err->code && !strstr(err->text, "; "))
			return rows[i].remedy;
	return NULL;
}

int cli_fail(int status, const struct error *err)
{
	const char *remedy = common_remedy(err);

	fprintf(stderr, "jail: %s%s%s\n", err->text, remedy ? "; " : "",
		remedy ? remedy : "");
	return status;
}

int cli_no_program(const struct error *err)
{
	return cli_fail(err->code == ENOENT ? CLI_NOT_FOUND :
			err->code == ENOMEM ? CLI_FAILED :
					      CLI_CANNOT_EXECUTE, err);
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
	const char *name = command == NULL ? "" : command->name;
	const char *space = command == NULL ? "" : " ";
	cleanup_free char *text = NULL;
	struct error err;
	va_list list;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	base_error(&err, EINVAL, "%s", text == NULL ? "out of memory" : text);
	fprintf(stderr, "jail%s%s: %s (see 'jail%s%s --help')\n", space, name,
		err.text, space, name);
	return command != NULL && command->runs_program ? CLI_FAILED : 2;
}

int cli_finish(int status, int failed)
{
	static bool told;
	struct error err;

	errno = 0;
	if (told || (fflush(stdout) == 0 && !ferror(stdout)))
		return status;
	told = true;
	base_error(&err, errno ? errno : EIO,
		   "what was printed is not complete: %s; give jail a standard "
		   "output that takes it", strerror(errno ? errno : EIO));
	return cli_fail(failed, &err);
}

int cli_open(const struct cli_common *common, enum db_mode mode,
	     struct db **db)
{
	cleanup_free char *path = NULL;
	struct error err = {0};
	int result = db_path(common->db, &path, &err);

	if (result == 0)
		result = db_open(db, path, mode, &err);
	if (result < 0)
		cli_fail(CLI_FAILED, &err);
	return result;
}

const char *cli_author(void)
{
	static char name[64];
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *user = sudo == NULL ? getpwuid(getuid()) : NULL;

	if (sudo != NULL)
		base_printable(name, sizeof(name), sudo);
	else if (user != NULL)
		base_printable(name, sizeof(name), user->pw_name);
	else
		snprintf(name, sizeof(name), "uid:%u", getuid());
	return name;
}

int cli_profile_name(const char *name, const char *program, const char **out,
		     struct error *err)
{
	const char *slash = strrchr(program == NULL ? "" : program, '/');
	const char *from = slash == NULL ? program : slash + 1;
	const char *chosen = name == NULL ? from : name;
	const char *remedy = program == NULL ? "" : " with --name";
	char printable[256];

	if (chosen == NULL || *chosen == '\0')
		return base_error(err, EINVAL, "the profile's name is empty; "
				  "give one%s", remedy);
	if (strlen(chosen) > 255)
		return base_error(err, EINVAL, "the profile's name has %zu "
				  "bytes, of 255 at most; give another%s",
				  strlen(chosen), remedy);
	if (strchr(chosen, '/') != NULL)
		return base_error(err, EINVAL, "the profile's name '%s' has a "
				  "slash; give another%s", chosen, remedy);
	base_printable(printable, sizeof(printable), chosen);
	if (strcmp(printable, chosen) != 0)
		return base_error(err, EINVAL, "the profile's name '%s' has a "
				  "control character or is not UTF-8; give "
				  "another%s", chosen, remedy);
	*out = chosen;
	return 0;
}

bool cli_terminal_obeys(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0;
}

int cli_signals(const int *further, int *fd, sigset_t *before,
		struct error *err)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		sigaddset(&set, ends[i]);
	for (; *further; further++)
		sigaddset(&set, *further);
	sigprocmask(SIG_BLOCK, &set, before);
	*fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (*fd < 0)
		return base_error(err, errno, "cannot wait for signals: %m");
	return 0;
}
