# SPDX-License-Identifier: MIT
# sshd for what can be learned: files (internal-sftp) and fixed commands. All
# that its users run is confined with it, so whom it gives a free shell needs
# the other way: sshd as it is, and jail as the login shell.
include sshd.local
# For the separation of privileges.
caps.keep audit_write,chown,dac_override,fowner,fsetid,kill,net_bind_service,setgid,setuid,sys_chroot
seccomp.allow-dangerous chroot
whitelist /run/sshd
noblacklist /etc/shadow
noblacklist /etc/ssh/ssh_host_*_key
# PAM asks for a keyring of each session, and does without: it is refused, but
# as what a profile refuses, without a word.
seccomp.allow-dangerous keyctl
seccomp.drop keyctl
include server.profile
