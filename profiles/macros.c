/* SPDX-License-Identifier: MIT */
/*
 * Macros at the start of a path: ~, ${HOME}, ${RUNUSER}, ${CFG}, ${PATH}, and
 * the folders of a desktop, which ~/.config/user-dirs.dirs names
 * (user-dirs.dirs(5)); where it does not, Firejail tries a few translations.
 */
#include <string.h>
#include <sys/stat.h>

#include "profiles/text.h"

/* More folders than these in $PATH are left out. */
#define FOLDERS_MAX 64
#define CONFIG "/etc/firejail"

static const struct folder {
	const char *macro, *line;
	const char *names;	/* with a NUL behind each */
} folders[] = {
	{ "${DESKTOP}", "XDG_DESKTOP_DIR=",
	  "Desktop\0Рабочий стол\0Bureau\0Scrivania\0Escritorio\0"
	  "Área de Trabalho\0Schreibtisch\0" },
	{ "${DOCUMENTS}", "XDG_DOCUMENTS_DIR=",
	  "Documents\0Документы\0Documenti\0Documentos\0Dokumente\0" },
	{ "${DOWNLOADS}", "XDG_DOWNLOAD_DIR=",
	  "Downloads\0Загрузки\0Téléchargement\0Téléchargements\0Scaricati\0"
	  "Descargas\0Transferências\0" },
	{ "${MUSIC}", "XDG_MUSIC_DIR=",
	  "Music\0Музыка\0Musique\0Musica\0Música\0Músicas\0Musik\0" },
	{ "${PICTURES}", "XDG_PICTURES_DIR=",
	  "Pictures\0Изображения\0Photos\0Images\0Immagini\0Imágenes\0"
	  "Imagens\0Bilder\0" },
	{ "${PROJECTS}", "XDG_PROJECTS_DIR=",
	  "Projects\0Проекты\0Projets\0Progetti\0Proyectos\0Projetos\0"
	  "Projekte\0" },
	{ "${PUBLICSHARE}", "XDG_PUBLICSHARE_DIR=",
	  "Public\0Общедоступные\0Pubblici\0Público\0Öffentlich\0" },
	{ "${TEMPLATES}", "XDG_TEMPLATES_DIR=",
	  "Templates\0Шаблоны\0Modèles\0Modelli\0Plantillas\0Modelos\0"
	  "Vorlagen\0" },
	{ "${VIDEOS}", "XDG_VIDEOS_DIR=",
	  "Videos\0Видео\0Vidéos\0Video\0Vídeos\0" },
};

static const char *const simple[] = { "${HOME}", "${RUNUSER}", "${CFG}",
				      "${PATH}" };

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static const struct folder *find_folder(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (begins(path, folders[i].macro))
			return &folders[i];
	return NULL;
}

size_t macros_length(const char *path)
{
	const struct folder *folder;

	if (*path != '$')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(simple); i++)
		if (begins(path, simple[i]))
			return strlen(simple[i]);
	folder = find_folder(path);
	return folder ? strlen(folder->macro) : 0;
}

const char *macros_variable(const struct profiles_text *text, const char *name)
{
	return text->context && text->context->variable ?
		       text->context->variable(name) : getenv(name);
}

/* ---- the folders of a desktop ----------------------------------------- */

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static const char *user_dirs(struct profiles_text *text)
{
	struct profiles_reading *reading = text->reading;
	cleanup_free char *path = NULL;
	char buffer[16384];

	if (reading->user_dirs_known)
		return reading->user_dirs;
	reading->user_dirs_known = true;
	path = base_printf("%s/.config/user-dirs.dirs", text->context->home);
	if (path && base_read_file(path, buffer, sizeof(buffer)) > 0)
		reading->user_dirs = strdup(buffer);
	return reading->user_dirs;
}

/* What `NAME="$HOME/REST"` says, if it is there; new memory. */
static char *said_folder(struct profiles_text *text, const char *name)
{
	static const char home[] = "\"$HOME/";
	const char *line = user_dirs(text);

	for (; line; line = strchr(line, '\n')) {
		cleanup_free char *path = NULL;
		size_t length;

		line += strspn(line, " \t\n");
		if (!begins(line, name) || !begins(line + strlen(name), home))
			continue;
		line += strlen(name) + strlen(home);
		length = strcspn(line, "\"\n");
		if (length == 0 || line[length] != '"')
			continue;
		path = base_printf("%s/%.*s", text->context->home, (int)length,
				   line);
		return path && is_there(path) ? take_ptr(path) : NULL;
	}
	return NULL;
}

static char *guessed_folder(struct profiles_text *text, const char *names)
{
	for (; *names; names += strlen(names) + 1) {
		cleanup_free char *path = base_printf(
			"%s/%s", text->context->home, names);

		if (path && is_there(path))
			return take_ptr(path);
	}
	return NULL;
}

/* A path with a byte that a profile's path cannot have is no folder here: it
 * would be taken for a pattern, or break a line. */
static int expand_folder(struct profiles_text *text,
			 const struct folder *folder, const char *rest,
			 char **expanded, struct error *err)
{
	cleanup_free char *path = said_folder(text, folder->line);

	if (!path)
		path = guessed_folder(text, folder->names);
	if (!path || paths_check(path, false, NULL) < 0)
		return 0;
	*expanded = base_printf("%s%s", path, rest);
	return *expanded ? 0 : policy_no_memory(err);
}

/* ---- all macros ------------------------------------------------------- */

static int expand_known(struct profiles_text *text, const char *path, bool cfg,
			char **expanded, struct error *err)
{
	const struct profiles_context *context = text->context;
	const char *rest = path + macros_length(path);

	if (*path == '~' && (path[1] == '/' || path[1] == '\0'))
		*expanded = base_printf("%s%s", context->home, path + 1);
	else if (begins(path, "${HOME}"))
		*expanded = base_printf("%s%s", context->home, rest);
	else if (begins(path, "${RUNUSER}"))
		*expanded = base_printf("/run/user/%u%s",
					(unsigned)context->uid, rest);
	else if (begins(path, "${CFG}") && cfg)
		*expanded = base_printf(CONFIG "%s", rest);
	else if (*path == '$')
		return base_error(err, EINVAL, "the macro of \"%.200s\" has no "
				  "place here", path);
	else
		*expanded = strdup(path);
	return *expanded ? 0 : policy_no_memory(err);
}

int macros_expand(struct profiles_text *text, const char *path, bool cfg,
		  char **expanded, struct error *err)
{
	const struct folder *folder = *path == '$' ? find_folder(path) : NULL;

	*expanded = NULL;
	if (!reading_of(text))
		return policy_no_memory(err);
	if (folder)
		return expand_folder(text, folder, path + strlen(folder->macro),
				     expanded, err);
	return expand_known(text, path, cfg, expanded, err);
}

/* ---- ${PATH} ---------------------------------------------------------- */

static bool is_same(const char *a, const char *b)
{
	struct stat x, y;

	return strcmp(a, b) == 0 ||
	       (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino);
}

/* Of several names of one folder the first counts. */
static int add_folder(struct profiles_words *words, char *folder)
{
	if (*folder != '/' || words->count == FOLDERS_MAX)
		return 0;
	paths_tidy(folder);
	for (size_t i = 0; i < words->count; i++)
		if (is_same(words->items[i], folder))
			return 0;
	return policy_add_word(words, folder, false);
}

const struct profiles_words *macros_path(struct profiles_text *text)
{
	struct profiles_reading *reading = text->reading;
	cleanup_free char *copy = NULL;
	char *rest, *folder;

	if (reading->path_known)
		return &reading->path;
	copy = strdup(text->context->path ? text->context->path : "");
	if (!copy)
		return NULL;
	rest = copy;
	while ((folder = strsep(&rest, ":")))
		if (add_folder(&reading->path, folder) < 0)
			return NULL;
	reading->path_known = true;
	return &reading->path;
}
