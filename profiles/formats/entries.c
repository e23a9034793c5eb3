/* SPDX-License-Identifier: MIT */
/*
 * What is to be written, for one consumer: the calls of the list and those that
 * every process needs, those that the consumer makes itself, the errno of those
 * that are answered one of their own, and which values they may have. Whatever
 * the consumer cannot do is noted, one sentence a kind.
 *
 * A consumer of several architectures has one list of names for all; so a call
 * of i386 is an entry of its own only where x86_64 has none of that name.
 */
#include <string.h>

#include "profiles/formats/formats.h"

struct making {
	struct formats_entries *entries;
	const struct profiles_rules *rules;
	const struct formats_consumer *to;
	struct profiles_set set;	/* with what every process needs */
	struct formats_words lost, later, number, idle, i386, elsewhere, own,
		answers, values, long_values;
	bool no_clone3;			/* it is answered ENOSYS */
	bool failed;			/* there was no memory */
};

static bool can(const struct making *making, enum formats_can what)
{
	return making->to->can & what;
}

/* ---- the set ----------------------------------------------------------- */

static bool has_arch(const struct profiles_set *set, enum base_arch arch)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->calls[i].arch == (uint32_t)arch)
			return true;
	return false;
}

static void add_baseline(struct making *making, enum base_arch arch)
{
	struct base_call call;

	for (size_t i = 0; profiles_baseline(i, arch, &call, NULL); i++)
		if (profiles_set_add(&making->set, call) < 0)
			making->failed = true;
}

/* i386 beside x86_64 is all that jail itself lets run. */
static bool is_i386(enum base_arch arch)
{
	return arch == BASE_ARCH_I386 &&
	       base_arch_native() == BASE_ARCH_X86_64;
}

static bool runs_here(const struct making *making, enum base_arch arch)
{
	return arch == base_arch_native() ||
	       (is_i386(arch) && can(making, FORMATS_ARCHES));
}

static void complete(struct making *making)
{
	const struct profiles_set *set = &making->rules->text->set;

	for (size_t i = 0; i < set->count; i++) {
		if (!runs_here(making, set->calls[i].arch))
			formats_words_call(is_i386(set->calls[i].arch) ?
						   &making->i386 :
						   &making->elsewhere,
					   set->calls[i]);
		else if (profiles_set_add(&making->set, set->calls[i]) < 0)
			making->failed = true;
	}
	add_baseline(making, base_arch_native());
	making->entries->i386 = has_arch(&making->set, BASE_ARCH_I386);
	if (making->entries->i386)
		add_baseline(making, BASE_ARCH_I386);
}

/* ---- entries ----------------------------------------------------------- */

static struct formats_entry *append(struct making *making,
				    struct base_call call)
{
	struct formats_entries *entries = making->entries;
	struct formats_entry *items = reallocarray(
		entries->items, entries->count + 1, sizeof(*items));

	if (!items) {
		making->failed = true;
		return NULL;
	}
	entries->items = items;
	items[entries->count] = (struct formats_entry){ .call = call };
	return &items[entries->count++];
}

struct formats_entry *formats_entries_find(
	const struct formats_entries *entries, struct base_call call)
{
	for (size_t i = 0; i < entries->count; i++)
		if (base_call_compare(&entries->items[i].call, &call) == 0)
			return &entries->items[i];
	return NULL;
}

struct formats_entry *formats_entries_named(
	const struct formats_entries *entries, const char *name)
{
	struct base_call call;

	return base_call_named(base_arch_native(), name, &call) ?
		       formats_entries_find(entries, call) : NULL;
}

/* The call of x86_64 that has the same name, or CALL. */
static struct base_call shared(struct base_call call)
{
	struct base_call native;
	const char *name = base_call_name(call);

	return name && base_call_named(base_arch_native(), name, &native) ?
		       native : call;
}

/* NAME is what CALL is to be called, which the consumer may not know. False: it
 * cannot be written. */
static bool find_name(struct making *making, struct base_call call,
		      const char **name)
{
	bool needed = profiles_set_has(&making->rules->text->set, call);

	*name = making->to->names ? formats_name(making->to->names, call) :
				    base_call_name(call);
	if (*name || !making->to->names)
		return true;
	if (can(making, FORMATS_NUMBERS)) {
		formats_words_call(&making->number, call);
		return call.arch == (uint32_t)base_arch_native();
	}
	if (!needed && profiles_is_baseline(call)) {
		formats_words_call(&making->idle, call);
		return false;
	}
	if (can(making, FORMATS_LATER) && base_call_name(call)) {
		*name = base_call_name(call);
		formats_words_call(&making->later, call);
		return true;
	}
	formats_words_call(&making->lost, call);
	return false;
}

static struct formats_entry *add(struct making *making, struct base_call call)
{
	const char *name;
	struct formats_entry *entry;

	if (!find_name(making, call, &name))
		return NULL;
	entry = append(making, call);
	if (entry)
		entry->name = name;
	return entry;
}

static void add_set(struct making *making)
{
	for (size_t i = 0; i < making->set.count; i++) {
		struct base_call call = making->set.calls[i];

		if (call.arch == (uint32_t)base_arch_native())
			add(making, call);
	}
	for (size_t i = 0; i < making->set.count; i++) {
		struct base_call call = making->set.calls[i];

		if (call.arch != (uint32_t)base_arch_native() &&
		    !formats_entries_find(making->entries, shared(call)))
			add(making, shared(call));
	}
}

static void add_own(struct making *making)
{
	const struct formats_own *own = making->to->own;

	for (; own && own->name; own++) {
		struct formats_entry *entry;
		struct base_call call;

		if (!base_call_named(base_arch_native(), own->name, &call) ||
		    formats_entries_find(making->entries, call))
			continue;
		entry = add(making, call);
		if (!entry)
			continue;
		entry->who = own->who;
		formats_words_add(&making->own, own->name);
	}
}

/* ---- answers ----------------------------------------------------------- */

static void add_answer(struct making *making, struct base_call call, int code)
{
	struct formats_entry *entry;
	const char *name;

	if (!runs_here(making, call.arch) ||
	    formats_entries_find(making->entries, shared(call)))
		return;
	if (!can(making, FORMATS_ANSWERS)) {
		formats_words_call(&making->answers, call);
		return;
	}
	name = making->to->names ? formats_name(making->to->names, call) :
				   base_call_name(call);
	if (!name && making->to->names && !can(making, FORMATS_NUMBERS)) {
		formats_words_call(&making->answers, call);
		return;
	}
	entry = append(making, shared(call));
	if (entry) {
		entry->name = name;
		entry->answer = code;
	}
}

static void answer(struct making *making, struct base_call call, int code)
{
	if (code != making->rules->answer)
		add_answer(making, call, code);
}

/* Where clone passes, clone3 is answered ENOSYS, as by jail enforce: then the C
 * library falls back to clone. It is said even where all else is answered so,
 * for Docker before 23 passes over the errno of what is not listed. */
static void answer_clone3(struct making *making)
{
	const struct formats_entry *clone =
		formats_entries_named(making->entries, "clone");
	struct base_call clone3;

	if (can(making, FORMATS_ANSWERS) && clone && !clone->answer &&
	    base_call_named(base_arch_native(), "clone3", &clone3))
		add_answer(making, clone3, ENOSYS);
}

static void add_answers(struct making *making)
{
	const struct profiles_text *text = making->rules->text;

	for (size_t i = 0; i < text->stub_count; i++)
		answer(making, text->stubs[i].call,
		       text->stubs[i].answer > 0 ? text->stubs[i].answer :
						   ENOSYS);
	for (size_t i = 0; i < text->expected.count; i++)
		answer(making, text->expected.calls[i], EPERM);
	answer_clone3(making);
}

/* ---- values ------------------------------------------------------------ */

/* What the consumer itself passes to ENTRY. False: anything. */
static bool add_own_values(const struct formats_consumer *to,
			   struct formats_entry *entry)
{
	const struct formats_own *own = to->own;
	const char *name = base_call_name(entry->call);

	for (; own && own->name; own++) {
		if (strcmp(own->name, name) != 0)
			continue;
		for (unsigned i = 0; i < own->count; i++) {
			uint64_t value[3] = { own->values[i], 0, 0 };

			if (formats_values_add(&entry->values, value) < 0)
				return false;
		}
		return own->count > 0;
	}
	return true;
}

/* Of an i386 call that shares the entry's name nothing is compared: any value
 * may be. */
static bool shared_by_i386(const struct making *making,
			   const struct formats_entry *entry)
{
	const char *name = base_call_name(entry->call);
	struct base_call i386;

	return name && base_call_named(BASE_ARCH_I386, name, &i386) &&
	       profiles_set_has(&making->set, i386);
}

static void restrict_entry(struct making *making, struct formats_entry *entry)
{
	struct formats_values *values = &entry->values;
	int result;

	if (profiles_argument_rule(entry->call)->count == 0)
		return;
	result = formats_values_make(making->rules, can(making, FORMATS_MASKS),
				     entry->call, values);
	if (result == -ENOMEM)
		making->failed = true;
	if (result == -E2BIG)
		formats_words_call(&making->long_values, entry->call);
	if (result == 0 && values->count == 0 && !entry->who)
		return;
	if (result == 0 && can(making, FORMATS_VALUES) &&
	    !shared_by_i386(making, entry) &&
	    add_own_values(making->to, entry))
		return;
	if (result == 0 && !entry->who)
		formats_words_call(&making->values, entry->call);
	values->count = 0;
}

/* The flags of clone3 are in memory; it is said not to exist, and the C library
 * makes the same call as clone. */
static void replace_clone3(struct making *making)
{
	struct formats_entry *clone3 = formats_entries_named(making->entries,
							     "clone3");
	struct base_call clone;

	if (!clone3 || clone3->answer || !can(making, FORMATS_VALUES) ||
	    !base_call_named(base_arch_native(), "clone", &clone))
		return;
	if (can(making, FORMATS_ANSWERS))
		clone3->answer = ENOSYS;
	making->no_clone3 = true;
	if (!formats_entries_find(making->entries, clone))
		add(making, clone);
}

static void add_values(struct making *making)
{
	struct formats_entries *entries = making->entries;

	if (!making->rules->arguments)
		return;
	replace_clone3(making);
	for (size_t i = 0; i < entries->count; i++)
		if (!entries->items[i].answer)
			restrict_entry(making, &entries->items[i]);
}

/* ---- notes ------------------------------------------------------------- */

static int note(const struct making *making, enum profiles_note_kind kind,
		const struct formats_words *words, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static int note(const struct making *making, enum profiles_note_kind kind,
		const struct formats_words *words, const char *format, ...)
{
	char sentence[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return formats_words_note(making->entries->notes, kind, words,
				  sentence);
}

static int notes_of_names(const struct making *making)
{
	const char *names = making->to->names ? making->to->names->what : "";
	const char *who = making->to->who;
	int result = note(making, PROFILES_LOST, &making->lost,
			  "not among the names of %s", names);

	if (result == 0)
		result = note(making, PROFILES_LOST, &making->later,
			      "not among the names of %s, which passes them "
			      "over; later versions may know them", names);
	if (result == 0 && can(making, FORMATS_OPEN))
		result = note(making, PROFILES_WIDENED, &making->i386,
			      "code of i386 is not confined there");
	else if (result == 0)
		result = note(making, PROFILES_LOST, &making->i386,
			      "code of i386 does not run there");
	if (result == 0)
		result = note(making, PROFILES_REMARK, &making->elsewhere,
			      "left out, for jail does not let them pass here "
			      "either");
	if (result == 0)
		result = note(making, PROFILES_REMARK, &making->idle,
			      "left out, for no program calls them by "
			      "itself, and they are not among the names of "
			      "%s", names);
	if (result == 0)
		result = note(making, PROFILES_REMARK, &making->number,
			      "written by number for %s", who);
	return result;
}

static int notes_of_rules(const struct making *making)
{
	int result = note(making, PROFILES_WIDENED, &making->own,
			  "added, for they are made by %s before the program "
			  "runs", making->to->who);

	if (result == 0)
		result = note(making, PROFILES_WIDENED, &making->values,
			      "allowed with any arguments");
	if (result == 0)
		result = note(making, PROFILES_WIDENED, &making->long_values,
			      "too many values were seen to compare them");
	if (result == 0)
		result = note(making, PROFILES_REMARK, &making->answers,
			      "answered as what is not listed, for there is "
			      "no way to give them an errno of their own");
	if (result == 0 && making->no_clone3)
		result = profiles_note(making->entries->notes,
				       PROFILES_REMARK, "clone3: answered "
				       "ENOSYS, for its flags are in memory; "
				       "clone is allowed in its place");
	if (result == 0 && making->entries->i386)
		result = profiles_note(making->entries->notes,
				       PROFILES_WIDENED, "what is listed is "
				       "allowed on i386, too, where the names "
				       "are the same");
	return result;
}

/* ---- all of it --------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct formats_entry *x = a, *y = b;

	if (x->answer != y->answer)
		return x->answer < y->answer ? -1 : 1;
	if (!x->name != !y->name)
		return x->name ? -1 : 1;
	if (x->name && strcmp(x->name, y->name) != 0)
		return strcmp(x->name, y->name);
	return base_call_compare(&x->call, &y->call);
}

static int make(struct making *making, struct error *err)
{
	struct formats_entries *entries = making->entries;

	complete(making);
	add_set(making);
	add_own(making);
	add_answers(making);
	add_values(making);
	if (making->failed || notes_of_names(making) < 0 ||
	    notes_of_rules(making) < 0)
		return base_error(err, ENOMEM, "out of memory");
	qsort(entries->items, entries->count, sizeof(*entries->items), compare);
	return 0;
}

int formats_entries_make(const struct profiles_rules *rules,
			 const struct formats_consumer *to,
			 struct profiles_notes *notes,
			 struct formats_entries *entries, struct error *err)
{
	struct making making = {
		.entries = entries, .rules = rules, .to = to,
	};
	int result = profiles_check_calls(rules->text, err);

	if (result < 0)
		return result;
	entries->rules = rules;
	entries->to = to;
	entries->notes = notes;
	result = make(&making, err);
	profiles_set_free(&making.set);
	return result;
}

void formats_entries_free(struct formats_entries *entries)
{
	for (size_t i = 0; entries && i < entries->count; i++)
		free(entries->items[i].values.items);
	if (entries)
		free(entries->items);
}
