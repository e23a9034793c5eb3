# SPDX-License-Identifier: MIT
# jail watch as jail-watch.service runs it: to read audit records, and no more.
# The list was learned by auditlog/learn-service, with what other C libraries
# call instead, and is the unit's, too. The store of a sandbox is hidden in it:
# this one needs another, by --db.
include jail-watch.local
caps.keep audit_read
seccomp.keep read,write,open,close,stat,fstat,lstat,poll,lseek,mmap,mprotect,munmap,brk,rt_sigaction,rt_sigprocmask,pread64,pwrite64,readv,writev,access,pipe,mremap,madvise,nanosleep,getpid,socket,sendto,recvfrom,recvmsg,bind,socketpair,setsockopt,clone,exit,kill,uname,fcntl,flock,fdatasync,ftruncate,getdents,rename,mkdir,rmdir,creat,unlink,readlink,chown,fchown,lchown,sysinfo,geteuid,fstatfs,getpriority,prctl,arch_prctl,futex,getdents64,set_tid_address,clock_nanosleep,exit_group,inotify_init,inotify_add_watch,openat,mkdirat,fchownat,newfstatat,unlinkat,renameat,readlinkat,faccessat,ppoll,set_robust_list,signalfd,eventfd,signalfd4,eventfd2,pipe2,inotify_init1,preadv,pwritev,recvmmsg,prlimit64,sched_setattr,renameat2,getrandom,preadv2,pwritev2,statx,rseq,clone3,close_range,openat2,faccessat2,futex_waitv
include server.profile
