/* SPDX-License-Identifier: MIT */
/* Rows: directives about files and folders. */
#include "profiles/text.h"

#define FLAG(name, flag, help)                                                 \
	{ { name, NULL, help, NULL, TEXT_BOTH },                               \
	  apply_flag, PROFILES_##flag, NULL }
#define RULE(name, kind, help, example)                                        \
	{ { name, "PATH", help, example, TEXT_BOTH },                          \
	  paths_rule, PROFILES_##kind, NULL }

const struct text_row profiles_rows_files[] = {
	FLAG("allusers", ALLUSERS, "Show the homes of other users."),
	{ { "bind", "SOURCE,PATH",
	    "Show the file or folder SOURCE at PATH.",
	    "/usr/share/doc,/usr/share/man", TEXT_BOTH },
	  paths_bind, PROFILES_BIND, NULL },
	RULE("blacklist", BLACKLIST,
	     "Hide what the pattern matches; what a noblacklist in front of it "
	     "names stays.", "${HOME}/.ssh"),
	{ { "blacklist-nolog", "PATH", "The same as blacklist.",
	    "${HOME}/.cache", 0 },
	  paths_rule, PROFILES_BLACKLIST, NULL },
	{ { "chroot", "DIR",
	    "Take the tree in DIR in place of the system's own.",
	    "/srv/tree", TEXT_BOTH },
	  apply_folder, TEXT_CHROOT, NULL },
	FLAG("disable-mnt", DISABLE_MNT,
	     "Hide /mnt, /media, /run/mount and /run/media."),
	FLAG("keep-dev-ntsync", KEEP_DEV_NTSYNC, "Show /dev/ntsync."),
	FLAG("keep-dev-shm", KEEP_DEV_SHM,
	     "Show the system's /dev/shm, not an empty one."),
	FLAG("keep-dev-tpm", KEEP_DEV_TPM,
	     "Show the devices of the security chip, /dev/tpm* and /dev/tcm*."),
	FLAG("keep-ipc", KEEP_IPC,
	     "Share System V IPC with the system, as programs need that draw "
	     "on an X display through its memory."),
	FLAG("keep-var-tmp", KEEP_VAR_TMP,
	     "Show the system's /var/tmp, not an empty one."),
	FLAG("machine-id", MACHINE_ID,
	     "Show a random /etc/machine-id, another one in each run."),
	RULE("mkdir", MKDIR,
	     "Make a folder of mode 0700 if it is not there: below the home, "
	     "/tmp or the user's folder in /run.",
	     "${HOME}/.config/example"),
	RULE("mkfile", MKFILE,
	     "Make an empty file of mode 0600 if it is not there: in the same "
	     "places.", "${HOME}/.example"),
	RULE("noblacklist", NOBLACKLIST,
	     "Let later blacklist lines leave alone what the pattern matches.",
	     "${HOME}/.config/example"),
	RULE("noexec", NOEXEC,
	     "Execute nothing there; devices and set-user-ID bits have no "
	     "effect.", "${HOME}"),
	RULE("nowhitelist", NOWHITELIST,
	     "Let later whitelist lines of the same path have no effect.",
	     "${HOME}/.config/example"),
	FLAG("overlay", OVERLAY,
	     "Let all of the system be written, and keep what was written "
	     "aside, for the next run."),
	{ { "overlay-named", "NAME",
	    "The same, kept under a name that several programs may share.",
	    "trial", TEXT_BOTH },
	  apply_overlay_named, 0, NULL },
	FLAG("overlay-tmpfs", OVERLAY_TMPFS,
	     "Let all of the system be written, and forget it at the end."),
	{ { "private", "[DIR]",
	    "Show an empty home that is forgotten at the end, or DIR as the "
	    "home.", "${HOME}/other", TEXT_BOTH },
	  apply_folder, TEXT_PRIVATE, NULL },
	{ { "private-bin", "LIST",
	    "Show these programs alone in the folders of programs, and the "
	    "one that is started; patterns may be among them.",
	    "sh,ls,python3*", TEXT_BOTH },
	  apply_words, TEXT_BIN, NULL },
	FLAG("private-cache", PRIVATE_CACHE,
	     "Show an empty ~/.cache that is forgotten at the end."),
	{ { "private-cwd", "[DIR]",
	    "Start in the home, or in DIR.", "/tmp", TEXT_BOTH },
	  apply_folder, TEXT_CWD, NULL },
	FLAG("private-dev", PRIVATE_DEV,
	     "Show of the devices only those that a program cannot do "
	     "without, and the classes that no other line hides."),
	{ { "private-etc", "[LIST]",
	    "Show these names alone in /etc, besides what every program "
	    "needs; @tls-ca, @games and @x11 stand for several.",
	    "hosts,@tls-ca", TEXT_BOTH },
	  apply_words, TEXT_ETC, NULL },
	{ { "private-opt", "LIST", "Show these names alone in /opt.",
	    "example", TEXT_BOTH },
	  apply_words, TEXT_OPT, NULL },
	{ { "private-srv", "LIST", "Show these names alone in /srv.",
	    "example", TEXT_BOTH },
	  apply_words, TEXT_SRV, NULL },
	FLAG("private-tmp", PRIVATE_TMP,
	     "Show an empty /tmp, but for the sockets of the display and of "
	     "sound."),
	RULE("read-only", READ_ONLY, "Let nothing be written there.",
	     "${HOME}/.bashrc"),
	RULE("read-write", READ_WRITE,
	     "Let the user's own files be written there again.",
	     "${HOME}/.config/example"),
	RULE("tmpfs", TMPFS, "Show an empty folder, forgotten at the end.",
	     "${HOME}/.cache"),
	RULE("whitelist", WHITELIST,
	     "Show this and what other whitelist lines name, and nothing else "
	     "in the same top folder: the home, /tmp, /usr/share and so on.",
	     "${DOWNLOADS}"),
	{ { "whitelist-ro", "PATH",
	    "The same, and let nothing be written there.",
	    "/usr/share/example", TEXT_BOTH },
	  paths_whitelist_read_only, 0, NULL },
	FLAG("writable-etc", WRITABLE_ETC, "Leave /etc as it is."),
	FLAG("writable-run-user", WRITABLE_RUN_USER,
	     "Show the folders of GnuPG and systemd in the user's folder in "
	     "/run."),
	FLAG("writable-var", WRITABLE_VAR, "Leave /var as it is."),
	FLAG("writable-var-log", WRITABLE_VAR_LOG,
	     "Show the system's /var/log, not an empty one."),
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
