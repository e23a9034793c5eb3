# SPDX-License-Identifier: MIT
# Programs whose own settings are what others must not see: the profile of each,
# found by its name, shows them to it, and nothing of the others. What programs
# would do a script of that name does.

load box

box_setup() {
	unset JAIL_DB
	mkdir tools
	for tool in emacs filezilla hexchat keepassxc thunderbird other; do
		printf '%s\n' '#!/bin/sh' 'for file in "$@"; do' \
			'grep -qs old "$file" && echo >>"$file" &&' \
			'echo "$file"' 'done' >"tools/$tool"
	done
	chmod -R a+rx tools
	chmod 755 .
}

# What of everybody's TOOL finds and can write.
writes() {
	(cd "$HOME" && outside "$BATS_TEST_TMPDIR/jail" enforce --quiet \
		--ignore=seccomp.learned --seccomp.drop=reboot \
		"$BATS_TEST_TMPDIR/tools/$1" $(cut -d' ' -f2 ../files) &&
		echo "$stdout")
}

@test "what a program keeps to itself it has, and no other" {
	local tool file

	cat >files <<-END
		emacs .emacs.d/x
		filezilla .config/filezilla/x
		hexchat .config/hexchat/x
		keepassxc keys.kdbx
		keepassxc .config/keepassxc/x
		thunderbird .thunderbird/x
	END
	while read -r tool file; do
		mkdir -p "$(dirname "$HOME/$file")"
		echo old >"$HOME/$file"
	done <files
	mkdir -p "$HOME/Downloads"
	chown -R "$USER_ID:$USER_ID" "$HOME"
	for tool in $(cut -d' ' -f1 files | uniq) other; do
		[ "$(writes "$tool")" = \
			"$(sed -n "s/^$tool //p" files)" ] ||
			unexpected "$tool: $(writes "$tool")"
	done
}
