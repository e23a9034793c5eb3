# SPDX-License-Identifier: MIT
# Started by root or by its own user; its sockets are in /run/redis.
include redis-server.local
whitelist /run/redis
include server.profile
read-write /run/redis
