# Everything a person or CI does with Reckoner. The work itself is in CMake presets and in the scripts named here.
SHELL := /bin/bash
JOBS ?= $(shell nproc)

# Tests meet a local time that is not UTC, by an offset that is no whole hour; written out so that it needs no zone file.
export TZ := NPT-05:45
# One compiler cache for every clone and build folder.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.DEFAULT_GOAL := help
.PHONY: help build demo demo-kafka test check check-clang check-asan check-tsan check-readme lint format bench bench-kafka torture torture-kafka planted-bugs clean packages check-packages

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

packages:
	@packaging/install-packages.sh build

check-packages:
	@packaging/install-packages.sh build check

# $(call compile,PRESET,TARGETS): configures and builds in build/PRESET.
compile = cmake --preset $(1) >build/$(1).configure.log 2>&1 || { cat build/$(1).configure.log; exit 1; }; cmake --build --preset $(1) -j $(JOBS) $(if $(2),--target $(2))
# $(call run_tests,PRESET,SELECTION): its tests, with the summary kept in build/PRESET/tests.log. Two more at a time than there are cores: some wait most of the time.
run_tests = set -o pipefail; ctest --preset $(1) -j $$(($(JOBS) + 2)) --no-tests=error $(2) 2>&1 | tee build/$(1)/tests.log

build: packages ## the program: build/release/reckoner (installs missing packages first)
	@mkdir -p build
	@$(call compile,release,reckoner)

demo: build ## generates transactions, finds fraud, is killed half-way, and ends with the same results
	@build/release/reckoner demo

demo-kafka: build ## the same through topics of a broker that it starts, with the latency of alerts
	@packaging/kafka/demo.sh build/release/reckoner

test: packages ## release build of everything, and every test
	@mkdir -p build
	@$(call compile,release)
	@$(call run_tests,release,-LE torture)

check: ## clang's build, layout and static checks, sanitizers, the README's commands
	@tests/scripts/check.sh lint check-asan check-tsan check-readme

check-clang: check-packages
	@mkdir -p build
	@$(call compile,clang)

lint: check-clang ## layout and static checks, of what changed since it was last clean (ONLY=engine: of one folder)
	@tests/scripts/format.sh --check
	@JOBS=$(JOBS) tests/scripts/lint.sh build/clang $(ONLY)

# Scripts that start the program hundreds of times are left to the release build; what it consists of is tested here in process.
check-asan: check-packages
	@mkdir -p build
	@$(call compile,asan-ubsan)
	@$(call run_tests,asan-ubsan,-LE 'torture|tidy|program|kafka')

check-tsan: check-packages
	@mkdir -p build
	@$(call compile,tsan,threaded_tests)
	@$(call run_tests,tsan,-L threaded)

check-readme: packages
	@tests/scripts/readme_commands.sh README.md

format: check-packages ## lays out every source file
	@tests/scripts/format.sh

bench: packages ## builds and runs the benchmarks
	@mkdir -p build
	@$(call compile,release)
	@tests/scripts/bench.sh build/release

bench-kafka: packages ## the same through topics of a broker on this machine: rate, CPU, the latency of alerts by stage beside a bare pipeline's, and what traps cost
	@$(call compile,release,reckoner kafka_load kafka_bare kafka_traps)
	@tests/scripts/bench_kafka.py build/release . build/bench-kafka

torture: packages ## the long runs: kill -9 at 200 random moments, all settings, every failing call, 500 flipped bits
	@mkdir -p build
	@$(call compile,release)
	@$(call run_tests,release,-L torture -LE kafka)

torture-kafka: packages ## the same on a real broker: 500 kills, 100 of the broker, 300 lost answers
	@mkdir -p build
	@$(call compile,release)
	@$(call run_tests,release,-L kafka-torture)

planted-bugs: packages ## shows that the tests catch bugs: plants one after the other and expects a failure (ONLY=name: that one)
	@tests/scripts/planted_bugs.py build/planted-bugs -j $(JOBS) $(ONLY)

clean: ## removes build/
	rm -rf build
