# SPDX-License-Identifier: MIT
# One Makefile, non-recursive. `make help` lists the targets.

BUILD ?= build
# One name for a folder in here, however it was given: flags have it in them.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
PKGS = libseccomp libcap-ng sqlite3 jansson libelf audit libnl-3.0

# The journal is read by libsystemd, which is loaded when it is wanted: only its
# headers are needed here. `make JOURNAL=` builds without; `jail watch` then says
# so of that source.
JOURNAL ?= $(shell pkg-config --exists libsystemd 2>/dev/null && echo yes)
JOURNAL_FLAGS := $(if $(JOURNAL),-DHAVE_JOURNAL \
	$(shell pkg-config --cflags libsystemd 2>/dev/null))

# What has to be installed, as Debian calls it: to build and run, to show the
# main job, to run the tests, to measure. The targets deps, demo-deps, check-deps
# and bench-deps.
DEPS = gcc libc6-dev make pkg-config libseccomp-dev libcap-ng-dev \
	libsqlite3-dev libjansson-dev libelf-dev libaudit-dev libsystemd-dev \
	libnl-route-3-dev mandoc
DEMO_DEPS = transmission-gtk transmission-daemon transmission-cli xvfb xauth \
	xdotool python3 curl jq iproute2 util-linux procps
CHECK_DEPS = $(DEMO_DEPS) bats libcmocka-dev clang libclang-rt-14-dev \
	gcc-multilib shellcheck zsh strace firejail firejail-profiles git \
	openssl nginx-light rsync \
	redis-server redis-tools sqlite3 perl xz-utils bzip2 tmux imagemagick \
	libcap2-bin gdb openssh-server openssh-client bubblewrap runc crun podman \
	mmdebstrap busybox-static musl-tools \
	systemd-journal-remote auditd rsyslog logrotate \
	dbus xdg-dbus-proxy python3-gi weston wayland-utils pulseaudio \
	pulseaudio-utils pipewire-bin libglib2.0-bin libgtk-3-bin \
	desktop-file-utils xserver-xephyr xterm evince mousepad less man-db \
	wget unzip zstd gpg file patch xxd ffmpeg mpv chromium firefox-esr \
	passt slirp4netns udhcpc dnsmasq-base nftables iptables wrk time
BENCH_DEPS = $(CHECK_DEPS) linux-perf

VERSION = 0.1
WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wformat=2 -Wundef
# -fcf-protection (CET) exists for x86 only; ask the compiler.
has = $(shell $(CC) $(1) -Werror -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
HARDEN = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
	$(call has,-fstack-clash-protection) $(call has,-fcf-protection=full)
LINK_HARDEN = -pie -Wl,-z,relro,-z,now,-z,noexecstack
SANITIZE ?=
# V=1 shows the commands.
V ?=
quiet = $(if $(V),,@echo '  $(1) $@';)
OPT ?= -O2 -g

ifneq ($(SANITIZE),)
HARDEN := -fPIE -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif

CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE -DJAIL_VERSION='"$(VERSION)"' -I. -I$(BUILD) \
	$(JOURNAL_FLAGS) $(WARN) $(OPT) $(HARDEN) \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
LDFLAGS_ALL := $(LINK_HARDEN) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(if $(JOURNAL),-ldl) -lm

ROOMS = base profiles db learn enforce auditlog
ROOM_SRC := $(foreach r,$(ROOMS),$(sort $(wildcard $(r)/*.c $(r)/*/*.c)))
CLI_SRC := $(sort $(wildcard cli/*.c))
# C made from data files, rules below.
MADE_SRC := $(BUILD)/base/syscalls-table.c $(BUILD)/base/knowledge-table.c \
	$(BUILD)/profiles/shipped-table.c
obj = $(patsubst %.c,$(BUILD)/%.o,$(patsubst $(BUILD)/%,%,$(1)))
ROOM_OBJ := $(call obj,$(ROOM_SRC) $(MADE_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))

.DEFAULT_GOAL := all
.PHONY: all
all: $(BUILD)/jail docs ## build build/jail, its man pages and completions

# FAULTS=1: a program in which calls fail on demand, tests/faults/faults.c.
FAULTS ?=
ifneq ($(FAULTS),)
FAULTS_OBJ := $(patsubst %,$(BUILD)/tests/faults/%.o,faults memory)
LDFLAGS_FAULTS := -Wl,--wrap=syscall $(shell sed -nE \
	's/^[A-Z]+\((.*)\)$$/-Wl,--wrap=\1/p' tests/faults/calls.h)
HARDEN := -fPIE
$(FAULTS_OBJ): tests/faults/calls.h
endif

$(BUILD)/jail: $(CLI_OBJ) $(ROOM_OBJ) $(FAULTS_OBJ)
	$(call quiet,LD)$(CC) $(LDFLAGS_ALL) $(LDFLAGS_FAULTS) -o $@ $^ $(LIBS)

# What is made changes with the compiler and its flags: this file does too.
FLAGS_LINE = $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(LIBS)
ifneq ($(file <$(BUILD)/flags),$(FLAGS_LINE))
.PHONY: $(BUILD)/flags
endif
$(BUILD)/flags: export LINE = $(FLAGS_LINE)
$(BUILD)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' "$$LINE" >$@
$(CLI_OBJ) $(ROOM_OBJ): $(BUILD)/flags

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: $(BUILD)/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The table of calls and groups, from the data that names its sources.
$(BUILD)/base/syscalls-table.c: base/syscalls.awk base/syscalls.tsv \
		base/syscall-groups.tsv
	@mkdir -p $(@D)
	LC_ALL=C awk -f $^ >$@.new
	@mv $@.new $@

# What is known about calls, likewise.
$(BUILD)/base/knowledge-table.c: base/knowledge.awk base/syscalls.tsv \
		base/syscall-help.tsv base/syscall-prior.tsv \
		base/syscall-siblings.tsv base/syscall-risk.tsv
	@mkdir -p $(@D)
	LC_ALL=C awk -f $^ >$@.new
	@mv $@.new $@

# The shipped profiles are a part of the program.
SHIPPED := $(sort $(wildcard profiles/shipped/*.profile \
	profiles/shipped/*.inc))
$(BUILD)/profiles/shipped-table.c: profiles/shipped.awk $(SHIPPED)
	@mkdir -p $(@D)
	LC_ALL=C awk -f $^ >$@.new
	@mv $@.new $@

# Unit tests: one cmocka program a file, linked with every room but cli.
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_BIN := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SRC))
$(BUILD)/tests/unit/%: tests/unit/%.c $(ROOM_OBJ)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_ALL) -o $@ $< $(ROOM_OBJ) $(LIBS) -lcmocka

# Traced programs: each does one thing and prints what must be learned.
PROG_SRC := $(sort $(wildcard tests/progs/*.c))
PROG_BIN := $(patsubst tests/progs/%.c,$(BUILD)/tests/progs/%,$(PROG_SRC))
$(BUILD)/tests/progs/%: tests/progs/%.c $(wildcard tests/progs/*.h)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -I. $(PROG_LINK) -o $@ $< -lpthread
# It runs where there are no libraries.
$(BUILD)/tests/progs/answers: PROG_LINK = -static

# The attempts to get out of a sandbox: one program, without libraries.
ESCAPE_SRC := $(sort $(wildcard tests/escape/*.c))
$(BUILD)/tests/escape: $(ESCAPE_SRC) tests/escape/escape.h
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -I. -static -o $@ $(ESCAPE_SRC) -lpthread -lrt

# What the kernel itself saw of a run: tests/lib/judge.h.
JUDGE_SRC := $(sort $(wildcard tests/lib/judge*.c))
$(BUILD)/tests/judge: $(JUDGE_SRC) tests/lib/judge.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -I. -o $@ $(JUDGE_SRC)

# What sessions say about others, drawn from them: tests/bench/complete.py.
$(BUILD)/tests/draws: tests/bench/draws.c $(ROOM_OBJ)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(UNIT_BIN): $(BUILD)/flags

# What reads what others wrote, under libFuzzer, which is clang's: one program a
# parser, without what opens files or sources of the system. That of profiles
# opens files of its own alone: tests/fuzz/profile.c.
SECONDS ?= 600
FUZZ ?= profile import record
FUZZ_SRC := $(sort $(wildcard profiles/*.c profiles/*/*.c base/*.c)) $(MADE_SRC) \
	$(patsubst %,auditlog/%.c,carrier losses parse record scan)
FUZZ_LINK_profile = -Wl,--wrap=open,--wrap=stat
FUZZ_SEEDS_profile = profiles/shipped $(wildcard /etc/firejail)
FUZZ_SEEDS_import = tests/fuzz/import
FUZZ_SEEDS_record = tests/fuzz/records
.PRECIOUS: $(BUILD)/fuzz/%
$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_SRC)
	@mkdir -p $(@D)
	clang -std=gnu11 -D_GNU_SOURCE -I. -I$(BUILD) $(WARN) -O1 -g \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		$(FUZZ_LINK_$*) -o $@ $^ -lpthread -ljansson -lelf -lm

# Man pages and completions: the lists in them come from the program's rows.
# A line "@rows FORM [COMMAND]@" stands for what `jail __rows` prints.
MAN := $(patsubst man/%.in,$(BUILD)/man/%,$(sort $(wildcard man/*.in)))
COMPLETIONS := $(patsubst completions/%.in,$(BUILD)/completions/%, \
	$(sort $(wildcard completions/*.in)))
$(MAN) $(COMPLETIONS): $(BUILD)/%: %.in $(BUILD)/jail
	@mkdir -p $(@D)
	$(call quiet,ROWS)sed -E -e 's|^@rows (.*)@$$|$(BUILD)/jail __rows \1|e' \
		-e 's|@VERSION@|$(VERSION)|' $< >$@.new
	@mv $@.new $@

# The service: its calls are those of the shipped profile. @PREFIX@ is filled in
# when it is installed.
UNIT := $(BUILD)/auditlog/jail-watch.service
WATCHED := profiles/shipped/jail-watch.profile
$(UNIT): auditlog/jail-watch.service.in $(WATCHED)
	@mkdir -p $(@D)
	calls=$$(sed -n 's/^seccomp.keep //p' $(WATCHED) | tr , ' '); \
		sed "/^[^#]/s/@CALLS@/$$calls/" $< >$@.new
	@mv $@.new $@

# Examples, in profiles/examples: services that have jail, or a list of calls
# that jail learned, and a hook for apt. @PREFIX@ is filled in when they are
# installed.
EXAMPLES := $(addprefix $(BUILD)/examples/, \
	nginx-in-jail.service redis-in-jail.service redis-filtered.service \
	system-call-filter apt-stale.conf)
FILTER := profiles/examples/system-call-filter
$(BUILD)/examples/%.service: profiles/examples/%.service.in $(FILTER) \
		profiles/examples/redis-server.list
	@mkdir -p $(@D)
	$(FILTER) <$(lastword $^) | sed 1d >$@.filter
	sed -e '/^@FILTER@$$/{r $@.filter' -e 'd}' $< >$@.new
	@mv $@.new $@
	@rm $@.filter
$(BUILD)/examples/system-call-filter $(BUILD)/examples/apt-stale.conf: \
		$(BUILD)/examples/%: profiles/examples/%
	@mkdir -p $(@D)
	cp -p $< $@

# The program with faults on demand, for tests/bats/faults.bats.
.PHONY: docs tests-built faults
faults:
	@$(MAKE) --no-print-directory FAULTS=1 SANITIZE= BUILD=$(BUILD)/faults \
		$(BUILD)/faults/jail

docs: $(MAN) $(COMPLETIONS) $(UNIT) $(EXAMPLES)
tests-built: all faults $(UNIT_BIN) $(PROG_BIN) $(BUILD)/tests/judge \
	$(BUILD)/tests/escape $(BUILD)/tests/draws

# ---- targets for people ---------------------------------------------------

.PHONY: help
help: ## list the targets
	@sed -nE 's/^([a-z-]+):.* ## (.*)$$/  make \1\t\2/p' \
		$(firstword $(MAKEFILE_LIST)) | expand -t 24

# Installs those of the packages $(1) that are missing; nothing is started.
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
define install_packages
@missing=; for p in $(1); do \
	dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null | \
		grep -qx installed || missing="$$missing $$p"; \
done; test -z "$$missing" || $(SUDO) sh tests/lib/install $$missing
endef

.PHONY: deps demo-deps check-deps bench-deps
deps: ## install what building and running need
	$(call install_packages,$(DEPS))
demo-deps: deps ## install what the demonstration needs
	$(call install_packages,$(DEMO_DEPS))
check-deps: deps ## install what the tests need
	$(call install_packages,$(CHECK_DEPS))
bench-deps: deps ## install what measuring needs
	$(call install_packages,$(BENCH_DEPS))

# These call make again: what pkg-config says is read when make starts.
.PHONY: demo check check-asan bench
demo: demo-deps ## train, confine and repair transmission-gtk, for you to see
	@$(MAKE) --no-print-directory all
	sh demo/demo.sh $(BUILD)/jail

LONG ?=
check: check-deps ## build, and run every test; LONG=1: more repetitions
	@$(MAKE) --no-print-directory tests-built
	@$(SUDO) env BUILD=$(BUILD) CC=$(CC) LONG=$(LONG) tests/run

check-asan: check-deps ## the same with the address and undefined sanitizers
	@$(MAKE) --no-print-directory check BUILD=build-asan \
		SANITIZE=address,undefined

bench: bench-deps ## measure: native, strace and jail side by side
	@$(MAKE) --no-print-directory all $(BUILD)/tests/progs/logged_calls \
		$(BUILD)/tests/draws
	@$(SUDO) env BUILD=$(BUILD) ROUNDS=$(ROUNDS) ONLY="$(ONLY)" \
		WRITE=$(WRITE) tests/bench/run $(SECTIONS)

.PHONY: fuzz
fuzz: check-deps ## fuzz the parsers for SECONDS (600) each; FUZZ=record: one
	@for one in $(FUZZ); do \
		$(MAKE) --no-print-directory fuzz-$$one || exit 1; done

fuzz-%: $(BUILD)/fuzz/%
	@mkdir -p $<.corpus
	nice -n 19 $< -max_total_time=$(SECONDS) \
		-max_len=4096 -timeout=10 -rss_limit_mb=1024 \
		-dict=tests/fuzz/$*.dict -print_final_stats=1 \
		-artifact_prefix=$(BUILD)/fuzz/ $<.corpus $(FUZZ_SEEDS_$*)

INSTALL_BIN = $(DESTDIR)$(PREFIX)/bin
INSTALL_MAN = $(DESTDIR)$(PREFIX)/share/man
INSTALL_BASH = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
INSTALL_ZSH = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
INSTALL_UNIT = $(DESTDIR)$(PREFIX)/lib/systemd/system
# To be read: the program has its own copy of them.
INSTALL_PROFILES = $(DESTDIR)$(PREFIX)/share/doc/jail/profiles
INSTALL_EXAMPLES = $(DESTDIR)$(PREFIX)/share/doc/jail/examples

.PHONY: install install-built uninstall clean
install: all ## install below DESTDIR and PREFIX (/usr/local)
	@$(MAKE) --no-print-directory install-built

# What there is, whatever it was built of and with: the tests install so, while
# others run it.
install-built:
	install -D -m 755 $(BUILD)/jail $(INSTALL_BIN)/jail
	for page in $(MAN); do install -D -m 644 $$page \
		$(INSTALL_MAN)/man$${page##*.}/$${page##*/} || exit 1; done
	install -D -m 644 $(BUILD)/completions/jail.bash $(INSTALL_BASH)/jail
	install -D -m 644 $(BUILD)/completions/jail.zsh $(INSTALL_ZSH)/_jail
	install -d $(INSTALL_UNIT)
	sed 's|@PREFIX@|$(PREFIX)|' $(UNIT) >$(INSTALL_UNIT)/jail-watch.service
	chmod 644 $(INSTALL_UNIT)/jail-watch.service
	install -d $(INSTALL_PROFILES)
	install -m 644 $(SHIPPED) $(INSTALL_PROFILES)
	install -d $(INSTALL_EXAMPLES)
	install -m 755 $(EXAMPLES) $(INSTALL_EXAMPLES)
	cd $(INSTALL_EXAMPLES) && sed -i 's|@PREFIX@|$(PREFIX)|g' \
		*.service *.conf && chmod 644 *.service *.conf

uninstall: ## remove what install installed
	rm -f $(INSTALL_BIN)/jail $(INSTALL_BASH)/jail $(INSTALL_ZSH)/_jail
	rm -f $(INSTALL_UNIT)/jail-watch.service
	for file in $(notdir $(SHIPPED)); do \
		rm -f $(INSTALL_PROFILES)/$$file; done
	for file in $(notdir $(EXAMPLES)); do \
		rm -f $(INSTALL_EXAMPLES)/$$file; done
	for page in $(MAN); do \
		rm -f $(INSTALL_MAN)/man$${page##*.}/$${page##*/}; done

clean: ## remove what was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
