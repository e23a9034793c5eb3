# SPDX-License-Identifier: MIT
# Makes the C table behind profiles/shipped.h from the files of
# profiles/shipped/: comment lines are left out, but `#jail` ones.
# POSIX awk; run with LC_ALL=C.

BEGIN {
	print "/* Made by profiles/shipped.awk. */"
	print "#include \"profiles/shipped.h\"\n"
	print "const struct shipped_profile profiles_shipped_table[] = {"
}

function finish()
{
	if (named)
		print "\t},"
}

FNR == 1 {
	finish()
	named = 1
	name = FILENAME
	sub(/.*\//, "", name)
	printf "\t{\"%s\",\n", name
	print "\t\"\""
}

/^[ \t]*(#|$)/ && !/^#jail / { print "\t\"\\n\""; next }

/[\\"]/ {
	printf "%s:%d: no backslash, no quote\n", FILENAME, FNR >"/dev/stderr"
	exit 1
}

{ printf "\t\"%s\\n\"\n", $0 }

END {
	finish()
	print "\t{0, 0},\n};"
}
