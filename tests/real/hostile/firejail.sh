#!/bin/bash
# SPDX-License-Identifier: MIT
# firejail under "$@": a command with its filter, without capabilities, network
# and the files of /tmp. As root: it has nothing to gain from its set-user-ID
# bit there.
set -eu

touch /tmp/jail-test-firejail
trap 'rm /tmp/jail-test-firejail' EXIT
cat >inside <<'END'
ls /tmp/jail-test-firejail 2>/dev/null || echo 'another /tmp'
grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
tail -n +3 /proc/net/dev | sed 's/:.*//'
mount -t tmpfs none /mnt 2>/dev/null || echo "mount: no"
END
"$@" firejail --quiet --noprofile --seccomp --caps.drop=all --net=none \
	--private-tmp sh -c "$(cat inside)" 2>&1
"$@" firejail --quiet --noprofile --seccomp.drop=mkdir \
	--seccomp-error-action=EXDEV mkdir made 2>&1 || echo "status $?"
echo done
