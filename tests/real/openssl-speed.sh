#!/bin/sh
# SPDX-License-Identifier: MIT
# openssl's own benchmark (its figures are left out) and its everyday work.
set -eu

openssl speed -multi 2 -seconds 1 -bytes 64 sha256 >speed 2>/dev/null
grep -c '^sha256' speed
seq 1 1000 >plain
openssl dgst -sha512 plain
openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in plain -out secret
openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -in secret | cmp - plain
openssl genpkey -algorithm ed25519 -out key
openssl pkeyutl -sign -inkey key -rawin -in plain -out signature
openssl pkeyutl -verify -inkey key -rawin -in plain -sigfile signature
openssl rand -hex 8 | wc -c
echo done
