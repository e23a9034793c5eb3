/* SPDX-License-Identifier: MIT */
/* A child answers in the state that it was given, however it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/base.h"

struct state {
	pid_t parent, child;
	int question, answer;
};

static void answer(void *data)
{
	struct state *state = data;

	state->child = getpid();
	state->answer = state->question * 2;
}

static void die(void *data)
{
	answer(data);
	raise(SIGKILL);
}

static void comes_back(void **unused)
{
	void (*const works[])(void *data) = {answer, die};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		struct state state = {.parent = getpid(), .question = 21};

		assert_int_equal(base_in_child(works[i], &state, sizeof(state),
					       NULL), 0);
		assert_int_equal(state.answer, 42);
		assert_int_equal(state.parent, getpid());
		assert_int_not_equal(state.child, getpid());
	}
}

static void page_is_zeroed(void **unused)
{
	char *page = base_shared(10000, NULL);

	(void)unused;
	assert_non_null(page);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(page[i], 0);
	munmap(page, 10000);
}

static void no_memory(void **unused)
{
	struct state state = {.question = 21};
	struct error err = {0};

	(void)unused;
	assert_null(base_shared(SIZE_MAX / 2, &err));
	assert_int_equal(err.code, ENOMEM);
	assert_non_null(strstr(err.text, "shared page"));
	assert_int_equal(base_in_child(answer, &state, SIZE_MAX / 2, &err),
			 -ENOMEM);
	assert_int_equal(state.answer, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(page_is_zeroed),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("base_shared", tests, NULL, NULL);
}
