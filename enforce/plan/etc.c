/* SPDX-License-Identifier: MIT */
/*
 * What the program sees of /etc: with private-etc only some names of it; and
 * texts of our own in place of a few files, which say who is on this machine,
 * and which machine it is.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "enforce/plan/parts.h"

#define LARGEST (4 << 20) /* of a text that is taken over */

/* ---- groups of names -------------------------------------------------- */

static const struct group {
	const char *name;
	const char *members;
} groups[] = {
	{"@default", "alternatives fonts gcrypt group ld.so.cache ld.so.conf "
		     "ld.so.conf.d ld.so.preload locale locale.alias "
		     "locale.conf localtime login.defs nsswitch.conf passwd "
		     "selinux"},
	{"@games", "openal timidity timidity.cfg"},
	{"@network", "hostname hosts protocols resolv.conf"},
	{"@sound", "alsa asound.conf machine-id pipewire pulse"},
	{"@tls-ca", "ca-certificates crypto-policies gnutls gcrypt pki ssl "
		    "openssl"},
	{"@x11", "ati dconf drirc gconf glib-2.0 gtk gtk-2.0 gtk-3.0 gtk-4.0 "
		 "qt3 kderc kde3 kde4rc kde5rc machine-id nvidia pango "
		 "Trolltech.conf vulkan X11 xdg fonts"},
};

static const char *group_members(const char *name, struct error *err)
{
	struct base_nearest nearest = {.word = name};

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].members;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		base_nearest(&nearest, groups[i].name);
	base_error(err, EINVAL, "private-etc has no group '%.100s'; %s%s",
		   name, *nearest.name ? "did you mean " :
					 "jail.profile(5) names them",
		   nearest.name);
	return NULL;
}

/* ---- texts of our own ------------------------------------------------- */

/* The text of the file that the program sees at PATH, in new memory; *text is
 * NULL where there is none. At most 4 MiB. */
static int read_text(const struct enforce_files *files, const char *path,
		     char **text, struct error *err)
{
	cleanup_free char *real = view_resolve(files, path),
			  *host = real ? view_locate(files, real, NULL) : NULL,
			  *content = NULL;
	cleanup_close int fd = -1;
	struct stat st;
	ssize_t size;

	*text = NULL;
	if (!real && !parts_absent(errno))
		return parts_unknown(path, errno, err);
	if (!host)
		return 0;
	fd = open(host, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && parts_absent(errno))
		return 0; /* what jail cannot read the program cannot either */
	if (fd < 0 || fstat(fd, &st) < 0)
		return parts_unknown(path, errno, err);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (st.st_size > LARGEST)
		return base_error(err, EFBIG, "'%.200s' is too large to be "
				  "shown in part", path);
	content = calloc(1, (size_t)st.st_size + 1);
	if (!content)
		return base_error(err, ENOMEM, "out of memory");
	size = base_read_all(fd, content, (size_t)st.st_size);
	if (size < 0)
		return base_error(err, (int)-size, "cannot read '%.200s': %s",
				  path, strerror((int)-size));
	*text = take_ptr(content);
	return 0;
}

struct texts {
	struct text {
		const char *name;	/* in /etc */
		const char *why;
		char *text;		/* NULL: the file is shown as it is */
	} items[5];
	size_t count;
};

static void free_texts(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i].text);
}

/* Takes TEXT over. */
static int add_text(struct texts *texts, const char *name, const char *why,
		    char *text, struct error *err)
{
	if (!text)
		return base_error(err, ENOMEM, "out of memory");
	texts->items[texts->count++] = (struct text){name, why, text};
	return 0;
}

/* The number of KEY in login.defs(5): where people's numbers begin. */
static uint32_t least_id(const char *defs, const char *key)
{
	size_t length = strlen(key);
	uint64_t number;
	char digits[16];

	while (defs && *defs) {
		if (strncmp(defs, key, length) == 0 &&
		    sscanf(defs + length, " %15[0-9]", digits) == 1 &&
		    base_parse_number(digits, UINT32_MAX, &number) == 0)
			return (uint32_t)number;
		defs = strchr(defs, '\n');
		defs += defs ? 1 : 0;
	}
	return 1000;
}

/* Root may become anybody, and has to know them. */
static int add_people(struct texts *texts, const struct enforce_plan *plan,
		      struct error *err)
{
	cleanup_free char *users = NULL, *members = NULL, *defs = NULL,
			  *name = NULL;
	const struct enforce_files *files = &plan->files;
	int ret;

	if (plan->context.uid == 0 ||
	    profiles_has(plan->policy, PROFILES_ALLUSERS))
		return 0;
	ret = read_text(files, "/etc/login.defs", &defs, err);
	if (ret == 0)
		ret = read_text(files, "/etc/passwd", &users, err);
	if (ret == 0)
		ret = read_text(files, "/etc/group", &members, err);
	name = users ? passwd_name(users, plan->context.uid) : NULL;
	if (ret == 0 && users)
		ret = add_text(texts, "passwd", "other users",
			       passwd_reduce(users, false,
					     least_id(defs, "UID_MIN"),
					     plan->context.uid, ""), err);
	if (ret == 0 && members)
		ret = add_text(texts, "group", "other users",
			       passwd_reduce(members, true,
					     least_id(defs, "GID_MIN"),
					     plan->context.gid,
					     name ? name : ""), err);
	return ret;
}

/* As systemd makes them: machine-id(5), a UUID of version 4. */
static int add_machine(struct texts *texts, struct error *err)
{
	unsigned char bytes[16];
	char text[40] = "";

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return base_error(err, EIO, "the kernel gives no random bytes "
				  "for machine-id");
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return add_text(texts, "machine-id", "machine-id",
			base_printf("%s\n", text), err);
}

/* The name, and an address for it: programs look their own name up. */
static int add_hostname(struct texts *texts, const struct enforce_plan *plan,
			struct error *err)
{
	const char *name = plan->policy->hostname;
	cleanup_free char *hosts = NULL;
	int ret = read_text(&plan->files, "/etc/hosts", &hosts, err);

	if (ret == 0)
		ret = add_text(texts, "hostname", "hostname",
			       base_printf("%s\n", name), err);
	if (ret == 0)
		ret = add_text(texts, "hosts", "hostname",
			       base_printf("127.0.0.1\t%s\n%s", name,
					   hosts ? hosts : ""), err);
	return ret;
}

static int make_texts(struct texts *texts, const struct enforce_plan *plan,
		      struct error *err)
{
	int ret = add_people(texts, plan, err);

	if (ret == 0 && profiles_has(plan->policy, PROFILES_MACHINE_ID))
		ret = add_machine(texts, err);
	if (ret == 0 && plan->policy->hostname)
		ret = add_hostname(texts, plan, err);
	return ret;
}

/* Over the file at PATH, where it is one. */
static int cover(struct enforce_files *files, const char *path,
		 const struct text *text, struct error *err)
{
	cleanup_free char *real = view_resolve(files, path);
	int ret;

	if (!real)
		return parts_absent(errno) ? 0 : parts_unknown(path, errno,
								err);
	ret = parts_is(files, real, S_IFREG, err);
	if (ret != 1)
		return ret;
	if (!steps_add(files, ENFORCE_CONTENT, real, text->text, text->why))
		return base_error(err, ENOMEM, "out of memory");
	return 0;
}

static int cover_all(struct enforce_files *files, const struct texts *texts,
		     struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < texts->count; i++) {
		cleanup_free char *path = base_printf("/etc/%s",
						      texts->items[i].name);

		if (!path)
			return base_error(err, ENOMEM, "out of memory");
		ret = cover(files, path, &texts->items[i], err);
	}
	return ret;
}

/* ---- private-etc ------------------------------------------------------ */

struct choice {
	struct pick pick;
	const struct enforce_files *files;
	const struct texts *texts;
	struct error *err;
};

static void close_choice(struct choice *choice)
{
	pick_close(&choice->pick);
}

static int found(void *data, const char *name)
{
	struct choice *choice = data;

	for (size_t i = 0; i < choice->texts->count; i++)
		if (strcmp(choice->texts->items[i].name, name) == 0)
			return pick_add(&choice->pick, ENFORCE_CONTENT, name,
					choice->texts->items[i].text, false,
					choice->err);
	return pick_add_host(&choice->pick, choice->files, name, choice->err);
}

static int choose(struct choice *choice, const char *word)
{
	char name[64];
	const char *members;
	int ret = 0, used;

	if (*word != '@')
		return pick_match(&choice->pick, word, found, choice,
				  choice->err);
	members = group_members(word, choice->err);
	if (!members)
		return -EINVAL;
	for (; ret == 0 && sscanf(members, "%63s%n", name, &used) == 1;
	     members += used)
		ret = pick_match(&choice->pick, name, found, choice,
				 choice->err);
	return ret;
}

static int choose_all(struct choice *choice,
		      const struct profiles_policy *policy)
{
	const struct profiles_words *words = &policy->private_etc;
	int ret = choose(choice, "@default");

	if (ret == 0 && !profiles_has(policy, PROFILES_NET_NONE))
		ret = choose(choice, "@network");
	if (ret == 0 && !profiles_has(policy, PROFILES_NOSOUND))
		ret = choose(choice, "@sound");
	for (size_t i = 0; ret == 0 && i < words->count; i++)
		ret = choose(choice, words->items[i]);
	return ret;
}

static int private_etc(struct enforce_plan *plan, const struct texts *texts,
		       struct error *err)
{
	__attribute__((cleanup(close_choice))) struct choice choice = {
		.pick = PICK_NONE, .files = &plan->files, .texts = texts,
		.err = err,
	};
	int ret = pick_open(&choice.pick, &plan->files, "/etc", err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = choose_all(&choice, plan->policy);
	return ret < 0 ? ret : pick_emit(&choice.pick, &plan->files,
					 "private-etc", err);
}

int etc_plan(struct enforce_plan *plan, struct error *err)
{
	__attribute__((cleanup(free_texts))) struct texts texts = {.count = 0};
	bool chosen = profiles_has(plan->policy, PROFILES_PRIVATE_ETC);
	int ret = make_texts(&texts, plan, err);

	if (ret == 0 && chosen)
		ret = private_etc(plan, &texts, err);
	else if (ret == 0)
		ret = cover_all(&plan->files, &texts, err);
	for (size_t i = 0; ret == 0 && i < texts.count; i++)
		if (strcmp(texts.items[i].name, "machine-id") == 0)
			ret = cover(&plan->files, "/var/lib/dbus/machine-id",
				    &texts.items[i], err);
	return ret;
}
