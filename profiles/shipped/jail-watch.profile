# SPDX-License-Identifier: MIT
# jail watch as jail-watch.service runs it: to read audit records, and no more.
# The list was learned by auditlog/learn-service, and is the unit's, too. The
# store of a sandbox is hidden in it: this one needs another, by --db.
include jail-watch.local
caps.keep audit_read
seccomp.keep read,write,close,poll,lseek,mmap,mprotect,munmap,brk,rt_sigaction,rt_sigprocmask,pread64,pwrite64,access,mremap,madvise,getpid,socket,sendto,recvfrom,bind,setsockopt,clone,exit,kill,uname,fcntl,flock,fdatasync,ftruncate,rename,mkdir,unlink,readlink,fchown,geteuid,fstatfs,getpriority,prctl,arch_prctl,futex,getdents64,set_tid_address,clock_nanosleep,exit_group,inotify_add_watch,openat,newfstatat,unlinkat,set_robust_list,signalfd4,eventfd2,inotify_init1,recvmmsg,prlimit64,sched_setattr,renameat2,getrandom,rseq,clone3,openat2
include server.profile
