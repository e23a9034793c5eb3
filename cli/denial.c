/* SPDX-License-Identifier: MIT */
/*
 * denial: says on stderr, in one line, what was refused and how to allow it,
 * and records it. The first refusal of a call in a run is told, once for the
 * program and once for its descendants; repeats only raise its count in the
 * store. What was decided never is recorded in silence, unless it ended the
 * program: a status of 159 alone would be a riddle.
 */
#include <string.h>

#include "cli/denial.h"
#include "cli/store.h"
#include "enforce/enforce.h"

#define PATIENCE 200 /* milliseconds that a line to stderr may take */

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

/* Only the store has the values of arguments. */
static void remedy_values(const struct cli_denials *self,
			  const struct profiles_denial *denial, char *out,
			  size_t size)
{
	const struct cli_words words = {
		.verb = "learn", .common = self->common, .name = self->program,
		.program = self->command,
	};
	const char *name = base_call_name(denial->call);
	bool namespaces = name && strcmp(name, "clone") == 0;
	bool text = !cli_denial_list_is_stores(self);
	char learn[2048], values[256];

	cli_values_text(values, sizeof(values), denial);
	snprintf(out, size, "it is on the whitelist, but not with these %s "
		 "(%s); to allow them%s: %s",
		 namespaces ? "namespaces" : "arguments", values,
		 text ? ", enforce what this learns" : "",
		 cli_command_text(learn, sizeof(learn), &words));
}

/* A program may ask at each start for what it can do without. Where only some
 * uses are dangerous, the others would be refused, too; and of the kinds of
 * lists one counts, so that one in the profile must not be replaced. */
static void remedy_silence(const struct cli_denials *self,
			   const struct profiles_denial *denial, char *out,
			   size_t size)
{
	static const uint64_t whatever[6];
	char call[64], code[BASE_ERRNO_TEXT];

	*out = '\0';
	if (denial->action == PROFILES_ERRNO && !self->refuses &&
	    cli_denial_list_is_stores(self) &&
	    denial->call.arch == base_arch_native() &&
	    enforce_dangerous_use(denial->call, whatever))
		snprintf(out, size, "; to refuse it in silence: "
			 "--seccomp.drop=%s:%s",
			 cli_call_word(call, sizeof(call), denial->call),
			 base_errno_text(denial->action_errno, code));
}

/* Nothing that was learned opens it, only a word of the user's. */
static void remedy_dangerous(const struct cli_denials *self,
			     const struct profiles_denial *denial, char *out,
			     size_t size)
{
	const char *cost = enforce_dangerous_use(denial->call,
						 denial->arguments);
	bool listed = self->whitelist->count == 0 ||
		      profiles_set_has(self->whitelist, denial->call);
	char call[64], silence[160];

	remedy_silence(self, denial, silence, sizeof(silence));
	snprintf(out, size, "that is dangerous: %s; to allow it all the "
		 "same: --seccomp.allow-dangerous=%s%s", cost ? cost : "",
		 cli_call_word(call, sizeof(call), denial->call),
		 listed ? silence : ", and put it on the whitelist");
}

void cli_denial_remedy(const struct cli_denials *self,
		       const struct profiles_denial *denial, char *out,
		       size_t size)
{
	const struct profiles_sibling *sibling =
		fresh_sibling(self->fresh, denial->call);
	char call[64], of[64], add[2048];
	const struct cli_words words = {
		.verb = "add", .common = self->common,
		.program = self->program,
		.call = cli_call_word(call, sizeof(call), denial->call),
	};

	if (denial->call.arch == BASE_ARCH_X32)
		snprintf(out, size, "calls of x32 are never allowed");
	else if (denial->dangerous)
		remedy_dangerous(self, denial, out, size);
	else if (profiles_set_has(self->whitelist, denial->call))
		remedy_values(self, denial, out, size);
	else if (!cli_denial_list_is_stores(self))
		remedy_text(self, denial->call, out, size);
	else
		snprintf(out, size, "%s%s%sto allow it: %s",
			 sibling ? "it is a sibling of " : "",
			 sibling ? cli_call_word(of, sizeof(of), sibling->of) :
				   "",
			 sibling ? ", which was learned; " : "",
			 cli_command_text(add, sizeof(add), &words));
}

char *cli_denial_who(char *out, size_t size, const struct cli_denials *self,
		     const struct profiles_denial *denial, bool by_program)
{
	char exe[512], name[256];

	base_printable(name, sizeof(name), self->program);
	base_printable(exe, sizeof(exe),
		       *denial->exe ? denial->exe :
		       *denial->comm ? denial->comm : "unknown");
	if (by_program)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s: process %d (%s)", name,
			 (int)denial->pid, exe);
	return out;
}

/* "NAME was killed at time (201, x86_64)", and so on. */
static void event(const struct cli_denials *self,
		  const struct profiles_denial *denial, bool by_program,
		  char *out, size_t size)
{
	char who[1024], call[64], code[BASE_ERRNO_TEXT];

	cli_denial_who(who, sizeof(who), self, denial, by_program);
	cli_call_label(call, sizeof(call), denial->call);
	if (denial->action == PROFILES_KILLED)
		snprintf(out, size, "%s was killed at %s", who, call);
	else if (denial->action == PROFILES_LOGGED)
		snprintf(out, size, "%s made %s, which would have been denied",
			 who, call);
	else
		snprintf(out, size, "%s failed with %s at %s", who,
			 base_errno_text(denial->action_errno, code), call);
}

/* The line for stderr, new memory; NULL without memory. */
static char *line_of(const struct cli_denials *self,
		     const struct profiles_denial *denial, bool by_program,
		     int64_t id)
{
	char what[2048], how[4096];
	cleanup_free char *text = NULL;

	if (!self->common->json) {
		event(self, denial, by_program, what, sizeof(what));
		cli_denial_remedy(self, denial, how, sizeof(how));
		return base_printf("jail: %s; %s\n", what, how);
	}
	text = cli_json_line(cli_json_denial(id, self->program, denial));
	return text ? base_printf("%s\n", text) : NULL;
}

static void say(const struct cli_denials *self,
		const struct profiles_denial *denial, bool by_program,
		int64_t id)
{
	cleanup_free char *line = line_of(self, denial, by_program, id);

	/* One write, so that it does not mix with what the program prints. */
	if (line)
		base_write_patiently(STDERR_FILENO, line, strlen(line),
				     PATIENCE);
}

/* The program can stop the terminal, or fill the pipe, that it shares with us:
 * then it goes on without being told of, for it is recorded. */
static bool is_heard(struct cli_denials *self)
{
	self->deaf = !base_writable(STDERR_FILENO, self->deaf ? 0 : PATIENCE);
	return !self->deaf;
}

int cli_denial_open(const struct cli_denials *self, bool wait, struct db **db,
		    struct error *err)
{
	cleanup_free char *path = NULL;
	int ret = db_path(self->common->db, &path, err);

	if (ret < 0)
		return ret;
	return wait ? db_open(db, path, DB_WRITE, err) :
		      db_open_patient(db, path, DB_WRITE, 0, err);
}

/* *EXPECTED: a person has decided that it is never allowed, and wants to hear
 * no more of it. The store is open anyway. */
static int record(const struct cli_denials *self,
		  const struct profiles_denial *denial, bool wait,
		  int64_t *id, bool *expected, struct error *err)
{
	cleanup_profiles_set struct profiles_set never = {0};
	cleanup_db struct db *db = NULL;
	int result = cli_denial_open(self, wait, &db, err);

	if (result == 0 && expected &&
	    db_expected(db, self->program, &never, NULL) == 0)
		*expected = profiles_set_has(&never, denial->call);
	if (expected && self->expected)
		*expected |= profiles_set_has(self->expected, denial->call);
	if (result == 0)
		result = db_denial_add(db, self->program, denial, id, err);
	return result;
}

/* Where nobody can be asked, that is said before the first denial. */
static void tell(struct cli_denials *self,
		 const struct profiles_denial *denial, bool by_program,
		 int64_t row)
{
	bool json = self->common->json;

	if ((self->training || profiles_set_has(&self->asked, denial->call)) &&
	    !json)
		return;
	if (!is_heard(self))
		return;
	if (self->nobody && !json)
		fputs("jail: there is no terminal to ask at: what is not on "
		      "the whitelist is denied\n", stderr);
	self->nobody = false;
	say(self, denial, by_program, row);
}

/* *ID is 0 for the first refusal, the store's number for one that is recorded
 * there, and -1 for one that is not: it is tried again. */
int cli_denial(void *data, const struct profiles_denial *denial,
	       bool by_program, bool wait, int64_t *id)
{
	struct cli_denials *self = data;
	bool first = *id == 0, expected = false;
	struct error err = {0};
	bool ended = by_program && denial->action == PROFILES_KILLED;
	int64_t row = *id > 0 ? *id : 0;
	int result = record(self, denial, wait, &row,
			    first ? &expected : NULL, &err);

	*id = result == 0 ? row : -1;
	self->any |= first && !expected;
	if (first && (!expected || ended))
		tell(self, denial, by_program, result == 0 ? row : 0);
	if (result == 0 || self->store_failed || (result == -EBUSY && !wait))
		return result;
	self->store_failed = true;
	base_error_at(&err, "the denial is not recorded");
	if (is_heard(self))
		cli_fail(CLI_FAILED, &err);
	return result;
}
