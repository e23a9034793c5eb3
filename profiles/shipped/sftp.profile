# SPDX-License-Identifier: MIT
# It starts ssh.
include sftp.local
include ssh.profile
