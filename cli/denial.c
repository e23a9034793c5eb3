/* SPDX-License-Identifier: MIT */
/*
 * denial: says on stderr, in one line, what was refused and how to allow it,
 * and records it. The first refusal of a call in a run is told; repeats only
 * raise its count in the store.
 */
#include <string.h>

#include "cli/denial.h"
#include "cli/store.h"

/* A word that a shell reads as TEXT; in quotes only if it needs them. */
static void shell_word(char *out, size_t size, const char *text)
{
	size_t used = 0;

	if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_./+@%:,=-")]) {
		snprintf(out, size, "%s", text);
		return;
	}
	out[used++] = '\'';
	for (; *text && used + 6 < size; text++) {
		if (*text == '\'')
			used += (size_t)sprintf(out + used, "'\\''");
		else
			out[used++] = *text;
	}
	out[used++] = '\'';
	out[used] = '\0';
}

/* "201, x86_64", or the name's place taken by the number. */
static void call_label(char *out, size_t size, struct base_call call)
{
	const char *name = base_call_name(call), *arch;

	arch = base_arch_name(call.arch);
	if (name)
		snprintf(out, size, "%s (%u, %s)", name, call.number, arch);
	else
		snprintf(out, size, "%u (%s)", call.number, arch);
}

/* For a whitelist that is not the store's: its directive and its place. */
static void remedy_text(const struct cli_denials *self, struct base_call call,
			char *out, size_t size)
{
	bool native = call.arch == base_arch_native();
	char number[12], file[600];

	base_printable(file, sizeof(file),
		       self->list_file ? self->list_file : "");
	snprintf(out, size, "to allow it, add %s to seccomp.keep%s%s %s%s",
		 base_call_text(call, number, sizeof(number)),
		 native ? "" : ".", native ? "" : base_arch_name(call.arch),
		 self->list_option ? "on the command line" : "in ",
		 self->list_option ? "" : file);
}

static void remedy(const struct cli_denials *self,
		   const struct profiles_denial *denial, char *out, size_t size)
{
	const char *db = self->common->db ? self->common->db : "";
	char name[1100], call[64], path[1100], store[1200] = "";

	shell_word(name, sizeof(name), self->program);
	shell_word(path, sizeof(path), db);
	if (*db)
		snprintf(store, sizeof(store), "--db=%s ", path);
	if (denial->call.arch == BASE_ARCH_X32)
		snprintf(out, size, "calls of x32 are never allowed");
	else if (profiles_set_has(self->whitelist, denial->call))
		snprintf(out, size, "it is on the whitelist, but not with "
			 "these namespaces (flags 0x%llx); to allow them: "
			 "jail learn %s%s",
			 (unsigned long long)denial->arguments[0], store, name);
	else if (self->list_file || self->list_option)
		remedy_text(self, denial->call, out, size);
	else
		snprintf(out, size, "to allow it: jail add %s%s %s", store,
			 name, cli_call_word(call, sizeof(call),
					     denial->call));
}

/* "NAME was killed at time (201, x86_64)", and so on. */
static void event(const struct cli_denials *self,
		  const struct profiles_denial *denial, bool by_program,
		  char *out, size_t size)
{
	const char *code = strerrorname_np(denial->action_errno);
	char who[1024], exe[512], name[256], call[64];

	base_printable(name, sizeof(name), self->program);
	base_printable(exe, sizeof(exe),
		       *denial->exe ? denial->exe : denial->comm);
	call_label(call, sizeof(call), denial->call);
	if (by_program)
		snprintf(who, sizeof(who), "%s", name);
	else
		snprintf(who, sizeof(who), "%s: process %d (%s)", name,
			 (int)denial->pid, exe);
	if (denial->action == PROFILES_KILLED)
		snprintf(out, size, "%s was killed at %s", who, call);
	else if (denial->action == PROFILES_LOGGED)
		snprintf(out, size, "%s made %s, which would have been denied",
			 who, call);
	else if (code)
		snprintf(out, size, "%s failed with %s at %s", who, code, call);
	else
		snprintf(out, size, "%s failed with errno %d at %s", who,
			 denial->action_errno, call);
}

static void say(const struct cli_denials *self,
		const struct profiles_denial *denial, bool by_program,
		int64_t id)
{
	char what[2048], how[4096], line[8192];
	json_t *object;

	if (self->common->json) {
		object = cli_json_denial(id, self->program, denial);
		if (object && json_dumpf(object, stderr, JSON_COMPACT) == 0)
			fputc('\n', stderr);
		json_decref(object);
		return;
	}
	event(self, denial, by_program, what, sizeof(what));
	remedy(self, denial, how, sizeof(how));
	snprintf(line, sizeof(line), "jail: %s; %s\n", what, how);
	/* One write, so that it does not mix with what the program prints. */
	(void)!write(STDERR_FILENO, line, strlen(line));
}

static int record(const struct cli_denials *self,
		  const struct profiles_denial *denial, int64_t *id,
		  struct error *err)
{
	cleanup_db struct db *db = NULL;
	cleanup_free char *path = NULL;
	int result = db_path(self->common->db, &path, err);

	if (result == 0)
		result = db_open(&db, path, DB_WRITE, err);
	if (result == 0)
		result = db_denial_add(db, self->program, denial, id, err);
	return result;
}

/* *ID is 0 for the first refusal, the store's number for one that is recorded
 * there, and -1 for one that is not: it is tried again. */
void cli_denial(void *data, const struct profiles_denial *denial,
		bool by_program, int64_t *id)
{
	struct cli_denials *self = data;
	bool first = *id == 0;
	struct error err = {0};
	int64_t row = *id > 0 ? *id : 0;
	int result = record(self, denial, &row, &err);

	*id = result == 0 ? row : -1;
	if (first)
		say(self, denial, by_program, result == 0 ? row : 0);
	if (result == 0 || self->store_failed)
		return;
	self->store_failed = true;
	base_error_at(&err, "the denial is not recorded");
	cli_fail(CLI_FAILED, &err);
}
