# Two commands matter: `make run` and `make test`. The rest is for people who work on the house.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export DATA_DIR ?= var
export KEY_DIR ?= keys

.PHONY: run sdks test check up-local real bench bench-identity bench-import bench-persona bench-social bench-verify engines specs lock clean help bench-gateway sbom audit bench-ingest

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

# uv stands inside the environment: nothing is needed but Python, and installing takes seconds.
.venv/uv: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Chandung needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -m venv .venv && $(BIN)/python -m pip install -q --disable-pip-version-check uv && touch $@

.venv/run: requirements.lock pyproject.toml | .venv/uv
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . && touch $@

.venv/dev: requirements-dev.lock .venv/run
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --require-hashes -r requirements-dev.lock && touch $@

run: .venv/run  ## the platform on 127.0.0.1:8080 with the demo company
	@DEMO=$${DEMO:-1} exec $(BIN)/chandung up

up-local: .venv/run engines  ## PostgreSQL, Apache Kafka and every service as a process of its own
	@DEMO=$${DEMO:-1} exec $(BIN)/python -m deploy.local

engines: .venv/run  ## what the tests and up-local need of real engines
	@$(BIN)/python -m deploy.engines fetch

sdks: tests/sdks/node_modules/.package-lock.json  ## the SDKs of others that the tests run (needs node and npm)

tests/sdks/node_modules/.package-lock.json: tests/sdks/package-lock.json
	@if command -v npm >/dev/null; then cd tests/sdks && npm ci --ignore-scripts --silent && touch node_modules/.package-lock.json; \
	elif [ -n "$$CI" ]; then echo "npm is missing"; exit 1; else echo "npm is missing: the tests with node and browsers are skipped"; fi

test: .venv/dev sdks  ## all tests, real engines included
	@$(BIN)/pytest

check: .venv/dev  ## format, lint, types, import law, frozen specs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/chandung specs --check

specs: .venv/dev  ## write docs/specs anew after a wanted change of an API or event
	$(BIN)/chandung specs

real: .venv/run  ## real transactions and reviews through the API, to personas
	@$(BIN)/python -m deploy.real

bench: .venv/dev engines  ## ingest and the whole pipe against two yardsticks
	@$(BIN)/python -m bench.pipe

bench-ingest: .venv/dev  ## what accepting costs, with a million records stored before
	@$(BIN)/python -m bench.ingest_inprocess --stored 1000000

bench-social: .venv/dev  ## models of texts on research corpora, where they are at hand
	@$(BIN)/python -m bench.social_models

bench-verify: .venv/dev  ## numbers read a second and core, and agreement with libphonenumber on a million
	@$(BIN)/python -m bench.phones

bench-import: .venv/dev  ## a file of a million rows, through the gateway
	@$(BIN)/python -m bench.imports

bench-persona: .venv/dev  ## stability and foresight of personas on public sets of customers, planted kinds found again
	@$(BIN)/python -m bench.personas

bench-gateway: .venv/dev  ## the proxy's hop, reading a person, a decision
	@$(BIN)/python -m bench.gateway

bench-identity: .venv/dev  ## how well people are found to be one, on two public sets of invented people
	@$(BIN)/python -m bench.identity

sbom: .venv/dev  ## what is shipped (CycloneDX), and under which licences, into sbom/
	@$(BIN)/python -m deploy.supply sbom && $(BIN)/python -m deploy.supply licences

audit: .venv/dev  ## known vulnerabilities of the lock; 2 where any package could not be looked up
	@$(BIN)/python -m deploy.supply audit

lock:  ## pin every dependency anew
	$(BIN)/uv pip compile -q pyproject.toml --generate-hashes --no-emit-index-url --universal --python-version 3.11 -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra dev -c requirements.lock --generate-hashes --no-emit-index-url --universal --python-version 3.11 -o requirements-dev.lock

clean:  ## everything that was made, but not your data
	rm -rf .venv .engines tests/sdks/node_modules .mypy_cache .ruff_cache .pytest_cache
