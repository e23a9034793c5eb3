# SPDX-License-Identifier: MIT
# Makes the C tables of base/syscalls-table.h from base/syscalls.tsv and
# base/syscall-groups.tsv, in this order, and refuses data that is not as their
# heads say. POSIX awk; run with LC_ALL=C, so that strings compare as bytes.

BEGIN {
	FS = "\t"
	arches = split("x86_64 i386 x32 aarch64", arch, " ")
	print "/* Made by base/syscalls.awk. */"
	print "#include \"base/syscalls-table.h\"\n"
}

function fail(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"
	failed = 1
	exit 1
}

function take_number(text, column)
{
	if (text !~ /^(-|[0-9]+)$/)
		fail("\"" text "\" is no number")
	if (text == "-")
		return -1
	text += 0
	if ((column, text) in row_of)
		fail(arch[column] " has " text " twice")
	row_of[column, text] = rows
	if (text >= size[column])
		size[column] = text + 1
	return text
}

FNR == 1 { files++ }
/^#/ { next }

files == 1 {
	if (NF != 6)
		fail("a call has six columns")
	if (rows && $1 "" <= name[rows] "")
		fail("\"" $1 "\" is out of order")
	name[++rows] = $1
	known[$1] = 1
	since[rows] = $6 == "-" ? "NULL" : "\"" $6 "\""
	for (i = 1; i <= arches; i++)
		number[rows, i] = take_number($(i + 1), i)
}

files == 2 {
	if (NF != 3 || $1 !~ /^@[a-z-]+$/)
		fail("a group has a name with @, a help and members")
	if ($1 in known)
		fail($1 " is there twice")
	group[++groups] = $1
	help[groups] = $2
	members[groups] = $3
	count = split($3, member, " ")
	for (i = 1; i <= count; i++)
		if (!(member[i] in known))
			fail("\"" member[i] "\" is no call and no group " \
			     "further up")
	known[$1] = 1
}

function print_calls(  i, j)
{
	printf "const struct base_call_row base_call_rows[] = {\n"
	for (i = 1; i <= rows; i++) {
		printf "\t{ \"%s\", %s, {", name[i], since[i]
		for (j = 1; j <= arches; j++)
			printf " [BASE_ARCH_%s] = %d,", toupper(arch[j]), \
				number[i, j]
		print " } },"
	}
	printf "};\nconst size_t base_call_row_count = %d;\n\n", rows
}

function print_index(column,  i)
{
	printf "static const uint16_t index_%s[] = {", arch[column]
	for (i = 0; i < size[column]; i++)
		printf "%s%d,", i % 12 ? " " : "\n\t", row_of[column, i]
	print "\n};\n"
}

function print_groups(  i, j, count, member)
{
	for (i = 1; i <= groups; i++) {
		printf "static const char *const members_%d[] = {\n", i
		count = split(members[i], member, " ")
		for (j = 1; j <= count; j++)
			printf "\t\"%s\",\n", member[j]
		print "\tNULL\n};\n"
	}
	print "const struct base_group_row base_group_rows[] = {"
	for (i = 1; i <= groups; i++)
		printf "\t{ \"%s\", \"%s\", members_%d },\n", group[i], \
			help[i], i
	printf "};\nconst size_t base_group_row_count = %d;\n", groups
}

END {
	if (failed)
		exit 1
	print_calls()
	for (i = 1; i <= arches; i++)
		print_index(i)
	print "const struct base_call_index base_call_indexes[] = {"
	for (i = 1; i <= arches; i++)
		printf "\t[BASE_ARCH_%s] = { index_%s, %d },\n", \
			toupper(arch[i]), arch[i], size[i]
	print "};\n"
	print_groups()
}
