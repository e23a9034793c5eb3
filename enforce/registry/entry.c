/* SPDX-License-Identifier: MIT */
/*
 * An entry of the registry as text: the version first, then a line "KEY VALUE"
 * for each field that is known, in any order. Unknown keys are a later jail's.
 *
 *	jail-run 1
 *	denied 00000000000000000002
 *	program 124
 *	profile transmission-gtk
 *	ended 1795346530000000
 *
 * `denied` is always the first, and as long as this: it is written over while
 * the program runs. `ended` is appended, and its last line counts. An entry may
 * have been written by an enemy: what is not exactly so is no entry at all.
 */
#include <limits.h>
#include <string.h>

#include "enforce/registry/registry.h"

#define VERSION "jail-run 1\n"

struct field {
	const char *key;
	size_t offset, size;
	uint64_t max;		/* of a number; 0: it is a text */
	bool needed;
	char first;		/* of a text: how it begins, or any */
};

#define AT(name) offsetof(struct enforce_running, name),                       \
		 sizeof(((struct enforce_running *)0)->name)
#define PID_LIMIT 4194304	/* of 64-bit kernels: proc_sys_kernel(5) */

static const struct field fields[] = {
	{"jail", AT(jail), PID_LIMIT, true, 0},
	{"program", AT(program), PID_LIMIT, true, 0},
	{"init", AT(init), PID_LIMIT, false, 0},
	{"start", AT(start), UINT64_MAX, true, 0},
	{"began", AT(began), INT64_MAX, true, 0},
	{"user_ns", AT(user_ns), UINT64_MAX, false, 0},
	{"pid_ns", AT(pid_ns), UINT64_MAX, false, 0},
	{"mnt_ns", AT(mnt_ns), UINT64_MAX, false, 0},
	{"net_ns", AT(net_ns), UINT64_MAX, false, 0},
	{"supervised", AT(supervised), 1, false, 0},
	{"denied", AT(denied), UINT64_MAX, false, 0},
	{"joinable", AT(joinable), 1, false, 0},
	{"boot_id", AT(boot_id), 0, true, 0},
	{"profile", AT(profile), 0, true, 0},
	{"name", AT(name), 0, false, 0},
	{"command", AT(command), 0, false, 0},
	{"cgroup", AT(cgroup), 0, false, '/'},
	{"address", AT(address), 0, false, 0},
	{"exe", AT(exe), 0, false, '/'},
	{"store", AT(store), 0, false, '/'},
	{"ended", AT(ended), INT64_MAX, false, 0},
};

static uint64_t get_number(const struct field *field, const void *at)
{
	uint64_t number = 0;
	uint32_t word;

	if (field->size == sizeof(number)) {
		memcpy(&number, at, sizeof(number));
	} else if (field->size == sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		number = word;
	} else {
		number = *(const bool *)at;
	}
	return number;
}

static void set_number(const struct field *field, void *at, uint64_t number)
{
	uint32_t word = (uint32_t)number;

	if (field->size == sizeof(number))
		memcpy(at, &number, sizeof(number));
	else if (field->size == sizeof(word))
		memcpy(at, &word, sizeof(word));
	else
		*(bool *)at = number;
}

/* Whether TEXT may be the value of FIELD: one line, and what it should be. */
static bool is_fit(const struct field *field, const char *text)
{
	if (!*text || strlen(text) >= field->size ||
	    (field->first && *text != field->first))
		return false;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return (strcmp(field->key, "profile") != 0 &&
		strcmp(field->key, "name") != 0) || !strchr(text, '/');
}

void registry_print_denied(char text[REGISTRY_DENIED_SIZE + 1],
			   uint64_t denied)
{
	snprintf(text, REGISTRY_DENIED_SIZE + 1, "denied %020llu",
		 (unsigned long long)denied);
}

char *registry_print(const struct enforce_running *entry)
{
	char *text = NULL, denied[REGISTRY_DENIED_SIZE + 1];
	size_t size;
	FILE *file = base_memstream(&text, &size);

	if (!file)
		return NULL;
	registry_print_denied(denied, entry->denied);
	fprintf(file, VERSION "%s\n", denied);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *field = &fields[i];
		const void *at = (const char *)entry + field->offset;

		if (field->offset == offsetof(struct enforce_running, denied))
			continue;
		if (field->max && get_number(field, at))
			fprintf(file, "%s %llu\n", field->key,
				(unsigned long long)get_number(field, at));
		else if (!field->max && is_fit(field, at))
			fprintf(file, "%s %s\n", field->key, (const char *)at);
	}
	if (fclose(file) < 0)
		base_free(&text);
	return text;
}

static const struct field *find(const char *key, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strncmp(fields[i].key, key, length) == 0 &&
		    fields[i].key[length] == '\0')
			return &fields[i];
	return NULL;
}

/* *SEEN has a bit for each field that was there. */
static int read_line(const char *line, struct enforce_running *entry,
		     uint32_t *seen)
{
	size_t length = strcspn(line, " ");
	const struct field *field = find(line, length);
	const char *value = line + length + 1;
	char *at = (char *)entry;
	uint64_t number;
	uint32_t bit;

	if (!line[length])
		return -EINVAL;
	if (!field)
		return 0;
	bit = 1u << (field - fields);
	if (*seen & bit && strcmp(field->key, "ended") != 0)
		return -EINVAL;
	*seen |= bit;
	at += field->offset;
	if (!field->max && !is_fit(field, value))
		return -EINVAL;
	if (!field->max)
		memcpy(at, value, strlen(value) + 1);
	else if (base_parse_number(value, field->max, &number) < 0)
		return -EINVAL;
	else
		set_number(field, at, number);
	return 0;
}

int registry_parse(char *text, struct enforce_running *entry)
{
	size_t length = strlen(text);
	uint32_t seen = 0;
	char *line = text + strlen(VERSION), *end;

	memset(entry, 0, sizeof(*entry));
	if (strncmp(text, VERSION, strlen(VERSION)) != 0 ||
	    text[length - 1] != '\n')
		return -EINVAL;
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (read_line(line, entry, &seen) < 0)
			return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].needed && !(seen & 1u << i))
			return -EINVAL;
	return entry->jail && entry->program && entry->start ? 0 : -EINVAL;
}
