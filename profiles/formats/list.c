/* SPDX-License-Identifier: MIT */
/* What scripts read: the whitelist as it is, one call a line, sorted by
 * architecture and number, without what every process needs. */
#include <inttypes.h>
#include <string.h>

#include "profiles/formats/formats.h"

int formats_list_print(FILE *out, const struct profiles_rules *rules,
		       struct profiles_notes *notes, struct error *err)
{
	const struct profiles_set *set = &rules->text->set;
	int result = profiles_check_calls(rules->text, err);
	char number[12];

	(void)notes;
	if (result < 0)
		return result;
	for (size_t i = 0; i < set->count; i++)
		if (fprintf(out, "%s %s %" PRIu32 "\n",
			    base_arch_name(set->calls[i].arch),
			    base_call_text(set->calls[i], number,
					   sizeof(number)),
			    set->calls[i].number) < 0)
			return base_error(err, errno, "cannot write: %s",
					  strerror(errno));
	return 0;
}
