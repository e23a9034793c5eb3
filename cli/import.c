/* SPDX-License-Identifier: MIT */
/*
 * jail import: lists of calls and whole histories, from files of jail's and of
 * other tools, into the store. Nothing is written before all was understood.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/store.h"

struct import_options {
	struct cli_common common;
	const char *name;
	const char *format;
	const char *arch;
};

/* ---- the file ---------------------------------------------------------- */

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static int open_file(const char *path, FILE **file, struct error *err)
{
	struct stat st;
	int code;

	*file = is_stdin(path) ? fdopen(dup(STDIN_FILENO), "r") :
				 fopen(path, "re");
	code = errno;
	if (!*file && (code == ENOENT || code == ENOTDIR))
		return base_error(err, code, "there is no profile '%.200s'; "
				  "give the path of its file", path);
	if (!*file)
		return base_error(err, code, "cannot open '%.200s': %s; give "
				  "the path of a file that you can read", path,
				  strerror(code));
	if (fstat(fileno(*file), &st) == 0 && S_ISDIR(st.st_mode))
		return base_error(err, EISDIR, "'%.200s' is a folder; name a "
				  "profile in it", path);
	return 0;
}

static int read_file(const char *path, char **bytes, size_t *count,
		     struct error *err)
{
	cleanup_fclose FILE *file = NULL;
	int result = open_file(path, &file, err);

	return result < 0 ? result :
			    profiles_import_bytes(file, path, bytes, count,
						  err);
}

/* What a file is called where it is told of. */
static const char *name_of(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

/* ---- a list ------------------------------------------------------------ */

/* Endings of files' names that are none of the program's. */
static void cut_ending(char *file)
{
	static const char *const endings[] = { ".profile", ".json", ".policy",
					       ".strace", ".list", ".txt" };
	char *dot = strrchr(file, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(endings); i++)
		if (strcmp(dot, endings[i]) == 0)
			*dot = '\0';
}

/* The name that was asked for, else that in the header, else the file's. */
static int choose_name(const struct import_options *options, const char *path,
		       struct profiles_text *text, struct error *err)
{
	const char *wanted = options->name ? options->name : text->program;
	cleanup_free char *file = strdup(is_stdin(path) ? "" : path);
	const char *name;
	char *copy;
	int result;

	if (!file)
		return base_error(err, ENOMEM, "out of memory");
	cut_ending(file);
	result = cli_profile_name(wanted, file, &name, err);
	if (result < 0)
		return result;
	copy = strdup(name);
	free(text->program);
	text->program = copy;
	return copy ? 0 : base_error(err, ENOMEM, "out of memory");
}

static int parse_list(const struct import_options *options, const char *path,
		      char *bytes, size_t count, struct profiles_text *text,
		      struct profiles_notes *notes, struct error *err)
{
	const struct profiles_format *format =
		options->format ? profiles_format_find(options->format) : NULL;
	int result;

	if (options->arch)
		text->header_arch = 1 + (unsigned)base_arch_parse(
						options->arch);
	result = profiles_import(bytes, count, name_of(path), format, text,
				 notes, err);
	if (result < 0)
		return result;
	result = choose_name(options, path, text, err);
	if (result == 0 && !text->set.count && !text->stub_count)
		return base_error(err, EINVAL, "%s lists no call to allow, so "
				  "there is nothing to import; 'jail export' "
				  "prints a profile that does", name_of(path));
	return result;
}

static void report_dropped(const char *name, const struct profiles_set *dropped)
{
	char word[64];

	if (!dropped->count)
		return;
	printf("%s: %zu call%s stay%s dropped:", name, dropped->count,
	       cli_plural(dropped->count, "s"),
	       dropped->count == 1 ? "s" : "");
	for (size_t i = 0; i < dropped->count; i++)
		printf(" %s", cli_call_word(word, sizeof(word),
					    dropped->calls[i]));
	puts("; 'jail add' puts them back");
}

static void report(const struct profiles_text *text,
		   const struct db_imported *imported)
{
	char name[256];

	base_printable(name, sizeof(name), text->program);
	printf("%s: %zu new call%s imported from a list of %zu", name,
	       imported->fresh, cli_plural(imported->fresh, "s"),
	       text->set.count);
	if (strcmp(text->format, "text") != 0)
		printf(" (%s)", text->format);
	if (text->stub_count)
		printf(", and %zu that fail%s without a word",
		       text->stub_count, text->stub_count == 1 ? "s" : "");
	putchar('\n');
	report_dropped(name, &imported->dropped);
}

static void say_notes(const char *path, const struct profiles_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		fprintf(stderr, "jail: %s: %s: %s\n", name_of(path),
			profiles_note_word(notes->items[i].kind),
			notes->items[i].sentence);
}

static int import_list(const struct import_options *options, const char *path,
		       char *bytes, size_t count)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	cleanup_profiles_notes struct profiles_notes notes = { 0 };
	struct db_imported imported = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	if (parse_list(options, path, bytes, count, &text, &notes, &err) < 0)
		return cli_fail(1, &err);
	if (cli_open(&options->common, DB_WRITE, &db) < 0)
		return CLI_FAILED;
	result = db_import(db, &text, cli_author(), &imported, &err);
	if (result == 0 && !options->common.quiet) {
		report(&text, &imported);
		say_notes(path, &notes);
	}
	profiles_set_free(&imported.dropped);
	return cli_store_end(result, &err);
}

/* ---- a bundle ---------------------------------------------------------- */

static int rename_only(const struct import_options *options,
		       struct profiles_bundle *bundle, struct error *err)
{
	const char *name;
	int result;

	if (!options->name)
		return 0;
	if (bundle->count != 1)
		return base_error(err, EINVAL, "--name is for the import of "
				  "one program, and here are %zu",
				  bundle->count);
	result = cli_profile_name(options->name, NULL, &name, err);
	if (result < 0)
		return result;
	free(bundle->programs[0].name);
	bundle->programs[0].name = strdup(name);
	return bundle->programs[0].name ? 0 : base_error(err, ENOMEM,
							 "out of memory");
}

static void report_merged(const struct profiles_bundle *bundle,
			  const struct db_merged *merged)
{
	char name[256] = "";

	if (bundle->count == 1)
		base_printable(name, sizeof(name), bundle->programs[0].name);
	else
		snprintf(name, sizeof(name), "%zu programs", bundle->count);
	printf("%s: %" PRIu64 " new session%s imported", name,
	       merged->sessions, cli_plural(merged->sessions, "s"));
	if (merged->known_sessions)
		printf(" (%" PRIu64 " %s known)", merged->known_sessions,
		       merged->known_sessions == 1 ? "was" : "were");
	printf(", %" PRIu64 " new call%s, %" PRIu64 " new decision%s\n",
	       merged->calls, cli_plural(merged->calls, "s"),
	       merged->decisions, cli_plural(merged->decisions, "s"));
}

static int import_bundle(const struct import_options *options,
			 const char *path, char *bytes, size_t count)
{
	cleanup_profiles_bundle struct profiles_bundle bundle = { 0 };
	struct db_merged merged = { 0 };
	cleanup_db struct db *db = NULL;
	struct error err = { 0 };
	int result;

	if (profiles_bundle_parse(bytes, count, name_of(path), &bundle,
				  &err) < 0 ||
	    rename_only(options, &bundle, &err) < 0)
		return cli_fail(1, &err);
	if (cli_open(&options->common, DB_WRITE, &db) < 0)
		return CLI_FAILED;
	result = db_merge(db, &bundle, cli_author(), &merged, &err);
	if (result == 0 && !options->common.quiet)
		report_merged(&bundle, &merged);
	if (result == -EINVAL)
		return cli_fail(1, &err);
	return cli_store_end(result, &err);
}

/* ---- the command ------------------------------------------------------- */

static int run_import(void *data, char **operands)
{
	const struct import_options *options = data;
	cleanup_free char *bytes = NULL;
	struct error err = { 0 };
	size_t count;

	if (read_file(operands[0], &bytes, &count, &err) < 0)
		return cli_fail(1, &err);
	if (options->format ? strcmp(options->format, "json") == 0 :
			      profiles_bundle_is(bytes, count))
		return import_bundle(options, operands[0], bytes, count);
	return import_list(options, operands[0], bytes, count);
}

static const struct cli_option import_rows[] = {
	{.name = "arch", .argument = "ARCH", .kind = CLI_CHOICE,
	 .offset = offsetof(struct import_options, arch),
	 .values = "aarch64 i386 x32 x86_64",
	 .help = "The architecture of a file that does not say it; if not "
		 "given, the machine's own."},
	{.name = "format", .argument = "FORMAT", .kind = CLI_CHOICE,
	 .offset = offsetof(struct import_options, format),
	 .values = "text list json firejail oci minijail strace",
	 .help = "What the file is; if not given, what it looks like."},
	{.name = "name", .argument = "NAME", .kind = CLI_STRING,
	 .offset = offsetof(struct import_options, name),
	 .help = "The program that the calls are for; if not given, the one "
		 "that the file names, else the file's name without its "
		 "ending."},
	{.name = NULL},
};

static const struct cli_option *const import_tables[] = {
	import_rows, cli_db_option, cli_quiet_option, NULL
};

const struct cli_command cli_import = {
	.name = "import",
	.operands = "FILE",
	.summary = "read lists of calls and histories into the store",
	.description =
		"Adds what FILE holds to the store, or nothing of it: a "
		"profile that jail export printed, as text or as json, with "
		"its sessions and decisions; the calls that a profile of "
		"Firejail keeps; those that a seccomp.json of runc, Docker or "
		"Podman or a policy of minijail allows; those in what strace "
		"-c or strace -f printed. FILE may be - for the standard "
		"input. Sessions that the store knows count once, and calls "
		"that were dropped stay dropped.",
	.options = import_tables,
	.size = sizeof(struct import_options),
	.run = run_import,
};
