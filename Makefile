# The two commands of the README are `make demo` and `make test`; the rest are their parts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Built tools outlive a clone.
TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/limpet/tools
TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO_DENY := 0.20.2
MDBOOK := 0.5.4
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
FUZZERS := $(notdir $(basename $(wildcard fuzz/fuzz_targets/*.rs)))
# Of each fuzzer. `make test` takes one that is built sooner and does less in a second.
FUZZ_SECS ?= 600
FUZZ_PROFILE ?= fuzz
# What a whole `make test` writes at most, in GiB: it would fail far in with a compiler's error.
TEST_SPACE := 16

# Nobody builds twice there, and what an incremental build keeps is a third of the disk it takes.
ifdef CI
export CARGO_INCREMENTAL := 0
endif

.PHONY: help
help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 32

.PHONY: demo
demo: tools ## Build Limpet and watch it keep clients on their pods
	@[[ -e $(TARGET)/debug/limpet ]] || echo "make demo: building Limpet: three to five minutes on two cores, this once"
	cargo build -p limpet --no-default-features
	$(TARGET)/debug/limpet demo

COMMA := ,
SAY = echo "make $@: $(1)" >&2

# Linked statically, as the image has no C library, and for the host by its name. Packed, what is relocated
# at the start takes 40 kB rather than a megabyte.
STATIC_FLAGS := -C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs
STATIC := RUSTFLAGS='$(STATIC_FLAGS)'
FOR_HOST := --target $(HOST)

# Tests and lints share one build: Clippy's compiler builds too, if with less optimising. The binary of a test
# run's image is built with the compiler proper, and shares what both depend on.
STRICT := RUSTFLAGS='$(STATIC_FLAGS) -D warnings'
LINTED := $(STRICT) RUSTC_WORKSPACE_WRAPPER=clippy-driver

.PHONY: test
test: test-space tools format deny ## Run everything that must pass, cheap checks first
	@if command -v apt-get >/dev/null; then for tool in deb docs valgrind; do ./tools.sh $$tool; done; fi
	@./tools.sh nightly >/dev/null || true
	@mkdir -p $(TARGET)
	@$(AT_IDLE_PRIORITY) $(MAKE) test-builds >$(TARGET)/builds.log 2>&1 & builds=$$!; \
	trap "kill -- -$$builds 2>/dev/null || true" EXIT; \
	$(MAKE) test-workspace test-nodes; \
	wait $$builds || { tail -n 30 $(TARGET)/builds.log >&2; exit 1; }
	@$(call SAY,instruction counts$(COMMA) fuzzers and AddressSanitizer: three minutes once they are built)
	$(MAKE) instructions
	$(MAKE) test-nightly

.PHONY: test-workspace
test-workspace:
	@$(call SAY,lints and tests of the workspace: ten minutes the first time$(COMMA) then four)
	$(LINTED) cargo build --workspace --all-targets $(FOR_HOST)
	$(LINTED) cargo test --workspace $(FOR_HOST) --no-fail-fast
	$(MAKE) chart-test
	$(MAKE) test-without-ring STATIC="$(LINTED)"
	$(MAKE) image PROFILE=dev STATIC="$(STRICT)"
	$(TARGET)/$(HOST)/debug/limpet demo --check

# Runs only where nothing else wants the processor. Niceness alone counts within one control group, and pods
# have groups of their own.
# In a group of its own, so that all of it can be ended.
AT_IDLE_PRIORITY := $(if $(shell command -v setsid),setsid) $(if $(shell command -v chrt),chrt --idle 0) nice -n 19

# What nodes, and the last two, compile, while tests and nodes wait for one thing or another. Only that: tests
# that run beside others would be late.
.PHONY: test-builds
test-builds:
	if conformance/cluster/cluster can-run; then conformance/cluster/cluster build; fi
	cargo build --release -p limpet-instructions
	if ./tools.sh nightly; then $(MAKE) sanitize; fi
	$(MAKE) docs

# Where CI is set nothing may be left out; elsewhere a machine that cannot do it is told so.
.PHONY: test-nodes
test-nodes: ## Run all tests on Kubernetes nodes; `make image` before
	@$(call SAY,tests on three Kubernetes nodes: nine minutes)
	@if conformance/cluster/cluster can-run; then conformance/all; \
	elif [[ -n "$${CI:-}" ]]; then exit 1; \
	else echo "make test: no Kubernetes node can run here: the tests on one did not run." >&2; fi

.PHONY: test-nightly
test-nightly:
	@if ./tools.sh nightly; then $(MAKE) fuzz FUZZ_SECS=4 FUZZ_PROFILE=sanitize && $(MAKE) asan; \
	elif [[ -n "$${CI:-}" ]]; then exit 1; \
	else echo "make test: no nightly compiler here: fuzzers and AddressSanitizer did not run." >&2; \
	  echo "The fuzzers' seeds and finds were replayed all the same, by limpet-hostile's tests." >&2; fi

.PHONY: test-space
test-space:
	@free=$$(df --output=avail -BG . | tail -n 1 | tr -dc 0-9); \
	if (( free < $(TEST_SPACE) )) && [[ ! -d $(TARGET)/$(HOST)/sanitize ]]; then \
	  echo "make test: $${free} GiB are free here, and a first run writes $(TEST_SPACE): make room, or set CARGO_TARGET_DIR to another disk." >&2; \
	  exit 1; fi

.PHONY: fuzz
fuzz: tools-nightly ## Let every fuzzer run for FUZZ_SECS=600 seconds
	$(SANITIZE) cargo build --profile $(FUZZ_PROFILE) $(INSTRUMENTED) --bins $(ASAN_TESTS)
	@printf '%s\n' $(FUZZERS) | xargs -P "$$(nproc)" -I{} fuzz/run.sh {} $(TARGET)/$(HOST)/$(FUZZ_PROFILE)/{} $(FUZZ_SECS)

# Fuzzers, and tests under AddressSanitizer, share one build in `make test`. What libFuzzer is told of: edges,
# and what is compared; a branch that became an instruction would tell it nothing.
COVERAGE := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0
# Packages, features and tests are named alike for both, as they decide what is built.
INSTRUMENTED := $(FOR_HOST) -p limpet-dataplane -p limpet-fuzz --features limpet-fuzz/fuzzing
SANITIZED := --profile sanitize $(INSTRUMENTED)
ASAN_TESTS := --test http --test affinity --test tls
# A worker's runtime keeps what its tasks hold when it ends, so leaks are not looked for.
SANITIZE := RUSTUP_TOOLCHAIN=nightly RUSTFLAGS='-Zsanitizer=address $(COVERAGE)' ASAN_OPTIONS=detect_leaks=0

.PHONY: sanitize
sanitize: tools-nightly
	$(SANITIZE) cargo build $(SANITIZED) --bins $(ASAN_TESTS)
	$(SANITIZE) cargo test -q $(SANITIZED) --no-run --lib

.PHONY: asan
asan: sanitize ## Run the tests that reach `unsafe` under AddressSanitizer
	$(SANITIZE) cargo test -q $(SANITIZED) --lib -- runtime:: cluster:: transport::tls::
	$(SANITIZE) cargo test -q $(SANITIZED) $(ASAN_TESTS)

.PHONY: instructions
instructions: tools-valgrind ## Count the instructions of the hot functions
	cargo run --release -p limpet-instructions

.PHONY: instructions-write
instructions-write: tools-valgrind ## Make the counts of now the bounds of `make instructions`
	cargo run --release -p limpet-instructions -- --write

.PHONY: test-without-ring
test-without-ring: ## Run the socket tests with io_uring refused as by a container's seccomp profile
	LIMPET_TEST_REFUSE=io_uring_setup:EPERM $(STATIC) cargo test -q --workspace $(FOR_HOST) \
	  --test http --test affinity --test strict io_uring

.PHONY: chart-test
chart-test: ## Lint the Helm chart, compare what it renders, and see typos refused
	charts/test.sh

.PHONY: format
format: tools
	cargo fmt --all --check

.PHONY: lint
lint: format
	$(STATIC) cargo clippy --workspace --all-targets $(FOR_HOST) -- -D warnings

.PHONY: gen
gen: ## Write what is generated from schema/*.json
	cargo run -q -p limpet-codegen -- gen

.PHONY: gen-check
gen-check: tools
	cargo run -q -p limpet-codegen -- check

.PHONY: deny
deny: $(TOOLS)/bin/cargo-deny-$(CARGO_DENY)
	$< check bans licenses sources

$(TOOLS)/bin/cargo-deny-$(CARGO_DENY):
	cargo install --debug cargo-deny --version $(CARGO_DENY) --locked --root $(TOOLS)
	mv $(TOOLS)/bin/cargo-deny $@

.PHONY: tools
tools: # What a build needs beside Rust, installed where that is possible
	@./tools.sh

.PHONY: tools-nightly tools-valgrind tools-strace
tools-nightly tools-valgrind tools-strace: tools-%:
	@./tools.sh $*

BENCH := $(TARGET)/release/limpet-bench
RESULTS ?= bench/RESULTS.md
# `make bench RESULTS=` prints them only.
KEEP_RESULTS := $(if $(RESULTS),--results $(RESULTS))

.PHONY: bench
bench: bench-tools ## Measure Limpet beside HAProxy, nginx, Envoy and a bare relay
	$(BENCH) run $(KEEP_RESULTS)
	$(BENCH) hot-pin $(KEEP_RESULTS)

.PHONY: bench-strict
bench-strict: bench-tools ## See how each of them answers HTTP/1 that proxies disagree about
	$(BENCH) strict $(KEEP_RESULTS)

.PHONY: bench-scale
bench-scale: bench-tools ## Measure Limpet with ten thousand routes
	$(BENCH) scale $(KEEP_RESULTS)

.PHONY: bench-instructions
bench-instructions: bench-tools tools-valgrind ## Print what instructions of a request are spent on
	$(BENCH) instructions

.PHONY: bench-syscalls
bench-syscalls: bench-tools tools-strace ## Print the system calls of a request
	$(BENCH) syscalls

.PHONY: bench-control
bench-control: image ## Measure the operator on a real node: routes from create to served
	conformance/own -test.run 'TestMeasures$$' -measures $(abspath bench/CONTROL.md)

.PHONY: test-restarts
test-restarts: image ## Restart the backends 20 times under 500 requests/s on a real node
	conformance/own -test.run RollingRestarts -restarts 20 -test.timeout 45m

.PHONY: bench-tools
bench-tools: tools
	bench/install.sh
	cargo build --release -p limpet -p limpet-bench

.PHONY: docs
docs: $(TOOLS)/bin/mdbook-$(MDBOOK) ## Write the site to target/docs
	$< build docs

$(TOOLS)/bin/mdbook-$(MDBOOK):
	cargo install --debug mdbook --version $(MDBOOK) --locked --no-default-features --root $(TOOLS)
	mv $(TOOLS)/bin/mdbook $@

.PHONY: cluster
cluster: ## Start a Kubernetes node on this machine (needs root and Go)
	conformance/cluster/cluster up

.PHONY: cluster-down
cluster-down: ## End that node and remove all it left
	conformance/cluster/cluster down

# The build of the image's binary: `dev` is quicker.
PROFILE ?= release

.PHONY: image
image: binary ## Write target/limpet-image.tar, the image limpet:dev, without Docker
	conformance/cluster/image $(TARGET)/limpet-image.tar $(TARGET)/static/limpet limpet:dev

.PHONY: deb
deb: binary ## Write target/limpet.deb, a Debian package with a systemd unit
	packaging/deb/build $(TARGET)/static/limpet $(TARGET)/limpet.deb

# In a release the linker keeps functions that are alike once, which saves 0.7 MB.
BUILD_BINARY = $(if $(filter release,$(PROFILE)),$\
  cargo rustc --release $(FOR_HOST) -p limpet --bin limpet -- -C link-arg=-Wl$(COMMA)--icf=all,$\
  cargo build --profile $(PROFILE) $(FOR_HOST) --workspace --bin limpet)

# Needs nothing of the machine that it runs on. What it says to debuggers is in limpet.debug beside it.
.PHONY: binary
binary: tools ## Write target/static/limpet, linked statically
	$(STATIC) $(BUILD_BINARY)
	@mkdir -p $(TARGET)/static
	objcopy --only-keep-debug $(TARGET)/$(HOST)/$(PROFILE:dev=debug)/limpet $(TARGET)/static/limpet.debug
	objcopy --strip-all --add-gnu-debuglink=$(TARGET)/static/limpet.debug \
	  $(TARGET)/$(HOST)/$(PROFILE:dev=debug)/limpet $(TARGET)/static/limpet

.PHONY: conformance
conformance: image ## Run the Gateway API conformance suite, or RUN=one of its tests
	conformance/run $(RUN)

.PHONY: conformance-persistence
conformance-persistence: image ## Run the session-persistence profile, or RUN=one of its tests
	conformance/run persistence $(RUN)
