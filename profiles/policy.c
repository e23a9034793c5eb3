/* SPDX-License-Identifier: MIT */
/* The memory of a policy. */
#include <string.h>

#include "profiles/text.h"

/* More than any profile comes to: ${PATH} makes a rule of each folder. */
#define RULES_MAX 1000000

int policy_no_memory(struct error *err)
{
	return base_error(err, ENOMEM, "out of memory");
}

/* A list grows when its length is a power of two: it knows no room. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? 2 * count : 1, size);
}

static bool has_word(const struct profiles_words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i], word) == 0)
			return true;
	return false;
}

int policy_add_word(struct profiles_words *words, const char *word, bool once)
{
	char **items, *copy;

	if (once && has_word(words, word))
		return 0;
	items = grow(words->items, words->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	words->items = items;
	copy = strdup(word);
	if (!copy)
		return -ENOMEM;
	items[words->count++] = copy;
	return 0;
}

int policy_set(char **field, const char *value, struct error *err)
{
	char *copy = strdup(value);

	if (!copy)
		return policy_no_memory(err);
	free(*field);
	*field = copy;
	return 0;
}

int policy_add_rule(struct profiles_policy *policy,
		    enum profiles_rule_kind kind, char *path, char *source,
		    const struct profiles_reading *reading)
{
	struct profiles_rule *rules = NULL;

	if (policy->rule_count < RULES_MAX)
		rules = grow(policy->rules, policy->rule_count, sizeof(*rules));
	if (!rules) {
		free(path);
		free(source);
		return -ENOMEM;
	}
	policy->rules = rules;
	rules[policy->rule_count++] = (struct profiles_rule){
		.kind = kind, .path = path, .source = source,
		.file = reading->file, .line = reading->line,
	};
	return 0;
}

void profiles_words_free(struct profiles_words *words)
{
	if (!words)
		return;
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
	*words = (struct profiles_words){ 0 };
}

void profiles_policy_free(struct profiles_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->rule_count; i++) {
		free(policy->rules[i].path);
		free(policy->rules[i].source);
	}
	free(policy->rules);
	free(policy->chroot);
	free(policy->overlay);
	free(policy->private_home);
	free(policy->private_cwd);
	free(policy->hostname);
	profiles_words_free(&policy->private_bin);
	profiles_words_free(&policy->private_etc);
	profiles_words_free(&policy->private_opt);
	profiles_words_free(&policy->private_srv);
	profiles_words_free(&policy->env);
	free(policy->refused);
	profiles_set_free(&policy->excepted);
	free(policy->learned);
	profiles_set_free(&policy->dangerous);
	free(policy->netns);
	free(policy->netfilter);
	free(policy->netfilter6);
	profiles_words_free(&policy->netfilter_arguments);
	profiles_words_free(&policy->netfilter6_arguments);
	free(policy->hosts_file);
	profiles_words_free(&policy->dns);
	profiles_words_free(&policy->forward);
	profiles_words_free(&policy->user_bus);
	profiles_words_free(&policy->system_bus);
	free(policy->name);
	profiles_words_free(&policy->notices);
	*policy = (struct profiles_policy){ 0 };
}
