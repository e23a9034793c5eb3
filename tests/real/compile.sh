#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc alone, then make -j2 of a tree of eight files, a library and a program.
set -eu

mkdir -p tree
cd tree
cat >hello.c <<'C'
#include <stdio.h>
int main(void) { return puts("hello") < 0; }
C
gcc -O2 -Wall -o hello hello.c
./hello

for i in 1 2 3 4 5 6 7 8; do
	cat >part$i.c <<C
#include <stdlib.h>
#include <string.h>
int part$i(const char *text)
{
	return (int)strlen(text) * $i + atoi(text);
}
C
done
{
	for i in 1 2 3 4 5 6 7 8; do echo "int part$i(const char *);"; done
	echo '#include <stdio.h>'
	printf '%s\n' 'int main(void) { printf("%d\n", 0'
	for i in 1 2 3 4 5 6 7 8; do echo " + part$i(\"$i$i\")"; done
	echo '); return 0; }'
} >main.c
cat >Makefile <<'M'
PARTS = $(patsubst %.c,%.o,$(wildcard part*.c))
all: program
program: main.o libparts.a
	$(CC) -o $@ main.o -L. -lparts
libparts.a: $(PARTS)
	$(AR) rcsD $@ $(sort $^)
%.o: %.c
	$(CC) -O1 -c -o $@ $<
clean:
	rm -f *.o *.a program
M
make -s -j2
./program
make -s -j2 && echo up to date
touch part3.c
make -s -j2 -n | wc -l
nm -g --defined-only libparts.a | grep -c ' T '
strip program && ./program
make -s clean
ls
echo done
