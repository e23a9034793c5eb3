/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the parser of profiles (libFuzzer). The bytes are a profile; what
 * follows a line "%%" is a file that it may include, a.inc. They are read as
 * enforce does and as import does, and the first line as an option. What was
 * taken keeps what profiles.h promises; what import took is printed, read back
 * and printed, to the same bytes.
 *
 * While that goes on no file outside the target's own folder can be opened:
 * open and stat are wrapped by the linker.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "profiles/profiles.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/profile_fuzz.XXXXXX";
static char home[64], include[64];
static bool fuzzing;

/* ---- the wall --------------------------------------------------------- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);

static bool may_open(const char *path)
{
	size_t length = strlen(folder);

	return !fuzzing || (strncmp(path, folder, length) == 0 &&
			    path[length] == '/' && !strstr(path, ".."));
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list rest;
	int mode;

	va_start(rest, flags);
	mode = flags & O_CREAT ? va_arg(rest, int) : 0;
	va_end(rest);
	if (may_open(path))
		return __real_open(path, flags, mode);
	errno = ENOENT;
	return -1;
}

int __wrap_stat(const char *path, struct stat *st)
{
	if (may_open(path))
		return __real_stat(path, st);
	errno = ENOENT;
	return -1;
}

/* ---- the folder ------------------------------------------------------- */

static void write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void write_text(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	write_file(path, text, strlen(text));
}

static void remove_folder(void)
{
	char command[64];

	fuzzing = false;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fputs("the folder of the target is still there\n", stderr);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[128];

	(void)argc;
	(void)argv;
	if (!mkdtemp(folder))
		abort();
	atexit(remove_folder);
	snprintf(home, sizeof(home), "%s/home", folder);
	snprintf(path, sizeof(path), "%s/.config", home);
	snprintf(include, sizeof(include), "%s/a.inc", folder);
	if (mkdir(home, 0700) || mkdir(path, 0700))
		abort();
	write_text("home/.config/user-dirs.dirs",
		   "XDG_DOWNLOAD_DIR=\"$HOME/.config\"\n");
	write_text("loop.inc", "tmpfs /a\ninclude loop.inc\n");
	write_text("twice.inc", "include a.inc\ninclude a.inc\n");
	return 0;
}

/* ---- what is promised ------------------------------------------------- */

static void hold(bool condition)
{
	if (!condition)
		abort();
}

static const char *variable(const char *name)
{
	return strcmp(name, "XAUTHORITY") == 0 ? "/tmp/auth" : NULL;
}

static void check_rules(const struct profiles_policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct profiles_rule *rule = &policy->rules[i];
		size_t length = strlen(rule->path);

		hold(rule->path[0] == '/' && !strstr(rule->path, "//") &&
		     !strstr(rule->path, "/../"));
		hold(length == 1 || rule->path[length - 1] != '/');
		hold((rule->source != NULL) == (rule->kind == PROFILES_BIND));
		hold(!rule->file || *rule->file);
	}
}

static void check_words(const struct profiles_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		hold(*words->items[i]);
}

static void check_policy(const struct profiles_policy *policy)
{
	check_rules(policy);
	check_words(&policy->private_bin);
	check_words(&policy->private_etc);
	check_words(&policy->env);
	check_words(&policy->notices);
	check_words(&policy->later);
	hold(policy->flags >> PROFILES_FLAG_COUNT == 0);
	hold(!policy->chroot || policy->chroot[0] == '/');
	hold(policy->nice >= -20 && policy->nice <= 19);
	hold(policy->timeout >= 0);
}

/* ---- a profile -------------------------------------------------------- */

static int read_bytes(const void *bytes, size_t size,
		      struct profiles_text *text, struct error *err)
{
	cleanup_fclose FILE *file = fmemopen((void *)bytes, size, "r");

	return file ? profiles_parse(file, "F", text, err) : -ENOMEM;
}

static void enforce(const void *bytes, size_t size)
{
	const char *const folders[] = { folder, PROFILES_SHIPPED, NULL };
	const struct profiles_context context = {
		.home = home, .uid = 1000, .path = "/usr/bin:/bin",
		.folders = folders, .variable = variable,
	};
	cleanup_profiles_text struct profiles_text text = {
		.context = &context,
	};
	cleanup_profiles_text struct profiles_text option = {
		.context = &context,
	};
	cleanup_free char *line = strndup(bytes, size);
	struct error err = { 0 };
	int result = read_bytes(bytes, size, &text, &err);

	hold(result == 0 || err.code == -result);
	hold(result == 0 || *err.text);
	if (result == 0)
		profiles_policy_finish(&text, &err);
	check_policy(&text.policy);
	line[strcspn(line, "\n")] = '\0';
	profiles_parse_line(line, &option, &err);
	check_policy(&option.policy);
}

static char *print(const struct profiles_text *text)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);
	int result = profiles_print(out, text, NULL);

	fclose(out);
	if (result == 0)
		return bytes;
	free(bytes);
	return NULL;
}

static void import(const void *bytes, size_t size)
{
	cleanup_profiles_text struct profiles_text text = { 0 }, again = { 0 };
	cleanup_free char *first = NULL, *second = NULL;

	if (read_bytes(bytes, size, &text, NULL) < 0)
		return;
	first = print(&text);
	if (!first)
		return;
	hold(read_bytes(first, strlen(first), &again, NULL) == 0);
	second = print(&again);
	hold(second && strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *rest = memmem(data, size, "\n%%\n", 4);
	size_t first = rest ? (size_t)(rest - data) : size;

	if (first == 0)
		return 0;
	if (rest)
		write_file(include, rest + 4, size - first - 4);
	else
		unlink(include);
	fuzzing = true;
	enforce(data, first);
	import(data, first);
	fuzzing = false;
	return 0;
}
