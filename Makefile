# Everything a person or a build server runs. `make` prints the list.
#
# Needs python3 (3.11 to 3.13) with its venv module, and make. The rest comes from the lock file into .venv.

VENV       ?= .venv
UV_VERSION := 0.13.8
BIN        := $(VENV)/bin
UV         := $(BIN)/uv
UV_READY   := $(VENV)/.uv-$(UV_VERSION)
READY      := $(VENV)/.ready
PEERS      := tests/stories/peers
PEERS_READY := $(PEERS)/node_modules/.package-lock.json

# ARGS goes to the command behind a target: make test ARGS='-k smpp', make lock ARGS=--upgrade
ARGS ?=

# The share of full size at which the big tests run.
export GONETS_TEST_SCALE ?= 0.05

# uv works on our environment only, with the interpreter it was made of and the certificates the system trusts.
export UV_PROJECT_ENVIRONMENT := $(abspath $(VENV))
export UV_PYTHON_DOWNLOADS    := never
export UV_SYSTEM_CERTS        ?= 1
# So does npm; Node.js brings certificates of its own.
export NODE_EXTRA_CA_CERTS    ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)
unexport VIRTUAL_ENV PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-large check format bench lock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY) ## Run a whole gateway with demo accounts and simulated phones (ONCE=1: show and stop)
	@$(BIN)/gonets demo $(if $(ONCE),--once) $(ARGS)

test: check $(PEERS_READY) ## Run the checks and all tests (JOBS=auto: on all cores)
	@$(BIN)/pytest $(if $(JOBS),-n $(JOBS)) $(TIMEOUT) $(ARGS)

test-large: export GONETS_TEST_SCALE := 1
test-large: TIMEOUT := --timeout=1800
test-large: check $(PEERS_READY) ## The same at full size
	@$(BIN)/pytest $(if $(JOBS),-n $(JOBS)) $(TIMEOUT) $(ARGS)

check: $(READY) ## Format, lint, types and the import rule; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## Put the code into its format and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## Measure the whole way against the simulator
	@$(BIN)/gonets bench $(ARGS)

lock: $(UV_READY) ## Write uv.lock anew from pyproject.toml (ARGS=--upgrade: newest versions)
	@env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	    $(UV) lock --default-index https://pypi.org/simple $(ARGS)
	@if grep -oE '(https?|file)://[^/"]*' uv.lock | grep -vxE 'https://(pypi\.org|files\.pythonhosted\.org)'; then \
	    echo 'uv.lock names a place that is not the public index (above).' >&2; exit 1; fi

clean: ## Remove the environment, caches and built packages
	rm -rf $(VENV) $(PEERS)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): pyproject.toml uv.lock $(UV_READY)
	@echo 'Installing what uv.lock names into $(VENV) ...'
	@$(UV) sync --frozen --quiet
	@touch $@

# A client of ours in JavaScript. Without npm its tests fail, and say so.
$(PEERS_READY): $(PEERS)/package.json $(PEERS)/package-lock.json
	@if command -v npm >/dev/null; then \
	    echo 'Installing what package-lock.json names into $(PEERS) ...'; \
	    npm ci --prefix $(PEERS) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch $@; \
	fi

# PYTHON=... chooses another interpreter than the first fitting one.
$(UV_READY):
	@set -e; for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
	        if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	            echo "$$python has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	        echo "Making $(VENV) with $$($$python --version) ..."; \
	        $$python -m venv --clear $(VENV); \
	        $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'; \
	        touch $@; exit 0; \
	    fi; done; \
	echo 'Gonets needs Python 3.11, 3.12 or 3.13. On Debian 12: apt install python3 python3-venv' >&2; exit 1
