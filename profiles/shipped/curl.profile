# SPDX-License-Identifier: MIT
# The home, to fetch files into and to send them from; no display. What it keeps
# of passwords (.netrc) is hidden: --netrc needs a noblacklist in curl.local.
# Learned: of eleven different sessions the last five brought no call; late came
# two of files with cookies.
include curl.local
include no-display.inc
include default.profile
