/* SPDX-License-Identifier: MIT */
#include "profiles/profiles.h"

int profiles_siblings(const struct profiles_set *listed,
		      const struct profiles_set *refused,
		      struct profiles_sibling **siblings, size_t *count)
{
	(void)listed;
	(void)refused;
	*siblings = NULL;
	*count = 0;
	return 0;
}

int profiles_sibling_values(const struct profiles_argument *rows, size_t count,
			    struct profiles_argument **more,
			    size_t *more_count)
{
	(void)rows;
	(void)count;
	*more = NULL;
	*more_count = 0;
	return 0;
}
