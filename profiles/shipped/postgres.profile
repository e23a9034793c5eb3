# SPDX-License-Identifier: MIT
# Started by its own user, in the foreground; its sockets are in /run/postgresql.
# Another one that works on the same data it knows by shared memory of System V
# alone, which has to be the system's: two would destroy the data.
include postgres.local
keep-ipc
whitelist /run/postgresql
include server.profile
read-write /run/postgresql
