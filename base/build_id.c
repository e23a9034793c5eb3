/* SPDX-License-Identifier: MIT */
/*
 * Build-ids by libelf. The file may be a target's choice: it must be a regular
 * one, it is read and never mapped (a mapping dies with SIGBUS when the file is
 * cut short), and no note section larger than a page or two is looked at.
 */
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"

#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

#define MOST_HEADERS 256
#define MOST_NOTES 16384
#define MOST_ID 64

static char *to_hex(const unsigned char *bytes, size_t count)
{
	char *hex = malloc(count * 2 + 1);

	for (size_t i = 0; hex && i < count; i++)
		snprintf(hex + i * 2, 3, "%02x", bytes[i]);
	return hex;
}

/* The GNU build-id among the notes in DATA, NULL if there is none. */
static char *search_notes(Elf_Data *data)
{
	size_t at = 0, name, body;
	GElf_Nhdr note;

	while ((at = gelf_getnote(data, at, &note, &name, &body)) > 0) {
		const unsigned char *bytes = data->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(bytes + name, "GNU", 4) == 0 &&
		    note.n_descsz > 0 && note.n_descsz <= MOST_ID)
			return to_hex(bytes + body, note.n_descsz);
	}
	return NULL;
}

static char *search_headers(Elf *elf)
{
	size_t count;
	char *hex = NULL;

	if (elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &count) < 0)
		return NULL;
	for (size_t i = 0; i < count && i < MOST_HEADERS && !hex; i++) {
		GElf_Phdr header;
		Elf_Data *data;

		if (!gelf_getphdr(elf, (int)i, &header) ||
		    header.p_type != PT_NOTE || header.p_filesz > MOST_NOTES)
			continue;
		data = elf_getdata_rawchunk(elf, (int64_t)header.p_offset,
					    header.p_filesz,
					    header.p_align == 8 ? ELF_T_NHDR8
								: ELF_T_NHDR);
		hex = data ? search_notes(data) : NULL;
	}
	return hex;
}

int base_build_id_fd(int fd, const char *name, char **hex, struct error *err)
{
	struct stat status;
	Elf *elf;

	*hex = NULL;
	if (fd < 0 || fstat(fd, &status) < 0)
		return base_error(err, errno, "cannot open %s: %m", name);
	if (!S_ISREG(status.st_mode))
		return base_error(err, EINVAL, "%s is not a regular file",
				  name);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return base_error(err, EPROTO, "libelf is too old");
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf) {
		*hex = search_headers(elf);
		elf_end(elf);
	}
	if (!*hex)
		return base_error(err, ENOENT, "%s has no build-id", name);
	return 0;
}

int base_build_id(const char *path, char **hex, struct error *err)
{
	cleanup_close int fd = open(path, FLAGS);

	return base_build_id_fd(fd, path, hex, err);
}
