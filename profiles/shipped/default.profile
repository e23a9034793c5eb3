# jail: the profile of programs that have none of their own
seccomp.learned
