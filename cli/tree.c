/* SPDX-License-Identifier: MIT */
/*
 * jail tree: the processes of each sandbox, children below their parents. Names
 * and command lines are the processes' own; they are cut off and printable.
 */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "cli/running.h"
#include "cli/store.h"

#define DEEPEST 64		/* level that is drawn; below, as if on it */
#define WORDS 1024		/* bytes of a command line */

struct node {
	struct enforce_member member;
	pid_t above;		/* its parent, 0: that is none of the sandbox */
};

struct forest {
	struct running running;
	struct node *nodes;	/* by sandbox, parent, PID */
	size_t count, room;
	pid_t only;		/* the program of the one that is
				 * wanted, or 0 */
	bool utf8;
	int width;		/* of the terminal, or -1 */
};

static int add(void *data, const struct enforce_member *member)
{
	struct forest *forest = data;
	size_t room = forest->room ? forest->room * 2 : 64;

	if (forest->count == forest->room) {
		struct node *nodes = reallocarray(forest->nodes, room,
						  sizeof(*nodes));

		if (!nodes)
			return -ENOMEM;
		forest->nodes = nodes;
		forest->room = room;
	}
	forest->nodes[forest->count++] = (struct node){*member, 0};
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->member.pid < y->member.pid ? -1 :
	       x->member.pid > y->member.pid;
}

static int by_parent(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->member.sandbox != y->member.sandbox)
		return x->member.sandbox < y->member.sandbox ? -1 : 1;
	if (x->above != y->above)
		return x->above < y->above ? -1 : 1;
	return by_pid(a, b);
}

/* So that the children of each process stand together. */
static void sort(struct forest *forest)
{
	struct node *nodes = forest->nodes;
	size_t count = forest->count;

	if (!count)
		return;
	qsort(nodes, count, sizeof(*nodes), by_pid);
	for (size_t i = 0; i < count; i++) {
		struct node key = {.member.pid = nodes[i].member.parent};
		const struct node *parent = bsearch(&key, nodes, count,
						    sizeof(key), by_pid);

		if (parent && parent->member.sandbox ==
			      nodes[i].member.sandbox)
			nodes[i].above = key.member.pid;
	}
	qsort(nodes, count, sizeof(*nodes), by_parent);
}

/* The first child of ABOVE, or where it would be. */
static size_t find_children(const struct forest *forest, size_t sandbox,
			    pid_t above)
{
	const struct node key = {.member.sandbox = sandbox, .above = above};
	size_t low = 0, high = forest->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (by_parent(&forest->nodes[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Its number in the sandbox; 0: it has none of its own there. */
static pid_t number_inside(pid_t pid)
{
	pid_t numbers[BASE_PID_DEPTH];

	return base_process_numbers(pid, numbers) > 1 ? numbers[1] : 0;
}

/* The command line, in OUT, printable; its name where there is none. */
static char *words_of(const struct enforce_running *entry,
		      const struct enforce_member *member, char out[WORDS])
{
	char text[WORDS];
	size_t size;

	if (member->pid == entry->init && !number_inside(entry->program))
		return strcpy(out, "(guard)");
	if (member->pid == entry->init)
		return strcpy(out, "(init)");
	size = base_process_words(member->pid, text, sizeof(text));
	for (size_t i = 0; i + 1 < size; i++)
		text[i] = text[i] ? text[i] : ' ';
	if (size)
		return base_printable(out, WORDS, text);
	base_printable(text, sizeof(text), member->comm);
	snprintf(out, WORDS, member->state == 'Z' ? "(%.20s, ended)" :
		 "(%.20s)", text);
	return out;
}

/* ---- as a tree ------------------------------------------------------ */

/* Whether each level above has more to come. */
struct branch {
	bool more[DEEPEST];
	size_t depth;
};

static void put_branch(const struct forest *forest, const struct branch *branch,
		       char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < branch->depth && used + 16 < size; i++) {
		bool last = i + 1 == branch->depth, more = branch->more[i];
		const char *drawn = last ? more ? "├─ " : "└─ " :
					   more ? "│  " : "   ";

		if (!forest->utf8)
			drawn = last ? more ? "|- " : "`- " :
				       more ? "|  " : "   ";
		used += (size_t)snprintf(out + used, size - used, "%s", drawn);
	}
}

static void print_process(const struct forest *forest,
			  const struct enforce_member *member,
			  const struct branch *branch)
{
	const struct enforce_running *entry =
		&forest->running.entries[member->sandbox];
	char lines[DEEPEST * 8], words[WORDS], size[16], number[32] = "";
	char text[WORDS + 128], cut[WORDS + 128];
	pid_t inside = number_inside(member->pid);
	int left;

	put_branch(forest, branch, lines, sizeof(lines));
	left = forest->width < 0 ? -1 :
	       forest->width - running_columns(lines);
	if (inside)
		snprintf(number, sizeof(number), " [%d]", (int)inside);
	snprintf(text, sizeof(text), "%d%s  %s  %s", (int)member->pid, number,
		 running_size(size, sizeof(size), member->memory),
		 words_of(entry, member, words));
	printf("%s%s\n", lines, running_cut(cut, sizeof(cut), text,
					    left > 8 ? left : -1));
}

/* The children of ABOVE; 0: those whose parent is not in the sandbox. */
static void print_below(const struct forest *forest, size_t sandbox,
			pid_t above, struct branch *branch)
{
	const struct node *node = forest->nodes +
				  find_children(forest, sandbox, above);
	const struct node *end = forest->nodes + forest->count;
	bool deeper = branch->depth < DEEPEST;

	branch->depth += deeper;
	for (bool more = true; more && node < end; node++) {
		if (node->member.sandbox != sandbox || node->above != above)
			break;
		more = node + 1 < end && node[1].above == above &&
		       node[1].member.sandbox == sandbox;
		branch->more[branch->depth - 1] = more;
		print_process(forest, &node->member, branch);
		print_below(forest, sandbox, node->member.pid, branch);
	}
	branch->depth -= deeper;
}

static void print_sandbox(const struct forest *forest, size_t number)
{
	const struct enforce_running *entry = &forest->running.entries[number];
	struct branch branch = {0};
	char name[600], user[64], time[32], text[800], cut[800];

	running_name(name, sizeof(name), entry);
	if (forest->width > 0)
		running_cut(name, sizeof(name), strcpy(text, name),
			    2 * RUNNING_WIDEST);
	snprintf(text, sizeof(text), "%d  %s, user %s, for %s",
		 (int)entry->program, name,
		 running_user(user, sizeof(user), entry->uid),
		 running_time(time, sizeof(time), running_uptime(entry)));
	puts(running_cut(cut, sizeof(cut), text, forest->width));
	print_below(forest, number, 0, &branch);
}

/* ---- as JSON -------------------------------------------------------- */

static int print_json(const struct forest *forest,
		      const struct enforce_member *member, struct error *err)
{
	const struct enforce_running *entry =
		&forest->running.entries[member->sandbox];
	pid_t inside = number_inside(member->pid);
	char user[64], words[WORDS], state[2] = {member->state, '\0'};
	double cpu = (double)member->cpu / (double)sysconf(_SC_CLK_TCK);
	json_t *object = json_pack(
		"{s:i, s:o, s:i, s:o, s:i, s:o, s:I, s:o, s:o, s:o, s:f, s:o}",
		"id", (int)entry->program,
		"profile", cli_json_text(entry->profile),
		"pid", (int)member->pid,
		"inside", inside ? json_integer(inside) : json_null(),
		"parent", (int)member->parent,
		"user", cli_json_text(running_user(user, sizeof(user),
						   member->uid)),
		"uid", (json_int_t)member->uid,
		"state", cli_json_text(state),
		"comm", cli_json_text(member->comm),
		"command", cli_json_text(words_of(entry, member, words)),
		"cpu_s", cpu,
		"memory_bytes", cli_json_value(member->memory));

	return cli_json_print(object, err);
}

/* ---- all of them ---------------------------------------------------- */

static bool is_wanted(const struct forest *forest, size_t number)
{
	return !forest->only ||
	       forest->running.entries[number].program == forest->only;
}

static int print_all(const struct forest *forest, bool json, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !json && i < forest->running.count; i++)
		if (is_wanted(forest, i))
			print_sandbox(forest, i);
	for (size_t i = 0; json && ret == 0 && i < forest->count; i++) {
		const struct enforce_member *row = &forest->nodes[i].member;

		if (is_wanted(forest, row->sandbox))
			ret = print_json(forest, row, err);
	}
	return ret;
}

static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale),
				     "UTF-8") == 0;

	if (locale)
		freelocale(locale);
	return utf8;
}

static int look(struct forest *forest, const char *word, struct error *err)
{
	struct enforce_running wanted;
	int ret = word ? enforce_registry_find(word, &wanted, err) : 0;

	if (ret == 0)
		ret = running_look(&forest->running, false, add, forest, err);
	if (ret < 0)
		return ret;
	forest->only = word ? wanted.program : 0;
	forest->utf8 = is_utf8();
	forest->width = running_terminal(NULL);
	sort(forest);
	return 0;
}

static int run(void *data, char **operands)
{
	const struct cli_common *common = data;
	struct forest forest = {0};
	struct error err = {0};
	int ret = look(&forest, operands[0], &err);

	if (ret == 0 && !forest.running.count && !common->json &&
	    forest.width > 0)
		fputs("no sandbox is running\n", stderr);
	if (ret == 0)
		ret = print_all(&forest, common->json, &err);
	running_warn(&forest.running);
	running_free(&forest.running);
	free(forest.nodes);
	return ret < 0 ? cli_fail(1, &err) : 0;
}

static const struct cli_option *const option_tables[] = {
	cli_json_option, NULL
};

const struct cli_command cli_tree = {
	.name = "tree",
	.operands = "[ID|NAME]",
	.summary = "the processes of the sandboxes",
	.description =
		"Prints the processes of the sandbox with this id or name, or "
		"of all, children below their parents: the number of each, in "
		"brackets that which it has inside, its memory and its command "
		"line. With --json, one object for each process, a line each.",
	.options = option_tables,
	.size = sizeof(struct cli_common),
	.run = run,
};
