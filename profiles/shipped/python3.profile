# SPDX-License-Identifier: MIT
# The home, without its secrets. Which calls are made is up to the script: no
# list but one of those that are refused. A script gets its own by a name:
# jail learn --name=SCRIPT python3 SCRIPT.
include python3.local
ignore seccomp.learned
seccomp
include default.profile
