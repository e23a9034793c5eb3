/* SPDX-License-Identifier: MIT */
/* The memory of a profile as text. */
#include "profiles/text.h"

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
	profiles_policy_free(&text->policy);
	reading_free(text->reading);
	*text = (struct profiles_text){ 0 };
}
