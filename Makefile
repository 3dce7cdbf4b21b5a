# Sotto's front door: `make help` lists what it does. The scripts behind it are short; read them in tools/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MODEL ?= smollm2
FUZZ_SECONDS ?= 60
PREFIX ?= $(HOME)/.local
CPP_FOLDERS := apps bench examples include src tests tools
export SOTTO_PYTHON ?= $(CURDIR)/.venv/bin/python
export PROMPT
# A clone in another folder finds what was compiled before.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
PEER_VENV := .venv-peer/.$(if $(filter all,$(PEERS)),all,ready)
SOTTO := build/release/apps/cli/sotto
GREETING := Say hello in one sentence.

.PHONY: help run install test check sanitize build-run build-test data build-server models bench quality claims sizes format check-format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 10

run: build-run ## build, fetch the default model if it is missing, chat; PROMPT="…" answers once
	@$(SOTTO) show $(MODEL) >/dev/null 2>&1 || $(SOTTO) pull $(MODEL)
	@if [ -z "$$PROMPT" ] && [ -t 0 ] && [ -t 1 ]; then exec $(SOTTO) run $(MODEL); fi; \
	exec $(SOTTO) run $(MODEL) "$${PROMPT:-$(GREETING)}" </dev/null

install: build-server ## programs, manual page and shell completion into PREFIX (~/.local), without the tests
	@cmake --install build/release --prefix "$(PREFIX)"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "add $(PREFIX)/bin to PATH, so that the shell finds sotto";; esac

test: sanitize build-test data ## everything: sanitizers, fuzzers, then the tests; a second run is incremental
	@ctest --test-dir build/release --output-on-failure

check: build-test data ## only the tests, optimised
	@ctest --test-dir build/release --output-on-failure

sanitize: build-test data ## the tests under AddressSanitizer and ThreadSanitizer, and each fuzz target for FUZZ_SECONDS
	@tools/sanitized.sh dev
	@GTEST_FILTER='-*/Gemma3' tools/sanitized.sh tsan engine_test ops_test base_test
	@tools/fuzz.sh $(FUZZ_SECONDS)

bench: build-test models $(PEER_VENV) ## speed beside the peers; parts: ONLY="speed eco" WORKS=pp512 MODELS=smollm2 PEERS=all
	@.venv-peer/bin/python bench/bench.py $(if $(ONLY),--only $(ONLY)) $(if $(WORKS),--works $(WORKS)) \
	  $(if $(MODELS),--models $(MODELS)) $(if $(PEERS),--peers $(PEERS))

quality: build-test models .venv-peer/.ready ## distributions beside float32 and the peer; parts: MODELS=smollm2 DEPTHS=4000
	@.venv-peer/bin/python tools/quality.py $(if $(MODELS),--models $(MODELS)) $(if $(DEPTHS),--depths $(DEPTHS))

claims: build-test data ## measure what docs/CLAIMS.md says; ID=… for the claims whose name begins so
	@python3 tools/claims.py $(ID)

sizes: .venv/.ready ## how long files and functions are, beside their marks
	@$(SOTTO_PYTHON) tests/check_sizes.py

format: ## clang-format over all C++ files
	@find $(CPP_FOLDERS) -name '*.cpp' -o -name '*.h' | xargs clang-format-19 -i

check-format:
	@find $(CPP_FOLDERS) -name '*.cpp' -o -name '*.h' | xargs clang-format-19 --dry-run --Werror

clean: ## remove what was built; models and settings stay
	rm -rf build .venv .venv-oracle .venv-peer .node-clients

build-run:
	@tools/packages.sh build
	@[ -f build/release/build.ninja ] || cmake --preset release -DSOTTO_TESTS=OFF
	@ninja -C build/release sotto

build-server: build-run
	@ninja -C build/release sotto-server

build-test: .venv/.ready
	@tools/packages.sh all
	@cmake --preset release -DSOTTO_TESTS=ON >/dev/null
	@ninja -C build/release

data: models .venv-oracle/.ready .node-clients/.ready

models: .venv/.ready
	@$(SOTTO_PYTHON) tools/fetch_test_data.py

.venv/.ready: tests/requirements.txt
	@tools/packages.sh all
	@tools/venv.sh .venv $<

# What the families are compared with is large (PyTorch), and nothing else needs it.
.venv-oracle/.ready: tests/requirements-oracle.txt
	@tools/packages.sh all
	@tools/venv.sh .venv-oracle $<

# Clients of the server that are written for Node.
.node-clients/.ready: tests/api/node/package-lock.json
	@tools/packages.sh all
	@tools/node_clients.sh .node-clients

# The peers: llama.cpp's bindings are compiled for this machine, which takes minutes.
.venv-peer/.ready: bench/requirements.txt
	@tools/packages.sh all
	@CMAKE_ARGS="-DGGML_NATIVE=ON" tools/venv.sh .venv-peer $<

.venv-peer/.all: bench/requirements-all.txt .venv-peer/.ready
	@.venv-peer/bin/pip install --quiet --disable-pip-version-check -r $< 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@
