/* SPDX-License-Identifier: MIT */
/* The memory of a profile as text. */
#include <inttypes.h>
#include <string.h>

#include "profiles/text.h"

char *text_call_word(char *out, size_t size, struct base_call call)
{
	const char *name = base_call_name(call);
	bool own = call.arch == (uint32_t)base_arch_native();
	int length = snprintf(out, size, "%s%s",
			      own ? "" : base_arch_name(call.arch),
			      own ? "" : ":");

	if (name)
		snprintf(out + length, size - (size_t)length, "%s", name);
	else
		snprintf(out + length, size - (size_t)length, "$%" PRIu32,
			 call.number);
	return out;
}

/* Where HOST is, or belongs. */
static size_t find_host(const struct profiles_text *text, const char *host)
{
	size_t low = 0, high = text->seen_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(text->seen[middle].host, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int profiles_text_seen(struct profiles_text *text, const char *host,
		       struct base_call call)
{
	size_t at = find_host(text, host);
	struct profiles_seen *seen;
	char *copy;

	if (at < text->seen_count && strcmp(text->seen[at].host, host) == 0)
		return profiles_set_add(&text->seen[at].set, call);
	seen = reallocarray(text->seen, text->seen_count + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	text->seen = seen;
	copy = strdup(host);
	if (!copy)
		return -ENOMEM;
	memmove(seen + at + 1, seen + at,
		(text->seen_count++ - at) * sizeof(*seen));
	seen[at] = (struct profiles_seen){ .host = copy };
	return profiles_set_add(&seen[at].set, call);
}

static void free_origin(struct profiles_origin *origin)
{
	for (size_t i = 0; i < origin->session_count; i++)
		free(origin->sessions[i]);
	free(origin->sessions);
	free(origin->host);
	free(origin->kernel);
	free(origin->libc);
}

void profiles_text_free(struct profiles_text *text)
{
	if (!text)
		return;
	for (size_t i = 0; i < text->origin_count; i++)
		free_origin(&text->origins[i]);
	free(text->origins);
	free(text->program);
	profiles_set_free(&text->set);
	free(text->stubs);
	profiles_set_free(&text->expected);
	for (size_t i = 0; i < text->seen_count; i++) {
		free(text->seen[i].host);
		profiles_set_free(&text->seen[i].set);
	}
	free(text->seen);
	profiles_words_free(&text->left_out);
	profiles_policy_free(&text->policy);
	reading_free(text->reading);
	*text = (struct profiles_text){ 0 };
}
