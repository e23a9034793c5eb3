/* SPDX-License-Identifier: MIT */
/*
 * The object linux.seccomp of the runtime specification, alone or in a
 * config.json, with what Docker and Podman add to it. What it allows is listed,
 * what it answers an errno is a stub. A list knows no conditions: those on
 * arguments are widened, and a rule for those who have a capability is left
 * out, for a program in jail has none unless its profile keeps it.
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "profiles/formats/import.h"

/* As a tree in memory a file takes up to fifty times its size. */
enum { BYTES_MAX = 8 << 20 };

struct reading {
	const char *bytes, *name;
	struct profiles_text *text;
	struct profiles_notes *notes;
	unsigned archs;		/* 1 << enum base_arch */
	struct profiles_set decided;	/* by a rule without conditions */
	struct formats_words conditions, capabilities, kernels, elsewhere,
		logged, handled, architectures;
};

/* ---- where ------------------------------------------------------------- */

/* The line where the string WORD stands first, 1 if it is not found. */
static unsigned line_of(const struct reading *in, const char *word)
{
	cleanup_free char *quoted = base_printf("\"%s\"", word);
	const char *found = quoted ? strstr(in->bytes, quoted) : NULL;
	unsigned line = 1;

	for (const char *p = in->bytes; found && p < found; p++)
		line += *p == '\n';
	return line;
}

static int fail(const struct reading *in, const char *word, struct error *err)
{
	return base_error_at(err, "%s:%u", in->name, line_of(in, word));
}

/* ---- architectures ----------------------------------------------------- */

static int arch_of(const char *name)
{
	static const struct {
		const char *name;
		enum base_arch arch;
	} names[] = {
		{ "SCMP_ARCH_X86_64", BASE_ARCH_X86_64 },
		{ "SCMP_ARCH_X86", BASE_ARCH_I386 },
		{ "SCMP_ARCH_X32", BASE_ARCH_X32 },
		{ "SCMP_ARCH_AARCH64", BASE_ARCH_AARCH64 },
		{ "amd64", BASE_ARCH_X86_64 }, { "x86", BASE_ARCH_I386 },
		{ "386", BASE_ARCH_I386 }, { "x32", BASE_ARCH_X32 },
		{ "arm64", BASE_ARCH_AARCH64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].arch;
	return -1;
}

static void add_archs(struct reading *in, const json_t *list)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item) {
		const char *name = json_string_value(item);
		int arch = name ? arch_of(name) : -1;

		if (arch >= 0)
			in->archs |= 1u << arch;
		else if (name)
			import_word(&in->architectures, name);
	}
}

/* Of archMap the machine's own, and what runs beside it. */
static void add_map(struct reading *in, const json_t *map)
{
	size_t index;
	json_t *item;

	json_array_foreach(map, index, item) {
		const char *name = json_string_value(
			json_object_get(item, "architecture"));

		if (!name || arch_of(name) != (int)import_arch(in->text))
			continue;
		in->archs |= 1u << arch_of(name);
		add_archs(in, json_object_get(item, "subArchitectures"));
	}
}

static int read_archs(struct reading *in, const json_t *object,
		      struct error *err)
{
	const json_t *list = json_object_get(object, "architectures");
	const json_t *map = json_object_get(object, "archMap");

	if (json_array_size(list) && json_array_size(map)) {
		base_error(err, EINVAL, "it has architectures and archMap, "
			   "which contradict each other; remove one of the "
			   "two");
		return fail(in, "archMap", err);
	}
	add_archs(in, list);
	add_map(in, map);
	/* jail enforce refuses x32 whatever is listed. */
	if (in->archs & ~(1u << BASE_ARCH_X32))
		in->archs &= ~(1u << BASE_ARCH_X32);
	if (!in->archs && !json_array_size(list))
		in->archs = 1u << import_arch(in->text);
	if (in->archs)
		return 0;
	base_error(err, EINVAL, "it is about other architectures than jail "
		   "knows: aarch64, i386, x32, x86_64");
	return fail(in, "architectures", err);
}

/* ---- names ------------------------------------------------------------- */

/* What libseccomp 2.5.4 names and none of our architectures has. */
static const char elsewhere[] =
	"arm_fadvise64_64 arm_sync_file_range breakpoint cachectl cacheflush "
	"get_tls multiplexer oldwait4 pciconfig_iobase pciconfig_read "
	"pciconfig_write recv riscv_flush_icache rtas s390_guarded_storage "
	"s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr s390_sthyi "
	"send set_tls spu_create spu_run subpage_prot swapcontext "
	"switch_endian sync_file_range2 sys_debug_setcontext syscall sysmips "
	"timerfd usr26 usr32";

/* 1: somewhere; 0: it is none of our architectures'; -ENOENT. */
static int is_known(const char *name)
{
	for (unsigned arch = 0; arch < BASE_ARCH_COUNT; arch++)
		if (base_call_number(arch, name) >= 0)
			return 1;
	return import_among(elsewhere, name) ? 0 : -ENOENT;
}

/* ---- rules ------------------------------------------------------------- */

struct rule {
	bool allow;
	bool whole;		/* whatever the arguments */
	int answer;		/* of what is not allowed; 0: none */
};

/* 1: the action is carried; 0: the calls are none that a list has. */
static int read_action(const json_t *rule, struct rule *out,
		       const char **action, struct error *err)
{
	const json_t *answer = json_object_get(rule, "errnoRet");
	json_int_t number = answer ? json_integer_value(answer) : EPERM;

	*action = json_string_value(json_object_get(rule, "action"));
	if (!*action)
		return base_error(err, EINVAL, "a rule has no action");
	out->allow = strcmp(*action, "SCMP_ACT_ALLOW") == 0 ||
		     strcmp(*action, "SCMP_ACT_LOG") == 0;
	if (out->allow)
		return 1;
	if (strcmp(*action, "SCMP_ACT_ERRNO") == 0) {
		if (number < 1 || number > BASE_ERRNO_MAX)
			return base_error(err, EINVAL, "errnoRet is %jd, which "
					  "is no errno", (intmax_t)number);
		out->answer = (int)number;
		return 1;
	}
	if (strncmp(*action, "SCMP_ACT_KILL", 13) != 0 &&
	    strcmp(*action, "SCMP_ACT_TRAP") != 0 &&
	    strcmp(*action, "SCMP_ACT_TRACE") != 0 &&
	    strcmp(*action, "SCMP_ACT_NOTIFY") != 0)
		return base_error(err, EINVAL, "there is no action '%.40s'",
				  *action);
	return 0;
}

/* Whether a list of architectures in a condition names one of ours. */
static bool has_arch(const struct reading *in, const json_t *list)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item) {
		const char *name = json_string_value(item);
		int arch = name ? arch_of(name) : -1;

		if (arch >= 0 && in->archs & 1u << arch)
			return true;
	}
	return false;
}

/* Whether the rule counts here: what depends on the architecture is known, what
 * depends on a capability is taken for not given. */
static bool counts(const struct reading *in, const json_t *rule, bool *caps)
{
	const json_t *includes = json_object_get(rule, "includes");
	const json_t *excludes = json_object_get(rule, "excludes");
	const json_t *with = json_object_get(includes, "arches");

	*caps = json_array_size(json_object_get(includes, "caps")) > 0;
	if (json_array_size(with) && !has_arch(in, with))
		return false;
	if (has_arch(in, json_object_get(excludes, "arches")))
		return false;
	return true;
}

/* As libseccomp has it, the first rule without conditions is the one. */
static int add_call(struct reading *in, struct base_call call,
		    const struct rule *rule, struct error *err)
{
	if (profiles_set_has(&in->decided, call))
		return 0;
	if (rule->whole && profiles_set_add(&in->decided, call) < 0)
		return base_error(err, ENOMEM, "out of memory");
	if (rule->allow)
		return import_add(in->text, call, err);
	profiles_set_remove(&in->text->set, call);
	if (profiles_text_stub(in->text, call, rule->answer) < 0)
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int add_name(struct reading *in, const char *name,
		    const struct rule *rule, struct error *err)
{
	int result = is_known(name);

	if (result < 0) {
		base_call_unknown(import_arch(in->text), name, err);
		return fail(in, name, err);
	}
	if (result == 0)
		import_word(&in->elsewhere, name);
	for (unsigned arch = 0; result > 0 && arch < BASE_ARCH_COUNT; arch++) {
		struct base_call call;

		if (in->archs & 1u << arch &&
		    base_call_named(arch, name, &call) &&
		    add_call(in, call, rule, err) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_names(struct reading *in, const json_t *object,
		      const struct rule *rule, struct formats_words *noted,
		      bool carried, struct error *err)
{
	const json_t *names = json_object_get(object, "names");
	int result = 0;
	size_t index;
	json_t *item;

	json_array_foreach(names, index, item) {
		const char *name = json_string_value(item);

		if (!name)
			return base_error(err, EINVAL, "%s: a name is no "
					  "text", in->name);
		if (noted)
			import_word(noted, name);
		if (carried || is_known(name) < 0)
			result = add_name(in, name, rule, err);
		if (result < 0)
			break;
	}
	return result;
}

static int read_rule(struct reading *in, const json_t *object,
		     struct error *err)
{
	struct formats_words *noted = NULL;
	struct rule rule = { 0 };
	bool caps, carried, args, kernel;
	const char *action;
	int result;

	if (!json_is_array(json_object_get(object, "names"))) {
		base_error(err, EINVAL, "a rule without \"names\", which "
			   "runtimes pass over without a word; write the calls "
			   "as a list \"names\"");
		return fail(in, json_object_get(object, "name") ? "name" :
			    "syscalls", err);
	}
	result = read_action(object, &rule, &action, err);
	if (result < 0)
		return fail(in, action ? action : "syscalls", err);
	carried = result > 0;
	if (!counts(in, object, &caps))
		return 0;
	args = json_array_size(json_object_get(object, "args")) > 0;
	rule.whole = !args;
	kernel = json_object_get(json_object_get(object, "includes"),
				 "minKernel");
	if (!carried)
		noted = strncmp(action, "SCMP_ACT_KILL", 13) ? &in->handled :
							       NULL;
	else if (caps)
		noted = rule.allow ? &in->capabilities : NULL;
	else if (args)
		noted = rule.allow ? &in->conditions : NULL;
	else if (kernel)
		noted = &in->kernels;
	else if (strcmp(action, "SCMP_ACT_LOG") == 0)
		noted = &in->logged;
	/* Only some uses of it are refused: the others are not. */
	carried &= !caps && (rule.allow || !args);
	return read_names(in, object, &rule, noted, carried, err);
}

/* ---- the whole --------------------------------------------------------- */

static int check_default(const struct reading *in, const json_t *object,
			 struct error *err)
{
	const char *action = json_string_value(
		json_object_get(object, "defaultAction"));

	if (!action) {
		base_error(err, EINVAL, "there is no defaultAction: this is no "
			   "list of calls for runc or Docker");
		return fail(in, "seccomp", err);
	}
	if (strcmp(action, "SCMP_ACT_ALLOW") != 0 &&
	    strcmp(action, "SCMP_ACT_LOG") != 0)
		return 0;
	base_error(err, EINVAL, "what it does not name is allowed, which a "
		   "list of calls to allow cannot say; write what it refuses "
		   "into a profile as seccomp.drop");
	return fail(in, "defaultAction", err);
}

static int say(struct reading *in, struct error *err)
{
	const struct {
		const struct formats_words *words;
		enum profiles_note_kind kind;
		const char *sentence;
	} notes[] = {
		{ &in->conditions, PROFILES_WIDENED,
		  "conditions on arguments were not taken" },
		{ &in->capabilities, PROFILES_REMARK,
		  "allowed there to who has a capability, and not imported" },
		{ &in->kernels, PROFILES_REMARK,
		  "allowed there on newer kernels (minKernel)" },
		{ &in->logged, PROFILES_REMARK,
		  "logged there, and allowed" },
		{ &in->handled, PROFILES_REMARK,
		  "handed to somebody there who answers, and not imported" },
		{ &in->elsewhere, PROFILES_REMARK,
		  "calls of architectures that jail does not know" },
		{ &in->architectures, PROFILES_REMARK,
		  "jail knows no calls of them" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		if (formats_words_note(in->notes, notes[i].kind,
				       notes[i].words, notes[i].sentence) < 0)
			return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int read_object(struct reading *in, const json_t *object,
		       struct error *err)
{
	const json_t *rules = json_object_get(object, "syscalls");
	int result = check_default(in, object, err);
	size_t index;
	json_t *rule;

	if (result == 0)
		result = read_archs(in, object, err);
	if (result < 0)
		return result;
	json_array_foreach(rules, index, rule) {
		result = read_rule(in, rule, err);
		if (result < 0)
			return result;
	}
	return say(in, err);
}

static size_t skip_blanks(const char *bytes, size_t count, size_t at)
{
	while (at < count && strchr(" \t\r\n", bytes[at]))
		at++;
	return at;
}

/* A JSON object; in braces minijail has names. */
bool formats_oci_is(const char *bytes, size_t count)
{
	size_t at = skip_blanks(bytes, count, 0);

	if (at == count || bytes[at] != '{')
		return false;
	at = skip_blanks(bytes, count, at + 1);
	return at == count || bytes[at] == '"' || bytes[at] == '}';
}

int formats_oci_parse(char *bytes, size_t count, const char *name,
		      struct profiles_text *text, struct profiles_notes *notes,
		      struct error *err)
{
	struct reading in = { .bytes = bytes, .name = name, .text = text,
			      .notes = notes };
	const json_t *object;
	json_error_t error;
	json_t *root;
	int result;

	if (count > BYTES_MAX)
		return base_error(err, EFBIG, "%s has more than %d MB, which "
				  "no list of calls for runc or Docker has",
				  name, BYTES_MAX >> 20);
	root = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &error);
	object = json_object_get(json_object_get(root, "linux"), "seccomp");
	if (!root)
		return base_error(err, EINVAL, "%s:%d: broken JSON: %.120s",
				  name, error.line, error.text);
	result = read_object(&in, object ? object : root, err);
	json_decref(root);
	profiles_set_free(&in.decided);
	return result;
}
