# Waywarden: everything a newcomer needs, on a machine that has Python 3.11-3.13 and make.
# Packages go into .venv, and what an installation keeps into .waywarden. Outside this folder are only pip's cache and
# temporary files.
# With PYTHON=python3.13 a target runs on another Python, in a separate virtual environment (.venv-python3.13).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo up test fast check bench fuzz judge chaos year outages mutants coverage wheel-demo release lock clean

ARGS ?=
WHEEL ?=
VENV := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(VENV)/.runtime ## Send reports through a whole installation on this machine and check every message (ARGS="--reports 40 --json")
	@$(BIN)/waywarden demo $(ARGS)

up: $(VENV)/.runtime ## Start a whole installation on this machine and keep it running
	@$(BIN)/waywarden up $(ARGS)

test: fast ## Run the whole test suite
	@$(BIN)/python -m pytest -m "(thorough or real_data or browser) and not (prefect or installation)" -n auto --dist worksteal
	@$(BIN)/python -m pytest -m "prefect or installation" -n 2 --dist loadfile

fast: $(VENV)/.develop ## Run the tests that need neither a Prefect server nor a browser, in about a minute (COVER=1 to measure coverage)
	@$(if $(COVER),$(COVERAGE) erase)
	@$(BIN)/python $(if $(COVER),-m coverage run) -m pytest -m fast -n auto --dist worksteal
	@$(if $(COVER),$(COVERAGE) combine -q && $(COVERAGE) report)

coverage: $(VENV)/.develop ## Run the whole test suite and measure coverage of lines and branches, in all processes
	@$(COVERAGE) erase
	@for stage in $(STAGES); do $(COVERAGE) run -m pytest -q -m "$$stage" -n 2 --dist loadfile; done
	@$(COVERAGE) combine -q && $(COVERAGE) report
COVERAGE := mkdir -p build/coverage && $(BIN)/python -m coverage
STAGES := fast "(thorough or real_data or browser) and not (prefect or installation)" "prefect or installation"

check: $(VENV)/.develop ## Check lint, format, types, imports between rooms, and the entry points of prefect.yaml
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -p no:randomly tests/flows/test_prefect_yaml.py

bench: $(VENV)/.develop ## Measure speed and memory (ARGS="--quick" for a smoke run)
	@$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(VENV)/.develop ## Give mutated input to every reader of outside data (ARGS="--inputs 500000 --seed 2")
	@$(BIN)/python -m tests.fuzz $(ARGS)

judge: $(VENV)/.develop ## Judge one-line mutants of real processes by a judge without shared code (ARGS="--mutants 1000 --seed 2")
	@$(BIN)/python -m tests.judge $(ARGS)

chaos: $(VENV)/.develop ## Break a running installation in every way, N seeds of 2,000 reports and five days of answers each, and check every message
	@$(BIN)/python -m tests.chaos $(N) $(ARGS)
N ?= 1

year: $(VENV)/.develop ## Live a simulated quarter in a whole installation, only the day is set, and check every letter (SEED=2, DAYS=20, ARGS="--reports 100 --json")
	@$(BIN)/python -m tests.year --seed $(SEED) --days $(DAYS) $(ARGS)
SEED ?= 1
DAYS ?= 91

outages: $(VENV)/.develop ## Cause each outage on a whole installation, and print what the doctor says
	@$(BIN)/python -m tests.installation.outages $(ARGS)

mutants: $(VENV)/.develop ## Change the pure core in thousands of ways and list the changes that no test notices, in about ten minutes
	@rm -rf mutants; $(BIN)/mutmut run; $(BIN)/mutmut results

wheel-demo: $(VENV)/.develop ## Install the lock file and a wheel (WHEEL=FILE, else a new one) in an empty folder, and run a demo of 5 reports
	@lot=$$(mktemp -d); trap 'rm -rf "$$lot"' EXIT; \
	if [ -n "$(WHEEL)" ]; then cp "$(WHEEL)" "$$lot"; \
	else $(BIN)/python -m build --wheel --no-isolation --outdir "$$lot" . >/dev/null; fi; \
	cp requirements.lock "$$lot"; cd "$$lot"; \
	$(CURDIR)/$(BIN)/python -m venv venv; \
	venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements.lock; \
	venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps waywarden-*.whl; \
	venv/bin/waywarden demo --reports 5 --json

release: $(VENV)/.develop .venv-release/.ready ## Make wheel, source distribution, SBOM, notes and checksums of this version in dist/
	@PATH="$(CURDIR)/.venv-release/bin:$$PATH" $(BIN)/python tools/release.py

setup: $(VENV)/.develop ## Set up everything, including tests and linters

lock: $(BIN)/python ## Update the lock files from pyproject.toml (needs uv on the path)
	uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile $(LOCK) --group build -c requirements-dev.lock -o requirements-build.lock
	uv pip compile $(LOCK) --group release -o requirements-release.lock
	$(BIN)/python tools/lock_bases.py requirements.lock requirements-dev.lock requirements-build.lock requirements-release.lock
LOCK := --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q

clean: ## Delete the virtual environment and all data of an installation in this folder
	rm -rf .venv .venv-* .waywarden build dist mutants

$(BIN)/python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if command -v $$python >/dev/null && $$python -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
	    echo "Setting up $(VENV) with $$($$python --version)" >&2; exec $$python -m venv $(VENV); \
	  fi; \
	done; \
	echo "Waywarden needs Python 3.11, 3.12 or 3.13 (with the venv module) on the path." >&2; exit 1

$(VENV)/.runtime: $(BIN)/python requirements.lock requirements-build.lock pyproject.toml hatch_build.py $(wildcard assets/*)
	@echo "Installing the packages that Waywarden needs (once, a minute or two)" >&2
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.develop: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing the packages that the tests need" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv-release/.ready: $(BIN)/python requirements-release.lock
	@echo "Installing the packages that a release needs, in an environment of their own" >&2
	@$(BIN)/python -m venv --clear .venv-release
	@.venv-release/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-release.lock
	@touch $@
