/* SPDX-License-Identifier: MIT */
/*
 * The queue of callers that wait for a person: questions in order, answers for
 * good, the time limit, callers that go, a person who goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "enforce/run/ask.h"

/* A person, and the callers by their numbers. */
struct scene {
	struct enforce_asker asker;
	struct ask ask;
	bool gone[2000];
	enum enforce_answer settled[2000];
	enum enforce_answer says;	/* at the next answer() */
	bool leaves;			/* likewise: there is nobody */
	uint64_t shown;			/* 1 + the number of the call; 0: no
					 * question is put */
	size_t waiting, questions, again;
	enum enforce_answer done;
	bool expired;
};

static void show(void *data, const struct profiles_denial *denial,
		 bool by_program, size_t waiting)
{
	struct scene *scene = data;

	(void)by_program;
	if (scene->shown)
		scene->again++;
	else
		scene->questions++;
	scene->shown = denial->call.number + 1;
	scene->waiting = waiting;
}

static enum enforce_answer say(void *data)
{
	struct scene *scene = data;
	enum enforce_answer answer = scene->says;

	scene->says = ENFORCE_ANSWER_NONE;
	if (scene->leaves)
		scene->asker.fd = -1;
	return answer;
}

static void finish(void *data, enum enforce_answer answer, bool expired)
{
	struct scene *scene = data;

	assert_true(scene->shown);
	scene->shown = 0;
	scene->done = answer;
	scene->expired = expired;
}

static bool waits(void *data, const struct ask_caller *caller)
{
	return !((struct scene *)data)->gone[caller->id];
}

static void settle(void *data, const struct ask_caller *caller,
		   enum enforce_answer answer)
{
	((struct scene *)data)->settled[caller->id] = answer;
}

static struct scene *begin(int64_t timeout)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->asker = (struct enforce_asker){
		.timeout = timeout, .ask = show, .answer = say, .done = finish,
		.data = scene,
	};
	scene->ask = (struct ask){
		.asker = &scene->asker, .waits = waits, .settle = settle,
		.data = scene,
	};
	return scene;
}

static void end(struct scene *scene)
{
	ask_free(&scene->ask);
	free(scene);
}

static struct base_call call_of(uint32_t number)
{
	return (struct base_call){BASE_ARCH_X86_64, number};
}

static void come(struct scene *scene, uint64_t id, uint32_t number,
		 uint64_t detail)
{
	struct ask_caller *caller = calloc(1, sizeof(*caller));

	assert_non_null(caller);
	caller->id = id;
	caller->detail = detail;
	caller->answer.call = call_of(number);
	caller->denial.call = caller->answer.call;
	assert_true(ask_add(&scene->ask, caller));
}

static void answer(struct scene *scene, enum enforce_answer says)
{
	scene->says = says;
	ask_step(&scene->ask, true);
}

static void each_in_its_turn(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	assert_int_equal(ask_wait(&scene->ask), -1);
	come(scene, 1, 10, 0);
	assert_int_equal(ask_wait(&scene->ask), 0);
	ask_step(&scene->ask, false);
	come(scene, 2, 20, 0);
	come(scene, 3, 10, 0);
	assert_int_equal(scene->shown, 11);
	assert_int_equal(scene->waiting, 0);
	ask_step(&scene->ask, true);
	assert_int_equal(scene->waiting, 2);
	assert_int_equal(scene->again, 1);
	assert_in_range(ask_wait(&scene->ask), 1, 101);
	answer(scene, ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->settled[1], ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->done, ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->shown, 21);
	assert_int_equal(scene->settled[3], ENFORCE_ANSWER_NONE);
	answer(scene, ENFORCE_ANSWER_KILL);
	assert_int_equal(scene->settled[2], ENFORCE_ANSWER_KILL);
	answer(scene, ENFORCE_ANSWER_DENY);
	assert_int_equal(scene->settled[3], ENFORCE_ANSWER_DENY);
	assert_int_equal(scene->questions, 3);
	assert_int_equal(ask_wait(&scene->ask), -1);
	end(scene);
}

/* For good: also for those behind, by call and values; once is for one. */
static void for_good(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	for (uint64_t id = 0; id < 10; id++)
		come(scene, id, id % 2 ? 10 : 20, id == 8);
	answer(scene, ENFORCE_ANSWER_ALWAYS);
	for (uint64_t id = 0; id < 8; id += 2)
		assert_int_equal(scene->settled[id], ENFORCE_ANSWER_ALWAYS);
	assert_int_equal(scene->settled[8], ENFORCE_ANSWER_NONE);
	assert_int_equal(ask_remembered(&scene->ask, call_of(20), 0),
			 ENFORCE_ANSWER_ALWAYS);
	assert_int_equal(ask_remembered(&scene->ask, call_of(20), 1),
			 ENFORCE_ANSWER_NONE);
	answer(scene, ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->settled[1], ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->settled[3], ENFORCE_ANSWER_NONE);
	answer(scene, ENFORCE_ANSWER_DENY);
	for (uint64_t id = 3; id < 10; id += 2)
		assert_int_equal(scene->settled[id], ENFORCE_ANSWER_DENY);
	assert_int_equal(ask_remembered(&scene->ask, call_of(10), 0),
			 ENFORCE_ANSWER_DENY);
	answer(scene, ENFORCE_ANSWER_KILL);
	assert_int_equal(scene->settled[8], ENFORCE_ANSWER_KILL);
	assert_int_equal(scene->ask.known_count, 2);
	assert_int_equal(scene->questions, 4);
	end(scene);
}

static void who_is_gone_is_not_asked_about(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	for (uint64_t id = 0; id < 4; id++)
		come(scene, id, (uint32_t)id, 0);
	ask_step(&scene->ask, false);
	scene->gone[0] = scene->gone[1] = scene->gone[2] = true;
	ask_step(&scene->ask, false);
	assert_int_equal(scene->shown, 1); /* within a tenth of a second */
	ask_step(&scene->ask, true);
	assert_int_equal(scene->shown, 4);
	assert_int_equal(scene->questions, 2);
	assert_int_equal(scene->done, ENFORCE_ANSWER_NONE);
	assert_false(scene->expired);
	scene->gone[3] = true;
	answer(scene, ENFORCE_ANSWER_ALWAYS);
	for (uint64_t id = 0; id < 4; id++)
		assert_int_equal(scene->settled[id], ENFORCE_ANSWER_NONE);
	assert_int_equal(scene->shown, 0);
	assert_int_equal(scene->ask.known_count, 0);
	end(scene);
}

/* Denied, once; an answer gives the next ones time. */
static void the_time_is_up(void **state)
{
	struct scene *scene = begin(1000000);

	(void)state;
	for (uint64_t id = 0; id < 3; id++)
		come(scene, id, (uint32_t)id, 0);
	ask_step(&scene->ask, false);
	for (int i = 0; i < 3; i++)
		scene->ask.callers[i]->since -= 900000;
	answer(scene, ENFORCE_ANSWER_ONCE);
	assert_int_equal(scene->shown, 2);
	scene->ask.callers[0]->since -= 10000000;
	ask_step(&scene->ask, true);
	assert_int_equal(scene->shown, 2);
	scene->ask.answered -= 950000;
	assert_in_range(ask_wait(&scene->ask), 0, 51);
	scene->ask.answered -= 50000;
	ask_step(&scene->ask, false);
	assert_int_equal(scene->settled[1], ENFORCE_ANSWER_DENY);
	assert_true(scene->expired);
	assert_int_equal(scene->settled[2], ENFORCE_ANSWER_NONE);
	scene->ask.callers[0]->since -= 10000000;
	ask_step(&scene->ask, false);
	assert_int_equal(scene->settled[2], ENFORCE_ANSWER_DENY);
	assert_int_equal(scene->shown, 0);
	assert_int_equal(scene->ask.known_count, 0);
	end(scene);
}

static void the_person_goes(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	for (uint64_t id = 0; id < 3; id++)
		come(scene, id, (uint32_t)id, 0);
	ask_step(&scene->ask, false);
	scene->leaves = true;
	ask_step(&scene->ask, true);
	for (uint64_t id = 0; id < 3; id++)
		assert_int_equal(scene->settled[id], ENFORCE_ANSWER_DENY);
	assert_int_equal(scene->questions, 1);
	assert_int_equal(scene->shown, 0);
	assert_false(ask_has_room(&scene->ask));
	assert_int_equal(scene->ask.known_count, 0);
	end(scene);
}

static void taken_back_and_put_again(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	come(scene, 0, 0, 0);
	ask_step(&scene->ask, false);
	ask_hide(&scene->ask);
	assert_int_equal(scene->shown, 0);
	assert_int_equal(ask_wait(&scene->ask), 0);
	ask_step(&scene->ask, false);
	assert_int_equal(scene->questions, 2);
	ask_nobody(&scene->ask);
	assert_int_equal(scene->shown, 0);
	assert_int_equal(scene->settled[0], ENFORCE_ANSWER_DENY);
	assert_false(ask_has_room(&scene->ask));
	end(scene);
}

static void no_more_than_so_many(void **state)
{
	struct scene *scene = begin(0);

	(void)state;
	for (uint64_t id = 0; id < ASK_MOST; id++) {
		assert_true(ask_has_room(&scene->ask));
		come(scene, id, 7, 0);
	}
	assert_false(ask_has_room(&scene->ask));
	ask_step(&scene->ask, false);
	assert_int_equal(scene->waiting, ASK_MOST - 1);
	answer(scene, ENFORCE_ANSWER_ALWAYS);
	for (uint64_t id = 0; id < ASK_MOST; id++)
		assert_int_equal(scene->settled[id], ENFORCE_ANSWER_ALWAYS);
	assert_true(ask_has_room(&scene->ask));
	/* Those that wait at the end are answered by nobody. */
	come(scene, 1500, 8, 0);
	ask_step(&scene->ask, false);
	assert_int_equal(scene->shown, 9);
	end(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_in_its_turn),
		cmocka_unit_test(for_good),
		cmocka_unit_test(who_is_gone_is_not_asked_about),
		cmocka_unit_test(the_time_is_up),
		cmocka_unit_test(the_person_goes),
		cmocka_unit_test(taken_back_and_put_again),
		cmocka_unit_test(no_more_than_so_many),
	};

	return cmocka_run_group_tests_name("enforce_ask", tests, NULL, NULL);
}
