/* SPDX-License-Identifier: MIT */
/*
 * policy: finds a profile, reads it with the directives of the command line,
 * and knows which folders are jail's own. What is looked at here is looked at
 * as the user, before anything runs.
 */
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/policy.h"

#define ENDING ".profile"

static int no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* ---- folders ---------------------------------------------------------- */

/* PATH without links, as far as it is there; new memory, PATH is freed. */
static char *resolve(char *path)
{
	char *rest = path ? path + strlen(path) : NULL;
	char *found = NULL, *result = NULL;

	while (path && !found) {
		char kept = *rest;

		*rest = '\0';
		found = realpath(*path ? path : "/", NULL);
		*rest = kept;
		while (!found && rest > path && *--rest != '/')
			;
	}
	if (found)
		result = base_printf("%s%s", strcmp(found, "/") == 0 &&
				     *rest ? "" : found, rest);
	free(found);
	free(path);
	return result;
}

/* The folder that VARIABLE names, else that at REST below the home: with NAME
 * at its end (the XDG base directory rules: a relative path is ignored). */
static char *xdg_folder(const struct cli_policy *policy, const char *variable,
			const char *rest, const char *name)
{
	const char *value = getenv(variable);

	if (value && *value == '/')
		return resolve(base_printf("%s/%s", value, name));
	return resolve(base_printf("%s/%s/%s", policy->home, rest, name));
}

static int find_home(struct cli_policy *policy, struct error *err)
{
	const char *home = getenv("HOME");
	const struct passwd *user;
	struct stat st;

	if (!home || *home != '/') {
		user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	if (!home || *home != '/')
		return base_error(err, ENOENT, "HOME does not name a folder; "
				  "set it to your home");
	policy->home = resolve(strdup(home));
	if (!policy->home)
		return no_memory(err);
	if (stat(policy->home, &st) < 0 || S_ISDIR(st.st_mode))
		return 0;
	return base_error(err, ENOTDIR, "HOME is '%.200s', which is no folder; "
			  "set it to your home", policy->home);
}

/* Takes FOLDER over. A folder of a home that the user may not enter, as where
 * HOME is another user's, has nothing for him. */
static int add_folder(struct cli_policy *policy, size_t *count, char *folder,
		      struct error *err)
{
	bool closed;

	if (!folder)
		return no_memory(err);
	closed = access(folder, F_OK) < 0 && errno == EACCES &&
		 strncmp(folder, "/etc/", 5) != 0;
	if (closed)
		free(folder);
	else
		policy->folders[(*count)++] = folder;
	return 0;
}

/* Where profiles are looked for, in this order. */
static int list_folders(struct cli_policy *policy, struct error *err)
{
	size_t count = 0;
	int ret = add_folder(policy, &count, xdg_folder(policy,
			     "XDG_CONFIG_HOME", ".config", "jail"), err);

	if (ret == 0)
		ret = add_folder(policy, &count, strdup("/etc/jail"), err);
	if (ret == 0)
		ret = add_folder(policy, &count, strdup(PROFILES_SHIPPED), err);
	if (ret < 0 || (access("/etc/firejail", F_OK) < 0 && errno == ENOENT))
		return ret;
	ret = add_folder(policy, &count, xdg_folder(policy, "XDG_CONFIG_HOME",
			 ".config", "firejail"), err);
	return ret < 0 ? ret : add_folder(policy, &count,
					  strdup("/etc/firejail"), err);
}

/* What root obeys, only root may have written. */
static int check_folders(const struct cli_policy *policy, struct error *err)
{
	struct stat st;

	for (size_t i = 0; policy->folders[i]; i++) {
		const char *folder = policy->folders[i];

		if (stat(folder, &st) < 0) {
			if (errno == ENOENT || errno == ENOTDIR ||
			    errno == EACCES)
				continue;
			return base_error(err, errno, "cannot tell whose "
					  "profiles are in '%s': %m", folder);
		}
		if (st.st_uid != geteuid() && st.st_uid != 0)
			return base_error(err, EPERM, "the profiles in '%s' "
					  "belong to the user %u, so jail does "
					  "not obey them for you; set HOME and "
					  "XDG_CONFIG_HOME to your own",
					  folder, st.st_uid);
	}
	return 0;
}

/* The store as an absolute path, and that without links, whether it is there or
 * not. */
static int find_store(struct cli_policy *policy,
		      const struct cli_common *common, struct error *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *cwd = NULL;
	int ret = db_path(common->db, &path, err);

	if (ret < 0)
		return ret;
	cwd = *path == '/' ? strdup("") : getcwd(NULL, 0);
	if (!cwd)
		return base_error(err, errno, "cannot tell the current "
				  "folder: %m");
	policy->names[0] = base_printf("%s%s%s", cwd, *cwd ? "/" : "", path);
	if (!policy->names[0])
		return no_memory(err);
	policy->store = resolve(strdup(policy->names[0]));
	return policy->store ? 0 : no_memory(err);
}

/* Where a jail looks that is started by the same user, with the variables of
 * the XDG base directories or without. */
static int list_names(struct cli_policy *policy, struct error *err)
{
	static const struct {
		const char *variable, *rest;
	} rows[] = {
		{"XDG_CONFIG_HOME", NULL}, {"XDG_DATA_HOME", NULL},
		{"HOME", ".config/"}, {"HOME", ".local/share/"},
	};
	size_t count = 1;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = getenv(rows[i].variable);

		if (!value || *value != '/')
			continue;
		policy->names[count] = base_printf("%s/%sjail", value,
			rows[i].rest ? rows[i].rest : "");
		if (!policy->names[count++])
			return no_memory(err);
	}
	return 0;
}

/* Ours, or to be made: in a /run that all may write to it may be another's. */
static bool could_be_had(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	cleanup_free char *above = strndup(folder, (size_t)(slash - folder));
	struct stat st;

	if (lstat(folder, &st) == 0)
		return S_ISDIR(st.st_mode) && st.st_uid == geteuid();
	return above && access(*above ? above : "/", W_OK | X_OK) == 0;
}

/* Of our own folders from FIRST on the last that can be had, for sockets;
 * without one, beside the store. Root is in no folder of others. */
static const char *choose_runtime(const struct cli_policy *policy, size_t first,
				  size_t count)
{
	if (geteuid() == 0)
		return policy->own[first];
	while (count-- > first)
		if (could_be_had(policy->own[count]))
			return policy->own[count];
	return policy->own[0];
}

/* The folders that a program must not see: the default store's first, where
 * overlays are kept, too. */
static int list_own(struct cli_policy *policy, struct error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t count = 0, first;

	policy->own[count++] = geteuid() == 0 ? strdup("/var/lib/jail") :
		xdg_folder(policy, "XDG_DATA_HOME", ".local/share", "jail");
	for (size_t i = 0; policy->folders[i]; i++)
		if (strcmp(policy->folders[i], PROFILES_SHIPPED) != 0)
			policy->own[count++] = strdup(policy->folders[i]);
	for (size_t i = 1; policy->names[i]; i++)
		policy->own[count++] = resolve(strdup(policy->names[i]));
	first = count;
	policy->own[count++] = strdup("/run/jail");
	/* Also without the variable: whoever watches may have it. */
	if (geteuid() != 0)
		policy->own[count++] = resolve(base_printf("/run/user/%u/jail",
							   geteuid()));
	if (runtime && *runtime == '/')
		policy->own[count++] = resolve(base_printf("%s/jail",
							   runtime));
	for (size_t i = 0; i < count; i++)
		if (!policy->own[i])
			return no_memory(err);
	policy->runtime = choose_runtime(policy, first, count);
	return 0;
}

/* ---- the profile's file ----------------------------------------------- */

/* What is there and cannot be read is found: it fails later, and nothing weaker
 * takes its place. */
static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* NAME.profile in one of the folders; *path stays NULL where there is none. */
static int find_name(const struct cli_policy *policy, const char *name,
		     char **path, struct error *err)
{
	for (size_t i = 0; !*path && policy->folders[i]; i++) {
		const char *folder = policy->folders[i];
		cleanup_free char *tried =
			base_printf("%s/%s" ENDING, folder, name);

		if (!tried)
			return no_memory(err);
		if (strcmp(folder, PROFILES_SHIPPED) == 0 ?
		    profiles_shipped(tried + strlen(folder) + 1) != NULL :
		    is_there(tried))
			*path = take_ptr(tried);
	}
	return 0;
}

/* --profile=WORD: a file, or the name of a profile. */
static int find_named(struct cli_policy *policy, const char *word,
		      struct error *err)
{
	size_t length = strlen(word), ending = strlen(ENDING);
	bool is_file = strchr(word, '/') ||
		(length > ending && access(word, F_OK) == 0 &&
		 strcmp(word + length - ending, ENDING) == 0);
	int ret = 0;

	if (is_file) {
		policy->file = strdup(word);
		return policy->file ? 0 : no_memory(err);
	}
	ret = find_name(policy, word, &policy->file, err);
	if (ret == 0 && !policy->file)
		return base_error(err, ENOENT, "there is no profile '%.200s', "
				  "neither in ~/.config/jail and /etc/jail nor "
				  "among the shipped ones; give its name or "
				  "the path of its file", word);
	return ret;
}

/* Jail's own files are masked in a jail. */
static int check_hidden(const char *folder, struct error *err)
{
	struct stat st;

	if (stat(folder, &st) < 0 || (st.st_mode & 07777) ||
	    access(folder, X_OK) == 0)
		return 0;
	return base_error(err, EACCES, "'%.200s' is hidden, as it is inside of "
			  "a jail; start jail outside of it, or with "
			  "--profile=none", folder);
}

static int find_file(struct cli_policy *policy, const char *program,
		     const char *profile, struct error *err)
{
	int ret;

	if (profile && strcmp(profile, "none") == 0)
		return 0;
	ret = policy->folders[0] ? check_hidden(policy->folders[0], err) : 0;
	if (ret < 0)
		return ret;
	if (profile)
		return find_named(policy, profile, err);
	policy->implicit = true;
	ret = find_name(policy, program, &policy->file, err);
	if (ret == 0 && !policy->file && geteuid() == 0)
		ret = find_name(policy, "server", &policy->file, err);
	if (ret == 0 && !policy->file)
		ret = find_name(policy, "default", &policy->file, err);
	return ret;
}

/* ---- reading ---------------------------------------------------------- */

static bool is_directive(const char *line, const char *name)
{
	size_t length = strlen(name);

	return strncmp(line, name, length) == 0 &&
	       strchr(" .", line[length]); /* or the end */
}

/* Those that are about later lines. */
static bool comes_first(const char *line)
{
	return is_directive(line, "ignore") ||
	       is_directive(line, "noblacklist") ||
	       is_directive(line, "nowhitelist");
}

/* The lines of the command line that come before the file, or after it. */
static int read_options(struct cli_policy *policy, const struct cli_list *lines,
			bool first, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < lines->count; i++)
		if (comes_first(lines->items[i]) == first)
			ret = profiles_parse_line(lines->items[i],
						  &policy->text, err);
	return ret;
}

/* An option takes the place of what the file says of the same thing: Firejail
 * obeys `caps.drop all` before a later `caps.keep`. */
static void make_room(struct cli_policy *policy, const struct cli_list *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (is_directive(lines->items[i], "caps"))
			policy->text.caps_rank = 0;
		if (is_directive(lines->items[i], "seccomp.keep") &&
		    !policy->option_list) {
			profiles_set_free(&policy->text.set);
			policy->text.set = (struct profiles_set){0};
			policy->option_list = true;
		}
	}
}

/* Without a sandbox a directive about it would do nothing. */
static int check_bare(const struct cli_list *lines, struct error *err)
{
	static const char *const carried_out[] = {
		"caps", "ignore", "memory-deny-write-execute", "protocol",
		"restrict-namespaces", "seccomp", "seccomp-error-action",
	};
	bool known;

	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->items[i];

		known = false;
		for (size_t j = 0; j < ARRAY_SIZE(carried_out); j++)
			known |= is_directive(line, carried_out[j]);
		if (!known)
			return base_error(err, EINVAL, "--profile=none builds "
					  "no sandbox, in which --%.*s could "
					  "have an effect; leave one of the "
					  "two out",
					  (int)strcspn(line, " "), line);
	}
	return 0;
}

static int read_all(struct cli_policy *policy, const struct cli_list *lines,
		    struct error *err)
{
	int ret = policy->file ? 0 : check_bare(lines, err);

	policy->context = (struct profiles_context){
		.home = policy->home,
		.uid = getuid(),
		.path = getenv("PATH"),
		.folders = (const char *const *)policy->folders,
	};
	if (!policy->context.path)
		policy->context.path = "/bin:/usr/bin";
	policy->text.context = &policy->context;
	if (ret == 0)
		ret = read_options(policy, lines, true, err);
	if (ret == 0 && policy->file)
		ret = profiles_read(policy->file, &policy->text, err);
	if (ret < 0)
		return ret;
	make_room(policy, lines);
	ret = read_options(policy, lines, false, err);
	return ret < 0 ? ret : profiles_policy_finish(&policy->text, err);
}

int cli_policy_read(struct cli_policy *policy, const struct cli_common *common,
		    const char *program, const char *profile, struct error *err)
{
	int ret = find_home(policy, err);

	if (ret == 0)
		ret = list_folders(policy, err);
	if (ret == 0)
		ret = check_folders(policy, err);
	if (ret == 0)
		ret = find_store(policy, common, err);
	if (ret == 0)
		ret = list_names(policy, err);
	if (ret == 0)
		ret = list_own(policy, err);
	if (ret == 0)
		ret = find_file(policy, program, profile, err);
	return ret < 0 ? ret : read_all(policy, &common->directives, err);
}

void cli_policy_free(struct cli_policy *policy)
{
	if (!policy)
		return;
	profiles_text_free(&policy->text);
	free(policy->file);
	free(policy->home);
	free(policy->store);
	for (size_t i = 0; policy->folders[i]; i++)
		free(policy->folders[i]);
	for (size_t i = 0; policy->own[i]; i++)
		free(policy->own[i]);
	for (size_t i = 0; policy->names[i]; i++)
		free(policy->names[i]);
	*policy = (struct cli_policy){0};
}

/* ---- what is made of it ----------------------------------------------- */

void cli_policy_apply(const struct cli_policy *policy,
		      struct enforce_plan *plan)
{
	plan->policy = &policy->text.policy;
	plan->bare = !policy->file;
	plan->caps_keep = policy->text.caps_keep;
	plan->block_secondary = policy->text.block_secondary;
	plan->context = (struct enforce_context){
		.uid = getuid(),
		.gid = getgid(),
		.home = policy->home,
		.store = policy->store,
		.own = (const char *const *)policy->own,
		.runtime = policy->runtime,
		.names = (const char *const *)policy->names,
	};
}
