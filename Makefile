# Quotient: everything is a target here; `make` alone lists them. Needs Python 3.11-3.14 and GNU make 3.81 or newer.
# Each step of the set-up leaves a stamp in .venv, so that it is redone when what it reads has changed, and only then.

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCKED := $(PIP) --require-hashes --only-binary :all:

PROTOS  := $(shell find proto/quotient -name '*.proto' 2>/dev/null)
KERNELS := $(wildcard engine/kernels/*.py engine/plan/layout.py)
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
TYPED   := engine server.py proto/build_hook.py
PYTEST  := $(BIN)/python -m pytest

.PHONY: help setup dev demo serve proto fmt format-check lint types test bench check campaign guided lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.kernels ## environment, pinned dependencies, generated stubs, compiled kernels

dev: $(VENV)/.dev $(VENV)/.project ## the environment with what tests, lint and types need

demo: setup ## start the service, price a quote, configure a bundle, sell to a customer, stop
	@$(BIN)/quo demo

serve: setup ## run the service on loopback until it is interrupted
	@$(BIN)/python server.py

proto: $(VENV)/.runtime ## make the Python stubs of proto/ anew
	@$(BIN)/python proto/build_hook.py

fmt: $(VENV)/.dev ## put code into its one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --quiet --fix --select I .

format-check: $(VENV)/.dev ## fail where code is not in its one format
	@$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## ruff, and imports that point down only
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

types: dev ## mypy, strict
	@$(BIN)/mypy $(wildcard $(TYPED))

test: dev setup ## the tests: unit, golden, property, wire
	@$(PYTEST) -n auto --maxprocesses 8 --dist worksteal -q

campaign: dev setup ## property tests, fuzzer and simulated deals, thousands of examples instead of dozens: a night on two cores
	@$(PYTEST) -n auto --maxprocesses 8 --timeout 0 --hypothesis-profile campaign -q tests/property tests/fuzz tests/configuration tests/simulation/test_deals.py

guided: dev setup ## an hour of coverage-guided fuzzing of rule text (atheris, where a wheel of it installs)
	@$(LOCKED) -r requirements/fuzz.txt
	@$(BIN)/python -m tests.fuzz.guided -max_total_time=3600

bench: dev setup ## the benchmarks: figures into benchmarks/results.json and benchmarks/README.md
	@$(BIN)/python -m benchmarks

check: format-check lint types test ## all that must hold before a change is handed in

lock: $(VENV)/.dev ## resolve the dependencies of pyproject.toml anew into requirements/
	@$(BIN)/python requirements/lock.py

clean: ## remove the environment, stubs and caches (never var/, which may hold your data)
	@rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	@find proto \( -name '*_pb2.py' -o -name '*_pb2.pyi' -o -name '*_pb2_grpc.py' \) -type f -exec rm -f {} +
	@find engine proto tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python on PATH that is new enough; `make PYTHON=/path/to/python setup` names another. pip comes last when an
# environment is made: its presence says that the environment is whole.
$(BIN)/pip:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
	    echo "setup: environment from $$($$python --version)"; \
	    $$python -m venv $(VENV); exit $$?; \
	  fi; \
	done; echo "setup: no Python 3.11-3.14 found (tried: $(PYTHONS)); name one with make PYTHON=..." >&2; exit 1

$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/pip
	@echo "setup: pinned dependencies (about a minute on a first run)"
	@$(LOCKED) -r requirements/runtime.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "setup: tools for tests, lint and types"
	@$(LOCKED) -r requirements/dev.txt
	@touch $@

$(VENV)/.project: $(VENV)/.runtime pyproject.toml proto/build_hook.py $(PROTOS)
	@echo "setup: stubs and the project itself"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# numba knows a cached function by its own file's time only, not by those of the functions and constants built into it: so
# when any of them changed, all are compiled anew.
$(VENV)/.kernels: $(VENV)/.project $(KERNELS)
	@echo "setup: compiling the kernels (a minute or two, kept for later runs)"
	@find engine/kernels \( -name '*.nbi' -o -name '*.nbc' \) -exec rm -f {} +
	@$(BIN)/python -c 'import engine.kernels; engine.kernels.warm()'
	@touch $@
