/* SPDX-License-Identifier: MIT */
/*
 * What most programs do with their libc, so that two libcs can be compared by
 * the same source: files, folders, memory, time, threads, processes, pipes,
 * names of hosts. Prints the same with each.
 *
 *   usage: everyday files | threads | processes | network
 */
#include <dirent.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int files(void)
{
	char name[] = "everydayXXXXXX", line[64] = "";
	char *big = malloc(1 << 20);
	struct dirent *entry;
	struct stat status;
	int fd = mkstemp(name), entries = 0;
	FILE *file = fdopen(fd, "w+");
	DIR *folder;

	if (!file || !big)
		return 1;
	memset(big, 'x', 1 << 20);
	fprintf(file, "%s %d\n", "a line", 7);
	rewind(file);
	if (!fgets(line, sizeof(line), file) || fstat(fd, &status) < 0)
		return 1;
	fclose(file);
	printf("%s%d\n", line, (int)status.st_size);
	mkdir("everyday.d", 0700);
	rename(name, "everyday.d/x");
	folder = opendir("everyday.d");
	while (folder && (entry = readdir(folder)))
		entries++;
	closedir(folder);
	printf("%d %d %d\n", entries, access("nothing", R_OK),
	       stat("everyday.d/x", &status));
	chmod("everyday.d/x", 0600);
	utimes("everyday.d/x", NULL);
	unlink("everyday.d/x");
	rmdir("everyday.d");
	file = tmpfile();
	printf("%d %d\n", file ? (int)fwrite(big, 1, 1 << 20, file) : -1,
	       isatty(1));
	free(big);
	return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static int ready;

static void *work(void *data)
{
	pthread_mutex_lock(&lock);
	ready++;
	pthread_cond_broadcast(&woken);
	pthread_mutex_unlock(&lock);
	free(malloc(1 << 18));
	return data;
}

static int threads(void)
{
	pthread_t all[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&all[i], NULL, work, NULL))
			return 1;
	pthread_mutex_lock(&lock);
	while (ready < 4)
		pthread_cond_wait(&woken, &lock);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
	printf("%d %d\n", ready, sysconf(_SC_NPROCESSORS_ONLN) > 0);
	return 0;
}

static volatile sig_atomic_t caught;

static void catch(int number)
{
	caught = number;
}

static int processes(void)
{
	struct timespec pause = { 0, 1000000 };
	struct timeval wait = { 0, 1000 };
	struct sigaction action = { .sa_handler = catch };
	char line[64] = "";
	int pipes[2], status;
	FILE *said;
	pid_t child;

	if (pipe(pipes) < 0)
		return 1;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(pipes[1], 1);
		execlp("echo", "echo", "hello", (char *)NULL);
		_exit(9);
	}
	close(pipes[1]);
	poll(&(struct pollfd){ .fd = pipes[0], .events = POLLIN }, 1, 5000);
	printf("%d ", (int)read(pipes[0], line, sizeof(line)));
	waitpid(child, &status, 0);
	printf("%d %s", status, line);
	said = popen("echo through a shell", "r");
	if (said && fgets(line, sizeof(line), said))
		printf("%s", line);
	if (said)
		pclose(said);
	fflush(stdout);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	nanosleep(&pause, NULL);
	select(0, NULL, NULL, NULL, &wait);
	printf("%d %d %d\n", caught == SIGUSR1, system("exit 3") >> 8,
	       time(NULL) > 0 && clock() >= 0);
	return 0;
}

static int network(void)
{
	struct addrinfo hints = { .ai_family = AF_INET,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int pair[2];
	char got[8] = "";

	if (getaddrinfo("localhost", "80", &hints, &found) || !found)
		return 1;
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	send(pair[0], "hello", 6, 0);
	recv(pair[1], got, sizeof(got), 0);
	printf("%d %s\n", found->ai_family == AF_INET, got);
	freeaddrinfo(found);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} works[] = {
		{ "files", files }, { "threads", threads },
		{ "processes", processes }, { "network", network },
	};

	for (size_t i = 0; argc > 1 && i < 4; i++)
		if (strcmp(argv[1], works[i].name) == 0)
			return works[i].run();
	return 2;
}
