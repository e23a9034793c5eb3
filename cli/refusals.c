/* SPDX-License-Identifier: MIT */
/*
 * refusals: what stood in the program's way while it was trained, and what will
 * when it is enforced, each with the directive that allows it. Files: as the
 * sandbox refused them. Calls: those that no list opens by itself, and those
 * that the profile refuses.
 */
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "cli/session.h"
#include "cli/store.h"

enum { SHOWN = 12 };	/* of each kind */

#define READS_ALL (UINT64_C(1) << CAP_DAC_READ_SEARCH)
#define WRITES_ALL (UINT64_C(1) << CAP_DAC_OVERRIDE)

/* ---- files ------------------------------------------------------------ */

static bool is_there(const struct refusals *refusals, const char *directive)
{
	for (size_t i = 0; i < refusals->file_count; i++)
		if (strcmp(refusals->files[i].directive, directive) == 0)
			return true;
	return false;
}

/* No directive undoes a mask of jail's own. */
static bool is_masked(const struct enforce_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->files.count; i++) {
		const struct enforce_step *step = &plan->files.steps[i];
		size_t length = strlen(step->path);

		if (step->kind == ENFORCE_MASK &&
		    strncmp(step->path, path, length) == 0 &&
		    (path[length] == '/' || !path[length]))
			return true;
	}
	return false;
}

/* What the tree of files refuses no capability would open. The kernel asks for
 * the right to read all before the one to write all, which is enough. */
void refusals_take_file(struct training *training,
			const struct learn_refusal *refusal)
{
	struct refusals *refusals = &training->refusals;
	cleanup_free char *directive = NULL;
	cleanup_free char *path = NULL;

	if (!refusal->inside)
		directive = enforce_plan_remedy(training->plan, refusal->path,
						refusal->code);
	if (!directive && !is_masked(training->plan, refusal->path))
		refusals->lacked |= refusal->lacked &
			(training->plan->caps_keep & WRITES_ALL ?
			 ~READS_ALL : ~UINT64_C(0));
	if (!directive || is_there(refusals, directive) ||
	    refusals->file_count == ARRAY_SIZE(refusals->files))
		return;
	path = strdup(refusal->path);
	if (!path)
		return;
	refusals->files[refusals->file_count++] = (struct refused_file){
		.path = take_ptr(path), .directive = take_ptr(directive),
		.writes = refusal->writes, .code = refusal->code,
	};
}

/* Whoever listens there has no sandbox, and may do what it is asked to. */
static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void print_files(const struct refusals *refusals)
{
	char path[512], directive[1024];
	size_t i;

	for (i = 0; i < refusals->file_count && i < SHOWN; i++) {
		const struct refused_file *file = &refusals->files[i];
		bool socket = is_socket(file->path);

		fprintf(stderr, "refused by the sandbox: %s %s: allow it with "
			"%s%s\n", socket ? "connect to" :
			file->writes ? "write" : "read",
			base_printable(path, sizeof(path), file->path),
			cli_directive_text(directive, sizeof(directive),
					   file->directive),
			socket ? "; who answers there works outside of the "
			"sandbox" : "");
	}
	if (refusals->file_count > i)
		fprintf(stderr, "so were %zu more files; --json names them "
			"all\n", refusals->file_count - i);
}

/* ---- capabilities ----------------------------------------------------- */

/* Their names, new memory; NULL without it. */
static char *caps_text(uint64_t caps)
{
	char *text = NULL;
	size_t length;
	FILE *stream = base_memstream(&text, &length);

	if (!stream)
		return NULL;
	profiles_caps_print(stream, caps);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

/* Those that can be kept: a container's root has not all. */
static uint64_t own_caps(void)
{
	uint64_t caps = 0;

	for (unsigned i = 0; i < 64; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			caps |= 1ull << i;
	return caps;
}

/* What was asked for and is not kept. The right to read all would keep what
 * else is kept from the system, as a port; that to write all does not. */
static uint64_t missing(const struct training *training)
{
	const struct enforce_plan *plan = training->plan;
	uint64_t lacked = training->refusals.lacked & ~plan->caps_keep;
	uint64_t beside = 0, all = plan->caps_keep | lacked;

	if (lacked & READS_ALL && !(all & WRITES_ALL) && plan->policy &&
	    enforce_caps_in_vain(plan, all, &beside))
		lacked ^= READS_ALL | WRITES_ALL;
	return lacked;
}

static void print_caps_in_vain(const struct training *training)
{
	/* What ran already has no sandbox of ours, and no policy. */
	uint64_t beside = 0, vain = !training->plan->policy ? 0 :
		enforce_caps_in_vain(training->plan,
				     training->plan->caps_keep, &beside);
	cleanup_free char *names = caps_text(vain & training->refusals.lacked);
	cleanup_free char *others = caps_text(beside);

	if (vain & training->refusals.lacked && names && others)
		fprintf(stderr, "calls failed for want of the capabilities %s, "
			"though they are kept: beside %s they count for the "
			"sandbox alone; leave that out%s\n", names, others,
			beside & READS_ALL ?
			", and keep dac_override for dac_read_search" : "");
}

/* caps.keep says all that is kept. */
static void print_caps(const struct training *training)
{
	uint64_t kept = training->plan->caps_keep, own = own_caps();
	uint64_t lacked = missing(training);
	cleanup_free char *names = caps_text(lacked & own);
	cleanup_free char *all = caps_text((lacked & own) | kept);
	cleanup_free char *others = caps_text(lacked & ~own);

	if (lacked & own && names && all)
		fprintf(stderr, "calls failed for want of the capabilities "
			"%s: allow them with --caps.keep=%s\n", names, all);
	if (lacked & ~own && others)
		fprintf(stderr, "calls failed for want of the capabilities "
			"%s, which jail does not have itself: start jail with "
			"them if they are needed\n", others);
}

/* ---- calls ------------------------------------------------------------ */

static void take_call(void *data, struct base_call call, const char *cost)
{
	struct refusals *refusals = data;
	struct refused_call *calls = reallocarray(refusals->calls,
						  refusals->call_count + 1,
						  sizeof(*calls));

	if (!calls)
		return;
	refusals->calls = calls;
	calls[refusals->call_count++] = (struct refused_call){call, cost};
}

int refusals_take_calls(struct training *training, struct error *err)
{
	cleanup_profiles_known struct profiles_known known = {0};
	int ret = db_known(training->db, training->program, &known, err);

	if (ret < 0)
		return ret;
	return enforce_foresee(training->plan, &known, take_call,
			       &training->refusals, err);
}

static void print_dangerous(const struct refused_call *refused)
{
	char label[64], number[12];
	const char *name = base_call_text(refused->call, number,
					  sizeof(number));

	fprintf(stderr, "dangerous, and refused although it was learned: %s: "
		"%s; allow it all the same with "
		"--seccomp.allow-dangerous=%s\n",
		cli_call_word(label, sizeof(label), refused->call),
		refused->cost, name);
}

static void print_calls(const struct refusals *refusals)
{
	char label[64];
	bool any = false;

	for (size_t i = 0; i < refusals->call_count; i++)
		if (refusals->calls[i].cost)
			print_dangerous(&refusals->calls[i]);
	for (size_t i = 0; i < refusals->call_count; i++) {
		if (refusals->calls[i].cost)
			continue;
		fprintf(stderr, "%s%s", any ? " " :
			"the profile refuses what was learned: ",
			cli_call_word(label, sizeof(label),
				      refusals->calls[i].call));
		any = true;
	}
	if (any)
		fputs("; --ignore leaves out a line of it, such as "
		      "--ignore=seccomp or --ignore=protocol\n", stderr);
}

/* ---- both ------------------------------------------------------------- */

void refusals_print(const struct training *training)
{
	print_files(&training->refusals);
	print_caps(training);
	print_caps_in_vain(training);
	print_calls(&training->refusals);
}

void refusals_json(const struct training *training, json_t *object)
{
	const struct refusals *refusals = &training->refusals;
	cleanup_free char *caps = caps_text(missing(training));
	json_t *names = json_array();
	char *rest = caps, *name;
	json_t *files = json_array(), *calls = json_array();

	for (size_t i = 0; i < refusals->file_count; i++) {
		const struct refused_file *file = &refusals->files[i];
		char number[BASE_ERRNO_TEXT];

		json_array_append_new(files, json_pack(
			"{s:o, s:s, s:s, s:o}",
			"path", cli_json_text(file->path),
			"access", file->writes ? "write" : "read",
			"errno", base_errno_text(file->code, number),
			"directive", cli_json_text(file->directive)));
	}
	for (size_t i = 0; i < refusals->call_count; i++) {
		const struct refused_call *refused = &refusals->calls[i];
		json_t *row = cli_json_call(refused->call);

		json_object_set_new(row, "dangerous",
				    cli_json_text(refused->cost));
		json_array_append_new(calls, row);
	}
	while ((name = strsep(&rest, ",")) && *name)
		json_array_append_new(names, json_string(name));
	json_object_set_new(object, "refused_files", files);
	json_object_set_new(object, "refused_capabilities", names);
	json_object_set_new(object, "refused_calls", calls);
}

void refusals_free(struct refusals *refusals)
{
	for (size_t i = 0; i < refusals->file_count; i++) {
		free(refusals->files[i].path);
		free(refusals->files[i].directive);
	}
	free(refusals->calls);
	*refusals = (struct refusals){0};
}
