# SPDX-License-Identifier: MIT
# One Makefile, non-recursive. `make help` lists the targets.

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
PKGS = libseccomp libcap-ng sqlite3 jansson libelf

VERSION = 0.1
WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wformat=2 -Wundef
# -fcf-protection (CET) exists for x86 only; ask the compiler.
has = $(shell $(CC) $(1) -Werror -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
HARDEN = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
	$(call has,-fstack-clash-protection) $(call has,-fcf-protection=full)
LINK_HARDEN = -pie -Wl,-z,relro,-z,now,-z,noexecstack
SANITIZE ?=
OPT ?= -O2 -g

ifneq ($(SANITIZE),)
HARDEN := -fPIE -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif

CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE -DJAIL_VERSION='"$(VERSION)"' -I. -I$(BUILD) \
	$(WARN) $(OPT) $(HARDEN) $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LDFLAGS_ALL := $(LINK_HARDEN) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS))

ROOMS = base profiles db learn enforce auditlog
ROOM_SRC := $(foreach r,$(ROOMS),$(sort $(wildcard $(r)/*.c)))
CLI_SRC := $(sort $(wildcard cli/*.c))
# C made from data files, rules below.
MADE_SRC := $(BUILD)/base/syscalls-table.c
obj = $(patsubst %.c,$(BUILD)/%.o,$(patsubst $(BUILD)/%,%,$(1)))
ROOM_OBJ := $(call obj,$(ROOM_SRC) $(MADE_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))

.DEFAULT_GOAL := all
.PHONY: all
all: $(BUILD)/jail

$(BUILD)/jail: $(CLI_OBJ) $(ROOM_OBJ)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: $(BUILD)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Unit tests: one cmocka program a file, linked with every room but cli.
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_BIN := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SRC))
$(BUILD)/tests/unit/%: tests/unit/%.c $(ROOM_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_ALL) -o $@ $< $(ROOM_OBJ) $(LIBS) -lcmocka

# Traced programs: each does one thing and prints what must be learned.
PROG_SRC := $(sort $(wildcard tests/progs/*.c))
PROG_BIN := $(patsubst tests/progs/%.c,$(BUILD)/tests/progs/%,$(PROG_SRC))
$(BUILD)/tests/progs/%: tests/progs/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -I. -o $@ $< -lpthread

.PHONY: tests-built
tests-built: all $(UNIT_BIN) $(PROG_BIN)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
