# SPDX-License-Identifier: MIT
# The home, for documents may be anywhere; no sound. Learned: of six different
# sessions the last four brought no call; late came nine of a saved copy.
include evince.local
nosound
include default.profile
