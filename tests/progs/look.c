/* SPDX-License-Identifier: MIT */
/*
 * Prints what it finds itself in, so that two sandboxes can be compared:
 * mounts, identity, capabilities, filters, namespaces, limits, variables,
 * descriptors.
 * What differs from run to run is left out: numbers of mounts and devices.
 *
 *   usage: look [NAMESPACE...]
 *
 * Each argument is what readlink says of a file in /proc/self/ns outside; of
 * each of its own namespaces it prints whether it is one of those.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* A /sys of its own has nothing mounted in it, the host's has; both will do if
 * they are read-only and what is masked is masked. What sqlite makes beside a
 * store comes and goes, and so do the network namespaces of other tests. */
static bool varies(const char *root, const char *at)
{
	return (strncmp(at, "/sys/", 5) == 0 && strcmp(root, "/folder") != 0) ||
	       strncmp(at, "/run/netns", 10) == 0 || strstr(at, ".db-");
}

/* That of a display is drawn. */
static void without_number(char *text, const char *name)
{
	char *number = strstr(text, name);

	if (number)
		number[strlen(name)] = '\0';
}

static void mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192], root[1024], at[1024], flags[256];
	int used;

	while (file && fgets(line, sizeof(line), file)) {
		char *rest;

		if (sscanf(line, "%*s %*s %*s %1023s %1023s %255s%n", root, at,
			   flags, &used) != 3)
			continue;
		if (varies(root, at))
			continue;
		rest = strstr(line + used, " - ");
		if (strstr(root, "/jail/served-"))
			strcpy(strstr(root, "served-"), "served");
		if (strstr(at, "/.X11-unix/X"))
			without_number(root, "/X");
		without_number(at, "/.X11-unix/X");
		if (strncmp(root, "/text", 5) == 0)
			root[5] = '\0'; /* and the number of its step */
		if (rest && strncmp(rest, " - overlay", 10) == 0)
			strcpy(rest, " - overlay\n"); /* of descriptors */
		if (rest && strncmp(rest, " - sysfs", 8) == 0)
			strcpy(rest, " - sysfs\n");
		printf("mount %s %s %s%s", root, at, flags,
		       rest ? line + used : "\n");
	}
	if (file)
		fclose(file);
}

static void status(void)
{
	static const char *const fields[] = {
		"Uid:", "Gid:", "Groups:", "NSpid:", "Cap", "NoNewPrivs:",
		"Seccomp", "SigBlk:", "SigIgn:", "Cpus_allowed:", "Umask:",
	};
	FILE *file = fopen("/proc/self/status", "re");
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				printf("status %s", line);
	if (file)
		fclose(file);
}

static void links(const char *dir, int argc, char **argv)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, alphasort);
	char path[512], target[512];

	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;
		bool outside = false;
		ssize_t size;

		snprintf(path, sizeof(path), "%s/%s", dir, name);
		size = readlink(path, target, sizeof(target) - 1);
		if (size <= 0)
			continue;
		target[size] = '\0';
		for (int j = 1; j < argc; j++)
			outside |= strcmp(argv[j], target) == 0;
		printf("%s %s\n", path, outside ? "of the host" : "own");
	}
}

static void text(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];

	if (!file)
		printf("%s: none\n", path);
	while (file && fgets(line, sizeof(line), file))
		printf("%s: %s%s", path, line, strchr(line, '\n') ? "" : "\n");
	if (file)
		fclose(file);
}

static void limits(void)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			printf("limit %d %llu %llu\n", i,
			       (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
}

int main(int argc, char **argv)
{
	struct utsname name;
	char cwd[4096];

	printf("ran\n");
	mounts();
	status();
	links("/proc/self/ns", argc, argv);
	links("/proc/self/fd", 1, argv);
	text("/proc/self/uid_map");
	text("/proc/self/gid_map");
	text("/proc/self/setgroups");
	text("/proc/sys/user/max_user_namespaces");
	text("/etc/passwd");
	limits();
	if (uname(&name) == 0)
		printf("host %s\n", name.nodename);
	printf("folder %s\n", getcwd(cwd, sizeof(cwd)) ? cwd : "none");
	printf("nice %d, session %d, group %d, parent %d\n",
	       getpriority(PRIO_PROCESS, 0), (int)getsid(0), (int)getpgrp(),
	       (int)getppid());
	for (char **variable = environ; *variable; variable++) {
		without_number(*variable, "DISPLAY=:");
		if (strncmp(*variable, "JAIL_FAULT", 10) != 0)
			printf("variable %s\n", *variable);
	}
	return 0;
}
