# SPDX-License-Identifier: MIT
# Makes the C tables of base/knowledge.h from base/syscalls.tsv,
# syscall-help.tsv, syscall-prior.tsv, syscall-siblings.tsv and syscall-risk.tsv,
# in this order, and refuses data that is not as their heads say. POSIX awk; run
# with LC_ALL=C, so that characters are counted as bytes.

BEGIN {
	FS = "\t"
	split("x86_64 i386 x32 aarch64", arch, " ")
	scopes["any"] = "x86_64 i386 x32 aarch64"
	scopes["32bit"] = scopes["i386"] = "i386"
	scopes["x86_64"] = "x86_64"
	# Architectures and calls that base/syscalls.tsv has not.
	scopes["arm"] = scopes["s390"] = scopes["riscv64"] = ""
	elsewhere["arm_fadvise64_64"] = elsewhere["riscv_hwprobe"] = 1
	print "/* Made by base/knowledge.awk. */"
	print "#include \"base/knowledge.h\"\n"
}

function fail(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"
	failed = 1
	exit 1
}

# As a string of C.
function quoted(text)
{
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

FNR == 1 { files++; header = files > 2 }
files == 3 && /^#/ && match($0, /of [0-9]+ applications/) && !programs {
	programs = substr($0, RSTART + 3, RLENGTH - 16) + 0
}
/^#/ { next }
header { header = 0; next }

files == 1 {
	name[++rows] = $1
	known[$1] = rows
	number[$1] = $2
	since[$1] = $6
}

files == 2 {
	if (NF != 2)
		fail("a line has a name and a help")
	if ($1 != name[++helps])
		fail("\"" $1 "\" stands where \"" name[helps] "\" is wanted")
	if ($2 !~ /^[a-z][ -~]*[^. ]$/ || length($2) > 70)
		fail("\"" $2 "\" is no line of at most 70 characters that " \
		     "begins with a small letter and has no full stop")
	help[helps] = $2
}

files == 3 {
	if (NF != 7)
		fail("a call has seven columns")
	if (!($1 in known) || number[$1] != $2)
		fail("\"" $1 "\" is no call of x86_64 with the number " $2)
	if ($1 in used)
		fail($1 " is there twice")
	for (i = 3; i <= 6; i++)
		if ($i !~ /^[0-9.]+$/)
			fail("\"" $i "\" is no number")
	if (!programs || $3 < 1 || $3 > programs || $5 > $3 || $6 > $3)
		fail("as many programs cannot be")
	used[$1] = $3 + 0
	needed[$1] = $5 + 0
	stubbed[$1] = $6 + 0
}

files == 4 {
	if (NF != 6)
		fail("a class has six columns")
	if ($1 in class_of)
		fail($1 " is there twice")
	class_of[$1] = ++classes
	if ($2 !~ /^[ABC]$/)
		fail("\"" $2 "\" is no tier")
	if ($3 !~ /^(always|peer|implies|errno)$/)
		fail("\"" $3 "\" is no relation")
	class[classes] = $1
	tier[classes] = $2
	relation[classes] = $3
	arches[classes] = take_scope($4)
	take_members($5)
	why[classes] = $6
}

files == 5 {
	if (NF != 3)
		fail("calls of one risk have three columns")
	if ($1 !~ /^([0-9]|10)$/)
		fail("\"" $1 "\" is no risk from 0 to 10")
	if ($1 >= 5 ? $2 !~ /^[a-z][ -~]*[^. ]$/ || length($2) > 80 : $2 != "-")
		fail("a risk of 5 and above has a reason of at most 80 " \
		     "characters without a full stop, others have -")
	take_risk($3, $1 + 0, $2 == "-" ? "NULL" : quoted($2))
}

function take_risk(text, value, reason,  count, part, i)
{
	count = split(text, part, " ")
	for (i = 1; i <= count; i++) {
		if (!(part[i] in known))
			fail("\"" part[i] "\" is no call")
		if (part[i] in risk)
			fail(part[i] " is there twice")
		risk[part[i]] = value
		risk_why[part[i]] = reason
	}
}

function take_scope(text,  count, part, i, sum)
{
	count = split(text, part, ",")
	for (i = 1; i <= count; i++) {
		if (!(part[i] in scopes))
			fail("\"" part[i] "\" is no architecture")
		sum = sum " " scopes[part[i]]
	}
	return sum
}

function take_value(call, text, right,  name)
{
	name = substr(text, length(call) + 2)
	sub(/=.*/, "", name)
	value[++values] = sprintf("%d, \"%s\", \"%s\", %s, %s", classes - 1, \
		call, name, substr(text, index(text, "=") + 1), \
		right ? "true" : "false")
}

function take_members(text,  count, member, i, call, right, hides, came)
{
	count = split(text, member, " ")
	if (count > 32)
		fail("a class has at most 32 members")
	for (i = 1; i <= count; i++) {
		call = member[i]
		if (call == ">" && !right && i > 1 && i < count) {
			right = 1
			continue
		}
		if (sub(/\*$/, "", call))
			hides = 1
		else
			hides = 0
		if (match(call, /\([0-9]+\.[0-9]+\)$/)) {
			came = substr(call, RSTART + 1, RLENGTH - 2)
			call = substr(call, 1, RSTART - 1)
			if (call in known && since[call] != came)
				fail(call " came with Linux " since[call])
		}
		sub(/:[A-Za-z0-9_-]+(=(0x[0-9a-f]+|[0-9]+))?$/, "", call)
		if (!(call in known) && !(call in elsewhere))
			fail("\"" member[i] "\" is no call")
		if (member[i] ~ /=/)
			take_value(call, member[i], right)
		if (!(call in known) || member[i] ~ /:/)
			continue
		if (hides)
			hidden[call] = 1
		if (right)
			implied[classes] = implied[classes] " " call
		else
			members[classes] = members[classes] " " call
	}
	if (right != (relation[classes] == "implies"))
		fail("a > belongs to what is implied, and nowhere else")
}

function print_rows(  i)
{
	print "const struct knowledge_row knowledge_rows[] = {"
	for (i = 1; i <= rows; i++)
		printf "\t{ \"%s\", %s, %s, %d, %d, %d, %s },\n", name[i], \
			quoted(help[i]), \
			name[i] in risk ? risk_why[name[i]] : "NULL", \
			used[name[i]], needed[name[i]], stubbed[name[i]], \
			name[i] in risk ? risk[name[i]] : "KNOWLEDGE_RISK"
	printf "};\nconst size_t knowledge_row_count = %d;\n", rows
	printf "const unsigned knowledge_programs = %d;\n\n", programs
}

function print_names(table, names, i,  count, part, j)
{
	printf "static const char *const %s_%d[] = {", table, i
	count = split(names, part, " ")
	for (j = 1; j <= count; j++)
		printf " \"%s\",", part[j]
	print " NULL };"
}

function print_class(i,  count, part, j)
{
	printf "\t{\n\t\t\"%s\", \"%s\",\n\t\t%s,\n\t\t'%s', 0", class[i], \
		relation[i], quoted(why[i]), tier[i]
	count = split(arches[i], part, " ")
	for (j = 1; j <= count; j++)
		printf " | 1u << BASE_ARCH_%s", toupper(part[j])
	printf ",\n\t\tmembers_%d, implied_%d\n\t},\n", i, i
}

END {
	if (failed)
		exit 1
	if (helps != rows) {
		printf "no help for %s\n", name[helps + 1] >"/dev/stderr"
		exit 1
	}
	for (i = 1; i <= rows; i++)
		if (number[name[i]] != "-" && !(name[i] in risk)) {
			printf "no risk of %s\n", name[i] >"/dev/stderr"
			exit 1
		}
	print_rows()
	for (i = 1; i <= classes; i++) {
		print_names("members", members[i], i)
		print_names("implied", implied[i], i)
	}
	print "\nconst struct knowledge_class knowledge_classes[] = {"
	for (i = 1; i <= classes; i++)
		print_class(i)
	printf "};\nconst size_t knowledge_class_count = %d;\n", classes
	print "\nconst struct knowledge_value knowledge_values[] = {"
	for (i = 1; i <= values; i++)
		printf "\t{ %s },\n", value[i]
	printf "};\nconst size_t knowledge_value_count = %d;\n", values
	print "\nconst char *const knowledge_hidden[] = {"
	for (i = 1; i <= rows; i++)
		if (name[i] in hidden)
			printf "\t\"%s\",\n", name[i]
	print "\tNULL\n};"
}
