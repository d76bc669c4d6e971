# Every target sets up what it needs first; a set-up that was done before takes no time.
# make PYTHON=python3.12 …  chooses the interpreter;  make test ARGS="tests/core -k reopen"  chooses the tests.

PYTHON ?=
ARGS ?=
export PYTHON

run := .venv/bin/python
peers := tests/integration
uv := $(shell command -v uv || echo .venv/bin/uv)
compile := $(uv) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint format bench lock set-up set-up-dev node-packages clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: set-up  ## watch a cold-chain story: alarms come in, people are told, somebody acknowledges
	@$(run) -m router demo $(ARGS)

test: set-up-dev node-packages  ## run every test; the core's own tests must cover every branch of the core
ifeq ($(strip $(ARGS)),)
	@$(MAKE) --no-print-directory coverage
	$(run) -m pytest tests --ignore=tests/core
else
	$(run) -m pytest $(ARGS)
endif

coverage: set-up-dev  ## run the core's tests and show which of its branches they miss (none may)
	$(run) -m pytest tests/core --cov=router.core --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

lint: set-up-dev  ## style, types, and the laws of the house
	$(run) -m ruff check .
	$(run) -m ruff format --check .
	$(run) -m mypy --strict router
	$(run) -m pytest tests/house -q

format: set-up-dev  ## let ruff write what it can
	$(run) -m ruff check --fix .
	$(run) -m ruff format .

bench: set-up-dev  ## measure; one JSON object a line  (make bench ARGS="codec store" measures only these)
	@$(run) -m bench $(ARGS)

lock:  ## choose newer versions of the dependencies and write them down with their hashes (needs uv)
	@command -v $(uv) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	$(compile) --upgrade pyproject.toml --group build --output-file requirements.lock >/dev/null
	$(compile) --upgrade pyproject.toml --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock >/dev/null

set-up:  ## prepare .venv for running
	@tools/set-up requirements.lock

set-up-dev:  ## prepare .venv for developing
	@tools/set-up requirements-dev.lock

# The publishers that the integration tests run under Node; without npm those tests say that they were skipped (in CI: fail).
node-packages:
	@if [ -f $(peers)/package-lock.json ] && command -v npm >/dev/null \
	    && ! [ $(peers)/node_modules/.package-lock.json -nt $(peers)/package-lock.json ]; then \
	    npm ci --prefix $(peers) --silent --no-audit --no-fund && touch $(peers)/node_modules/.package-lock.json; fi

clean:  ## remove everything that the other targets made
	rm -rf .venv build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/integration/node_modules
	find router tests bench templates docs tools -type d \( -name __pycache__ -o -name '.*_cache' \) -prune -exec rm -rf {} +
