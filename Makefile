# `make` lists the targets. Everything builds into .build, so clones do not get into each other's way.
SHELL := /bin/bash
.DEFAULT_GOAL := help
sources := Package.swift Sources Tests examples/swift $(wildcard Benchmarks/Package.swift Benchmarks/Sources)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## Install the Debian packages that are missing
	@scripts/setup.sh

.PHONY: build
build: setup ## Build everything for debugging
	swift build

.PHONY: release
release: setup ## Build the optimised moltbot executable
	swift build --configuration release --product moltbot

.PHONY: test
test: setup ## Check the format, build, and run all tests on real brokers
	@scripts/test.sh

.PHONY: bench
bench: setup ## Measure throughput and latency
	Benchmarks/run.sh

.PHONY: demo
demo: setup ## Lose nothing: 500 tasks, a worker killed and the broker restarted on the way
	@scripts/demo.sh

.PHONY: lint
lint: ## Check the source format
	swift format lint --strict --parallel --recursive $(sources)

.PHONY: format
format: ## Rewrite the sources in the project's format
	swift format --in-place --parallel --recursive $(sources)

.PHONY: clean
clean: ## Delete what was built
	rm -rf .build
