# SPDX-License-Identifier: MIT
# The home, for what is edited may be anywhere, and its own settings to write: it
# compiles its Lisp into their folder, and opens no file where it cannot. What an
# emacs outside loads from there is then this one's to choose. No list of calls
# but one of those that are refused: which programs it starts is the user's word.
include emacs.local
ignore seccomp.learned
seccomp
ignore read-only ${HOME}/.emacs
ignore read-only ${HOME}/.emacs.d
include default.profile
