#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a program as on a kernel that refuses some calls (x86_64).

usage: refuse.py ERRNO NUMBER[,NUMBER...] PROGRAM [ARG...]
       refuse.py ERRNO NUMBER:ARGUMENT[@WHICH] PROGRAM [ARG...]

WHICH is 0 for the first argument, which it also is without it.
"""
import ctypes
import os
import struct
import sys

LD, JEQ, RET = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


def rows(what, errno):
    for item in what.split(","):
        number, _, argument = item.partition(":")
        refuse = [(RET, 0, 0, ERRNO | errno)]
        if argument:
            value, _, which = argument.partition("@")
            refuse = [(LD, 0, 0, 16 + 8 * int(which or 0)),
                      (JEQ, 0, 1, int(value))] + refuse
        yield LD, 0, 0, 0
        yield JEQ, 0, len(refuse), int(number)
        yield from refuse
    yield RET, 0, 0, ALLOW


def main():
    program = [struct.pack("HBBI", *row)
               for row in rows(sys.argv[2], int(sys.argv[1]))]
    code = ctypes.create_string_buffer(b"".join(program))
    fprog = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
            PR_SET_SECCOMP, MODE_FILTER, ctypes.create_string_buffer(fprog)):
        sys.exit("refuse.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(sys.argv[3], sys.argv[3:])


main()
