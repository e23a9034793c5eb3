/* SPDX-License-Identifier: MIT */
/*
 * main: a table of commands and the way to each. A command is one file of this
 * folder; its row is the struct at the end of that file.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/login.h"
#include "cli/store.h"

const struct cli_command *const cli_commands[] = {
	&cli_learn,
	&cli_enforce,
	&cli_watch,
	&cli_review,
	&cli_list,
	&cli_stale,
	&cli_show,
	&cli_report,
	&cli_diff,
	&cli_add,
	&cli_drop,
	&cli_forget,
	&cli_minimize,
	&cli_export,
	&cli_import,
	&cli_ps,
	&cli_tree,
	&cli_top,
	&cli_monitor,
	&cli_join,
	&cli_stop,
	&cli_signal,
	&cli_syscalls,
	&cli_doctor,
	&cli_help,
	&cli_rows,
	NULL,
};

const struct cli_command *cli_command_find(const char *name)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (strcmp(cli_commands[i]->name, name) == 0)
			return cli_commands[i];
	return NULL;
}

/* A descriptor that is opened later must not become stdin, stdout or stderr:
 * what is printed would end up in the store. The wrong way round, so that using
 * one that was closed fails with EBADF as before. */
static void fill_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_CLOEXEC |
				    (fd == 0 ? O_WRONLY : O_RDONLY));
}

static int unknown(const char *name)
{
	struct base_nearest nearest = {.word = name};

	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (cli_commands[i]->summary != NULL)
			base_nearest(&nearest, cli_commands[i]->name);
	if (nearest.name[0] == '\0')
		return cli_usage(NULL, "there is no command '%s'", name);
	return cli_usage(NULL, "there is no command '%s'; did you mean '%s'?",
			 name, nearest.name);
}

static int run(const struct cli_command *command, char **argv)
{
	cleanup_free void *options = calloc(1, command->size);
	int status, failed = command->runs_program ? CLI_FAILED : 1;
	struct error err = {0};
	char **operands;

	if (options == NULL) {
		base_error(&err, ENOMEM, "out of memory");
		return cli_fail(failed, &err);
	}
	cli_json_note_memory();
	switch (cli_parse(command, argv, options, &operands, &err)) {
	case 0:
		status = command->run(options, operands);
		break;
	case 1:
		cli_help_print(stdout, command);
		status = 0;
		break;
	default:
		status = cli_usage(command, "%s", err.text);
	}
	cli_options_free(options);
	return cli_finish(status, failed);
}

int main(int argc, char **argv)
{
	const struct cli_command *command;

	base_shield();
	fill_standard_fds();
	if (cli_is_login(argv))
		return cli_login(argv);
	if (argc < 2) {
		cli_help_print(stderr, NULL);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("jail " JAIL_VERSION);
		return cli_finish(0, 1);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		cli_help_print(stdout, NULL);
		return cli_finish(0, 1);
	}
	command = cli_command_find(argv[1]);
	return command == NULL ? unknown(argv[1]) : run(command, argv + 2);
}
