# What people type.  Each target brings what it needs: `make test` in a fresh clone installs, fetches and builds first.
#
#   RLR_TORCH=<prefix>   use this LibTorch (a folder with include/ and lib/) and fetch none
#   JOBS=<n>             parallel compilations (default: cores, at most one per 2 GiB of memory)
#   BUILD=<folder>       build folder (default build/cpu)
SHELL := /bin/bash
BUILD ?= build/cpu
RLR_TORCH ?=
JOBS ?= $(shell m=$$(( $$(awk '/MemTotal/ {print $$2}' /proc/meminfo) / 2097152 )); c=$$(nproc); \
               j=$$(( m < c ? m : c )); echo $$(( j < 1 ? 1 : j )))
TEST_JOBS ?= 2
TORCH_OPTION := $(if $(RLR_TORCH),-DRLR_TORCH=$(abspath $(RLR_TORCH)))
CTEST := ctest --test-dir $(BUILD) --output-on-failure --no-tests=error

.DEFAULT_GOAL := help
.PHONY: help deps configure build programs test test-long bench quickstart asan clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

deps: ## system packages, LibTorch and Arrow into .deps/
	@core/toolchain/packages.sh
	@python3 core/toolchain/fetch.py .deps $(if $(RLR_TORCH),--only arrow)

configure: deps
	@test -f $(BUILD)/build.ninja -a -z "$(TORCH_OPTION)" || cmake -B $(BUILD) --preset cpu $(TORCH_OPTION)

build: configure ## both programs and the tests, in build/cpu
	@cmake --build $(BUILD) -j $(JOBS)

programs: configure ## the programs without the tests
	@cmake --build $(BUILD) -j $(JOBS) --target programs

test: build ## all tests but the long ones and those that need a GPU
	@$(CTEST) -LE 'long|gpu' -j $(TEST_JOBS)

test-long: build ## the long tests
	@$(CTEST) -L long -j 1

bench: configure ## speed, and ratios to Python peers where tests/benchmarks/peers/setup.sh has installed them
	@cmake -B $(BUILD) -DRLR_BENCHMARKS=ON >/dev/null
	@cmake --build $(BUILD) -j $(JOBS)
	@tests/benchmarks/run.sh $(BUILD)

quickstart: ## everything from nothing: set up, build, run the main job, print its table
	@core/toolchain/quickstart.sh $(BUILD)

asan: deps ## the torch-free libraries and their tests under AddressSanitizer and UBSan
	@cmake --preset asan
	@cmake --build build/asan -j $(JOBS)
	@ctest --test-dir build/asan --output-on-failure -LE 'long|gpu' -j $(TEST_JOBS)

clean: ## remove what was built; .deps, runs and the store stay
	@rm -rf build
