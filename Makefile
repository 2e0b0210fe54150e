# The two commands of the README are `make demo` and `make test`; the rest are their parts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Built tools outlive a clone.
TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/limpet/tools
TARGET := $(or $(CARGO_TARGET_DIR),target)
CARGO_DENY := 0.20.2

.PHONY: help
help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

.PHONY: demo
demo: tools ## Build Limpet and watch it keep clients on their pods
	cargo build --release --bin limpet
	$(TARGET)/release/limpet demo

.PHONY: test
test: tools lint deny gen-check ## Run everything that must pass, cheap checks first
	cargo test --workspace --no-fail-fast
	cargo build --bin limpet
	$(TARGET)/debug/limpet demo --check

.PHONY: lint
lint: tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

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
	cargo install cargo-deny --version $(CARGO_DENY) --locked --root $(TOOLS)
	mv $(TOOLS)/bin/cargo-deny $@

.PHONY: tools
tools: # What a build needs beside Rust, installed where that is possible
	@./tools.sh

BENCH := $(TARGET)/release/limpet-bench
RESULTS ?= bench/RESULTS.md

.PHONY: bench
bench: bench-tools ## Measure Limpet beside HAProxy, nginx, Envoy and a bare relay
	$(BENCH) run --results $(RESULTS)
	$(BENCH) hot-pin --results $(RESULTS)

.PHONY: bench-strict
bench-strict: bench-tools ## See how each of them answers HTTP/1 that proxies disagree about
	$(BENCH) strict --results $(RESULTS)

.PHONY: bench-scale
bench-scale: bench-tools ## Measure Limpet with ten thousand routes
	$(BENCH) scale --results $(RESULTS)

.PHONY: bench-tools
bench-tools: tools
	bench/install.sh
	cargo build --release --bin limpet --bin limpet-bench
