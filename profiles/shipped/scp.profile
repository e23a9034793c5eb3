# SPDX-License-Identifier: MIT
# It starts ssh.
include scp.local
include ssh.profile
