/* SPDX-License-Identifier: MIT */
/*
 * monitor-lines: what happened, for people and for programs.
 *
 *	14:03:07.123456  web:1234   1240  exec    /bin/sh -c 'exit 3'
 *
 * What a process executes is asked of /proc at once; of one that has ended by
 * then the name is left for a while, or nothing.
 */
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/monitor.h"

static const char *const words[] = {
	[ENFORCE_NEWS_RUNS] = "runs", [ENFORCE_NEWS_START] = "start",
	[ENFORCE_NEWS_FORK] = "fork", [ENFORCE_NEWS_EXEC] = "exec",
	[ENFORCE_NEWS_IDS] = "ids", [ENFORCE_NEWS_EXIT] = "exit",
	[ENFORCE_NEWS_END] = "end", [ENFORCE_NEWS_LOST] = "lost",
};

/* ---- what is executed --------------------------------------------------- */

struct executed {
	char *exe;
	char comm[32];
	char words[4096];	/* each ended by a zero */
	size_t size;
};

static void ask(struct executed *executed, const struct enforce_news *news)
{
	char path[64];

	*executed = (struct executed){0};
	base_process_exe(news->pid, &executed->exe, NULL);
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)news->pid);
	(void)base_read_file(path, executed->comm, sizeof(executed->comm));
	executed->size = base_process_words(news->pid, executed->words,
					    sizeof(executed->words));
	/* The program itself is known from its entry. */
	if (!executed->exe && news->pid == news->sandbox->program &&
	    *news->sandbox->exe)
		executed->exe = strdup(news->sandbox->exe);
}

/* The path, by what name it was called if that is another, and the rest. */
static void put_executed(FILE *out, const struct executed *executed)
{
	const char *slash, *name, *at = executed->words;
	const char *end = executed->words + executed->size;

	if (!executed->exe) {
		if (*executed->comm)
			fprintf(out, "[%s], which has ended", executed->comm);
		else
			fputs("what has ended by now", out);
		return;
	}
	cli_put_word(out, executed->exe);
	slash = strrchr(executed->exe, '/');
	name = strrchr(at, '/');
	if (at < end && strcmp(name ? name + 1 : at,
			       slash ? slash + 1 : executed->exe) != 0) {
		fputs(" as ", out);
		cli_put_word(out, at);
	}
	for (at += strlen(at) + 1; at < end; at += strlen(at) + 1) {
		fputc(' ', out);
		cli_put_word(out, at);
	}
}

/* ---- for people ---------------------------------------------------------- */

static const char *signal_name(int signal, char text[32])
{
	const char *name = sigabbrev_np(signal);

	if (name)
		snprintf(text, 32, "SIG%s", name);
	else
		snprintf(text, 32, "signal %d", signal);
	return text;
}

static void put_call(FILE *out, struct base_call call)
{
	char label[128];

	fputs(cli_call_label(label, sizeof(label), call), out);
}

static void put_exit(FILE *out, const struct enforce_news *news,
		     const struct base_call *killed)
{
	char name[32];

	if (killed) {
		fputs("killed by jail at ", out);
		put_call(out, *killed);
	} else if (news->status < 0) {
		fputs("how is not known", out);
	} else if (WIFSIGNALED(news->status)) {
		fprintf(out, "killed by %s%s",
			signal_name(WTERMSIG(news->status), name),
			WCOREDUMP(news->status) ? ", core dumped" : "");
	} else {
		fprintf(out, "%d", WEXITSTATUS(news->status));
	}
}

static bool put_change(FILE *out, bool more, const char *what, unsigned old,
		       unsigned now)
{
	if (old == now)
		return more;
	fprintf(out, "%s%s %u -> %u", more ? ", " : "", what, old, now);
	return true;
}

static void put_ids(FILE *out, const struct enforce_news *news)
{
	bool more = put_change(out, false, "uid", news->old_uid, news->uid);

	if (news->real_uid != news->uid || news->old_real_uid != news->old_uid)
		more = put_change(out, more, "real uid", news->old_real_uid,
				  news->real_uid);
	more = put_change(out, more, "gid", news->old_gid, news->gid);
	if (news->real_gid != news->gid || news->old_real_gid != news->old_gid)
		put_change(out, more, "real gid", news->old_real_gid,
			   news->real_gid);
}

static void put_end(FILE *out, const struct enforce_running *entry)
{
	double seconds = (double)(entry->ended - entry->began) / 1000000;

	fprintf(out, "after %.3g s", seconds > 0 ? seconds : 0);
	if (entry->denied)
		fprintf(out, ", %llu call%s refused",
			(unsigned long long)entry->denied,
			cli_plural(entry->denied, "s"));
}

static void put_what(FILE *out, const struct enforce_news *news,
		     const struct base_call *killed)
{
	struct executed executed;

	switch (news->kind) {
	case ENFORCE_NEWS_RUNS:
	case ENFORCE_NEWS_START:
		fputs(news->sandbox->command, out);
		break;
	case ENFORCE_NEWS_FORK:
		fprintf(out, "by %d", (int)news->parent);
		break;
	case ENFORCE_NEWS_EXEC:
		ask(&executed, news);
		put_executed(out, &executed);
		free(executed.exe);
		break;
	case ENFORCE_NEWS_IDS:
		put_ids(out, news);
		break;
	case ENFORCE_NEWS_EXIT:
		put_exit(out, news, killed);
		break;
	case ENFORCE_NEWS_END:
		put_end(out, news->sandbox);
		break;
	case ENFORCE_NEWS_LOST:
		fprintf(out, "%llu event%s at least",
			(unsigned long long)news->lost,
			cli_plural(news->lost, "s"));
	}
}

static void put_head(FILE *out, int64_t time, const char *name, pid_t id,
		     pid_t pid, const char *word)
{
	time_t seconds = (time_t)(time / 1000000);
	struct tm tm = {0};
	char when[32], who[300], number[16] = "-";

	if (!localtime_r(&seconds, &tm) ||
	    !strftime(when, sizeof(when), "%H:%M:%S", &tm))
		snprintf(when, sizeof(when), "-");
	if (id)
		snprintf(who, sizeof(who), "%s:%d", name, (int)id);
	else
		snprintf(who, sizeof(who), "%s", name);
	if (pid)
		snprintf(number, sizeof(number), "%d", (int)pid);
	fprintf(out, "%s.%06d  %-20s  %7s  %-6s  ", when,
		(int)(time % 1000000), who, number, word);
}

/* What is in a line was chosen by programs and users. */
static char *finish(FILE *out, char **text)
{
	cleanup_free char *from = NULL;
	char *line = NULL;
	bool whole = out && fclose(out) == 0;
	size_t length;

	from = take_ptr(*text);
	length = whole ? strlen(from) : 0;
	line = whole ? malloc(length + 2) : NULL;
	if (!line)
		return NULL;
	base_printable(line, length + 1, from);
	strcat(line, "\n");
	return line;
}

char *monitor_line(const struct enforce_news *news,
		   const struct base_call *killed, bool looks)
{
	const struct enforce_running *entry = news->sandbox;
	char *text = NULL;
	size_t size;
	FILE *out = base_memstream(&text, &size);

	if (!out)
		return NULL;
	put_head(out, news->time, entry ? entry->name : "-",
		 entry ? entry->program : 0, entry ? news->pid : 0,
		 words[news->kind]);
	put_what(out, news, killed);
	if (news->unsure)
		fputs(" (perhaps: it had ended before it was looked at)", out);
	else if (news->late && !looks)
		fputs(" (seen late)", out);
	return finish(out, &text);
}

static const char *action_text(const struct profiles_denial *denial,
			       char buffer[BASE_ERRNO_TEXT])
{
	return denial->action == PROFILES_ERRNO && denial->action_errno ?
		base_errno_text(denial->action_errno, buffer) :
		profiles_action_name(denial->action);
}

char *monitor_denial_line(const struct enforce_running *entry,
			  const char *program,
			  const struct profiles_denial *denial, uint64_t more)
{
	bool repeats = more > 0;
	char *text = NULL, code[BASE_ERRNO_TEXT];
	size_t size;
	FILE *out = base_memstream(&text, &size);

	if (!out)
		return NULL;
	put_head(out, more ? denial->last_time : denial->time,
		 entry ? entry->name : program, entry ? entry->program : 0,
		 more ? 0 : denial->pid, "denied");
	put_call(out, denial->call);
	fprintf(out, ": %s", action_text(denial, code));
	more = more ? more : denial->count;
	if (repeats && more == 1)
		fputs(", once more", out);
	else if (more > 1)
		fprintf(out, ", %llu times%s", (unsigned long long)more,
			repeats ? " more" : "");
	return finish(out, &text);
}

/* ---- for programs -------------------------------------------------------- */

static json_t *object_of(const struct enforce_running *entry,
			 const char *word, int64_t time)
{
	json_t *object = json_object();

	json_object_set_new(object, "time", cli_json_time(time));
	json_object_set_new(object, "event", json_string(word));
	if (!entry)
		return object;
	json_object_set_new(object, "id", json_integer(entry->program));
	json_object_set_new(object, "name", cli_json_text(entry->name));
	json_object_set_new(object, "profile", cli_json_text(entry->profile));
	return object;
}

static char *print(json_t *object)
{
	cleanup_free char *text = cli_json_line(object);

	return text ? base_printf("%s\n", text) : NULL;
}

static void add_executed(json_t *object, const struct enforce_news *news)
{
	json_t *array = json_array();
	struct executed executed;

	ask(&executed, news);
	for (const char *at = executed.words;
	     at < executed.words + executed.size; at += strlen(at) + 1)
		json_array_append_new(array, cli_json_text(at));
	json_object_set_new(object, "exe", cli_json_text(executed.exe));
	json_object_set_new(object, "comm", cli_json_text(
		*executed.comm ? executed.comm : NULL));
	json_object_set_new(object, "argv", executed.size ? array :
							    json_null());
	if (!executed.size)
		json_decref(array);
	free(executed.exe);
}

static void add_ids(json_t *object, const struct enforce_news *news)
{
	const struct {
		const char *key;
		unsigned value;
	} rows[] = {
		{"old_uid", news->old_uid}, {"uid", news->uid},
		{"old_real_uid", news->old_real_uid},
		{"real_uid", news->real_uid},
		{"old_gid", news->old_gid}, {"gid", news->gid},
		{"old_real_gid", news->old_real_gid},
		{"real_gid", news->real_gid},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		json_object_set_new(object, rows[i].key,
				    json_integer(rows[i].value));
}

static void add_exit(json_t *object, const struct enforce_news *news,
		     const struct base_call *killed)
{
	bool known = news->status >= 0;
	bool by_signal = known && WIFSIGNALED(news->status);
	char name[32];

	json_object_set_new(object, "status", known && !by_signal ?
			    json_integer(WEXITSTATUS(news->status)) :
			    json_null());
	json_object_set_new(object, "signal", by_signal ? json_string(
		signal_name(WTERMSIG(news->status), name)) : json_null());
	json_object_set_new(object, "killed_at", killed ?
			    cli_json_call(*killed) : json_null());
}

static void add_what(json_t *object, const struct enforce_news *news,
		     const struct base_call *killed)
{
	switch (news->kind) {
	case ENFORCE_NEWS_END:
		json_object_set_new(object, "denied",
				    cli_json_value(news->sandbox->denied));
		break;
	case ENFORCE_NEWS_EXEC:
		add_executed(object, news);
		break;
	case ENFORCE_NEWS_IDS:
		add_ids(object, news);
		break;
	case ENFORCE_NEWS_EXIT:
		add_exit(object, news, killed);
		break;
	case ENFORCE_NEWS_LOST:
		json_object_set_new(object, "lost", cli_json_value(news->lost));
		break;
	case ENFORCE_NEWS_RUNS:
	case ENFORCE_NEWS_START:
		json_object_set_new(object, "command",
				    cli_json_text(news->sandbox->command));
		json_object_set_new(object, "uid",
				    json_integer(news->sandbox->uid));
		break;
	case ENFORCE_NEWS_FORK:
		json_object_set_new(object, "parent",
				    json_integer(news->parent));
	}
}

char *monitor_object(const struct enforce_news *news,
		     const struct base_call *killed)
{
	json_t *object = object_of(news->sandbox, words[news->kind],
				   news->time);

	if (news->sandbox)
		json_object_set_new(object, "pid", json_integer(news->pid));
	add_what(object, news, killed);
	json_object_set_new(object, "late", json_boolean(news->late));
	if (news->unsure)
		json_object_set_new(object, "unsure", json_true());
	return print(object);
}

/* Its own row's number is another id. */
char *monitor_denial_object(const struct enforce_running *entry,
			    const char *program,
			    const struct profiles_denial *denial, int64_t id,
			    uint64_t more)
{
	json_t *object = object_of(entry, "denied", more ? denial->last_time :
							   denial->time);

	json_object_set_new(object, "pid", more ? json_null() :
			    json_integer(denial->pid));
	json_object_set_new(object, "count", cli_json_value(
		more ? more : denial->count));
	json_object_set_new(object, "denial",
			    cli_json_denial(id, program, denial));
	return print(object);
}
