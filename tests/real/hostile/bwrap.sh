#!/bin/bash
# SPDX-License-Identifier: MIT
# bwrap under "$@": a command in namespaces of its own, with and without a
# filter that bwrap gets by descriptor 9. The filter lets mkdir(2) fail with an
# errno that it never has by itself, and all of i386.
set -eu

/usr/bin/python3 - >filter <<'END'
import struct
LD_NR, LD_ARCH, JEQ, RET = 0x20, 0x20, 0x15, 0x06
ALLOW, ERRNO, X86_64, MKDIR, EBADFD = 0x7fff0000, 0x50000, 0xc000003e, 83, 77
import sys
for code, jt, jf, k in ((LD_ARCH, 0, 0, 4), (JEQ, 0, 2, X86_64),
                        (LD_NR, 0, 0, 0), (JEQ, 0, 1, MKDIR),
                        (RET, 0, 0, ERRNO | EBADFD), (RET, 0, 0, ALLOW)):
    sys.stdout.buffer.write(struct.pack("HBBI", code, jt, jf, k))
END
cat >inside <<'END'
mkdir /tmp/made && echo made
grep Seccomp_filters: /proc/self/status
cat /proc/1/comm
hostname
cat /proc/net/dev | tail -n +3 | sed 's/:.*//'
echo "$$ $(id -u)"
ls /nowhere 2>/dev/null || echo nowhere
END

contained() {
	"$@" --unshare-all --hostname inside --die-with-parent --ro-bind / / \
		--proc /proc --dev /dev --tmpfs /tmp --new-session \
		--ro-bind "$PWD/inside" /tmp/inside sh /tmp/inside
}

exec 9<filter
contained "$@" bwrap >without
contained "$@" bwrap --seccomp 9 >with 2>&1
grep -hv '^Seccomp' without with
echo "$(($(sed -n 's/^Seccomp_filters:\t//p' with without | paste -sd-))) filter more"
echo done
