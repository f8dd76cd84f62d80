# unitward: see README.md for what it is, HACKING.md for how it is built and tested.
#
#   make            build/unitwardd and build/unitward
#   make run        install what it needs, build, run in audit mode on this machine (root)
#   make check      install what it needs, build, run every test this machine can run (root for all)
#   make help       the other targets

VERSION  := 0.1.0
PREFIX   ?= /usr/local
ZSHDIR   ?= $(PREFIX)/share/zsh/site-functions
SYSCONF  ?= /etc
DESTDIR  ?=
BUILD    ?= build
ifeq ($(origin CC),default)
CC       := gcc
endif
SECONDS  ?= 20

PACKAGES := libconfig libsystemd sqlite3 libmd jansson libseccomp libcap-ng mount audit

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
            -Wimplicit-fallthrough -Werror
HARDENING := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
# SANITIZE is set by `make asan`: the sanitizers and the fortify macros do not go together.
MODE_CFLAGS  ?= $(HARDENING)
MODE_LDFLAGS ?= -pie -Wl,-z,relro,-z,now,-z,noexecstack

CPPFLAGS += -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DUNITWARD_VERSION='"$(VERSION)"'
# The directory it is built in leaves no trace in what is built.
CFLAGS   += -std=gnu11 -g -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(MODE_CFLAGS) $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS   += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread
LDFLAGS  += -Wl,--as-needed $(MODE_LDFLAGS)

MAINS    := unitwardd unitward unitward-generator unitward-audit
SOURCES  := $(wildcard src/*/*.c)
# OBJECTS_OF is another build directory with the same flags, for `make inject`.
OBJECTS  := $(SOURCES:%.c=$(or $(OBJECTS_OF),$(BUILD))/%.o)
LIBRARY  := $(BUILD)/libunitward.a
TESTS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
HELPERS  := $(patsubst tests/integration/%.c,$(BUILD)/tests/%,$(wildcard tests/integration/*.c))
BENCHES  := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
FUZZERS  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
WALKS    := $(patsubst tests/inject/%.c,$(BUILD)/tests/%,$(wildcard tests/inject/walk_*.c))
# Headers are laid out by hand: their comments are contracts, in columns.
FORMATTED := $(wildcard src/*.c src/*/*.c tests/unit/*.c tests/fuzz/*.c tests/integration/*.c tests/inject/*.c tests/bench/*.c)

.PHONY: all install deb rpm check tests benches bench bench-check fuzzers check-unit check-documents check-policies check-integration check-system check-vm asan tsan inject check-inject clang tidy format run deps fuzz clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(MAINS:%=$(BUILD)/%)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT '$$(BUILD)/$*.o' -c -o $@ $<

$(LIBRARY): $(OBJECTS)
	@echo "  AR    $@"
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

$(MAINS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/src/%.o $(LIBRARY)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAPPED) -o $@ $^ -lcmocka $(LDLIBS)

# `make inject` sets INJECT: every function that tests/inject/inject.c wraps can be told to fail then.
ifdef INJECT
WRAPPED  := @$(BUILD)/wrapped
$(LIBRARY): $(BUILD)/tests/inject/inject.o $(BUILD)/wrapped
$(BUILD)/wrapped: tests/inject/inject.c
	@mkdir -p $(@D)
	@sed -nE 's/^WRAP\([^,]*, ([a-z0-9_]+),.*/-Wl,--wrap=\1/p; s/^(int|ssize_t) __wrap_([a-z0-9_]+)\(.*;$$/-Wl,--wrap=\2/p' $< >$@
endif

$(BUILD)/tests/walk_%: $(BUILD)/tests/inject/walk_%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAPPED) -o $@ $(filter %.o %.a,$^) -lcmocka $(LDLIBS)

$(HELPERS): $(BUILD)/tests/%: $(BUILD)/tests/integration/%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS)

$(BENCHES): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS)

# Installs what building, running and testing need, where it is missing.
deps:
	@packaging/install-dependencies

run: deps
	@$(MAKE) --no-print-directory -s -j $$(nproc) all
	@packaging/run-here $(BUILD)

check: deps
	@tests/run-all

tests: $(TESTS) $(HELPERS) $(BENCHES)

benches: $(BENCHES)

# What each thing costs, as a ratio against something measured in the same run; ONLY="open rules" for some sections. By hand, on
# a machine that does nothing else: it fails nothing. bench-check says which of the goals are met.
bench: all $(HELPERS) $(BENCHES)
	@tests/bench/run $(ONLY)

bench-check:
	@tests/bench/report --goals $(BUILD)/bench

check-unit: all $(TESTS)
	@tests/run-unit $(TESTS)

check-documents: all
	@tests/documented $(BUILD)/unitward

check-policies: $(BUILD)/unitward
	@tests/policies $<

check-integration: all $(HELPERS) $(BENCHES)
	@tests/integration/run $(SCRIPTS)

check-system: all
	@tests/system/run

check-vm: all $(HELPERS)
	@tests/vm/run

# The whole suite, instrumented.
ASAN := MODE_LDFLAGS= MODE_CFLAGS="-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
asan:
	$(MAKE) BUILD=build/asan $(ASAN) $(or $(TARGETS),check-unit check-integration)

# Failures on demand, instrumented: the parts in process, some steps of each; INJECT_WALK=all tries every step, of the
# daemon itself too; INJECT_DAEMON=1 some of the daemon's. Which these are changes with the time that things take.
inject:
	$(MAKE) BUILD=build/asan $(ASAN) build/asan/libunitward.a
	$(MAKE) BUILD=build/inject OBJECTS_OF=build/asan INJECT=1 $(ASAN) $(or $(TARGETS),check-inject)

check-inject: $(WALKS) $(if $(INJECT_WALK)$(INJECT_DAEMON),all $(HELPERS))
	@tests/run-unit $(WALKS)
	@[ -z "$(INJECT_WALK)$(INJECT_DAEMON)" ] || FILESYSTEMS=ext4 MODES=enforce tests/integration/run tests/inject/daemon.sh

# All threads at work, and each look for a race at what the others do: the unit tests, and the scripts with the most
# traffic; SCRIPTS=all for all of them.
THREADED := 01-create 04-rename 10-attributes 14-race 20-reload 22-gap 25-quarantine 30-approve 70-gate 74-gate-takeover
tsan:
	FILESYSTEMS=$(or $(FILESYSTEMS),ext4) MODES=enforce TIMEOUT=$(or $(TIMEOUT),600) $(MAKE) BUILD=build/tsan MODE_LDFLAGS= \
	        MODE_CFLAGS="-O1 -fno-omit-frame-pointer -fsanitize=thread" \
	        SCRIPTS="$(patsubst all,,$(or $(SCRIPTS),$(THREADED:%=tests/integration/%.sh)))" \
	        $(or $(TARGETS),check-unit check-integration)

# The second compiler must have nothing to say either.
clang:
	$(MAKE) BUILD=build/clang CC=clang MODE_CFLAGS="-O2 -fPIE" all benches

# One instrumented library for all targets. SECONDS is the time for each; they run one a processor.
SANITIZE_FUZZ := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_BUILD = $(MAKE) BUILD=build/fuzz CC=clang MODE_LDFLAGS= MODE_CFLAGS="-O1 $(SANITIZE_FUZZ)"

# With the programs: this is the build with the second compiler in `make check`.
fuzzers:
	+@$(FUZZ_BUILD) all $(BENCHES:$(BUILD)/%=build/fuzz/%) $(FUZZERS:%=build/fuzz/bin/%)

fuzz: fuzzers
	@tests/run-fuzz $(SECONDS) $(FUZZERS)

fuzz-%:
	+@$(FUZZ_BUILD) build/fuzz/bin/$*
	@tests/run-fuzz $(SECONDS) $*

$(BUILD)/bin/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# One file at a time: after the first one, LLVM 14 does not know va_start any more.
tidy:
	@printf '%s\n' $(SOURCES) $(MAINS:%=src/%.c) | xargs -P $$(nproc) -I {} \
	        clang-tidy --quiet --warnings-as-errors='*' {} -- $(CPPFLAGS) -std=gnu11 $(shell pkg-config --cflags $(PACKAGES))

format:
	clang-format -i $(FORMATTED)

$(BUILD)/completion/%: packaging/completion/generate $(BUILD)/unitward
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	@$^ $* >$@

install: all $(addprefix $(BUILD)/completion/,bash zsh fish)
	install -D -m 0755 $(BUILD)/unitwardd $(DESTDIR)$(PREFIX)/sbin/unitwardd
	install -D -m 0755 $(BUILD)/unitward $(DESTDIR)$(PREFIX)/bin/unitward
	install -D -m 0755 $(BUILD)/unitward-generator \
	        $(DESTDIR)$(PREFIX)/lib/systemd/system-generators/unitward-generator
	install -D -m 0755 $(BUILD)/unitward-audit $(DESTDIR)$(PREFIX)/lib/unitward/unitward-audit
	install -d -m 0755 $(DESTDIR)$(PREFIX)/lib/systemd/user-generators
	ln -sf ../system-generators/unitward-generator $(DESTDIR)$(PREFIX)/lib/systemd/user-generators/unitward-generator
	install -d -m 0755 $(DESTDIR)$(SYSCONF)/unitward/policy.d
	test -e $(DESTDIR)$(SYSCONF)/unitward/unitward.conf || \
	        install -m 0644 policy/unitward.conf $(DESTDIR)$(SYSCONF)/unitward/unitward.conf
	install -D -m 0644 policy/unitward.conf $(DESTDIR)$(PREFIX)/share/unitward/unitward.conf
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/unitward/profiles
	install -m 0644 policy/profiles/*.conf $(DESTDIR)$(PREFIX)/share/unitward/profiles
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/unitward/sigma
	install -m 0644 packaging/sigma/*.yml $(DESTDIR)$(PREFIX)/share/unitward/sigma/
	install -m 0644 packaging/sigma-journal.yml $(DESTDIR)$(PREFIX)/share/unitward/sigma-journal.yml
	install -D -m 0644 packaging/logrotate/unitward $(DESTDIR)$(SYSCONF)/logrotate.d/unitward
	install -d -m 0755 $(DESTDIR)$(PREFIX)/lib/systemd/system
	for unit in unitward.service unitward-metrics.service unitward-audit.service; do \
	        sed 's,@sbindir@,$(PREFIX)/sbin,g; s,@bindir@,$(PREFIX)/bin,g; s,@libdir@,$(PREFIX)/lib/unitward,g' packaging/systemd/$$unit.in \
	                > $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit && \
	        chmod 0644 $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit; \
	done
	install -m 0644 packaging/systemd/unitward-metrics.timer packaging/systemd/unitward-audit.socket \
	        $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -D -m 0644 packaging/grafana/unitward.json $(DESTDIR)$(PREFIX)/share/unitward/grafana/unitward.json
	install -D -m 0644 packaging/man/unitward.1 $(DESTDIR)$(PREFIX)/share/man/man1/unitward.1
	install -D -m 0644 packaging/man/unitwardd.8 $(DESTDIR)$(PREFIX)/share/man/man8/unitwardd.8
	install -D -m 0644 packaging/man/unitward-generator.8 \
	        $(DESTDIR)$(PREFIX)/share/man/man8/unitward-generator.8
	install -D -m 0644 packaging/man/unitward.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/unitward.conf.5
	install -D -m 0644 packaging/man/unitward-test.5 $(DESTDIR)$(PREFIX)/share/man/man5/unitward-test.5
	install -D -m 0644 packaging/man/unitward-attack.7 $(DESTDIR)$(PREFIX)/share/man/man7/unitward-attack.7
	install -D -m 0644 packaging/man/unitward-records.7 $(DESTDIR)$(PREFIX)/share/man/man7/unitward-records.7
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/unitward/forwarding
	install -m 0644 packaging/forwarding/* $(DESTDIR)$(PREFIX)/share/unitward/forwarding/
	install -D -m 0644 $(BUILD)/completion/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/unitward
	install -D -m 0644 $(BUILD)/completion/zsh $(DESTDIR)$(ZSHDIR)/_unitward
	install -D -m 0644 $(BUILD)/completion/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/unitward.fish

# The packages, in build/deb and build/rpm. RELEASE=trixie builds in a root of that Debian; BUILT=build takes what `make` has
# compiled.
deb rpm:
	@packaging/build-package $@ $(VERSION)

clean:
	rm -rf build

help:
	@sed -n 's/^#   //p' Makefile
	@echo "also: install deb rpm bench bench-check check-unit check-documents check-policies check-integration check-system check-vm asan tsan inject clang fuzz tidy format deps clean"

-include $(OBJECTS:.o=.d) $(MAINS:%=$(BUILD)/src/%.d) $(wildcard $(BUILD)/tests/*/*.d)
