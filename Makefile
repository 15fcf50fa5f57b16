# notsock: everything a person types.  Each target does its own set-up.

PYTHON ?= python3
PROGRAMS ?= 3000
MOST ?= 200
ZOO ?= --jobs 2
VENV := .venv
BIN := $(VENV)/bin
COMPILED := build/compiled/.made
STAMP := $(VENV)/.locked
PROBES := probes/.venv
PEERS := bench/.venv
PEERS_PYTHON ?= $(shell for p in python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.1[23]*/bin/python); do $$p -c '' 2>/dev/null && echo $$p && break; done)

.PHONY: setup demo test test-debian test-compiled compiled lint oracle zoo bench peers fuzz conformance docs site probes test-probes clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "notsock needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

test: setup lint
	$(BIN)/python -m pytest -n auto -q -m "not debian"

test-debian: setup
	NOTSOCK_DEBIAN=1 $(BIN)/python -m pytest -q -m "debian or judged"

compiled: $(COMPILED)

$(COMPILED): $(STAMP) scripts/compile.py $(shell find src -type f -not -name '*.pyc')
	$(BIN)/python scripts/compile.py
	@touch $@

test-compiled: compiled
	PYTHONPATH=build/compiled $(BIN)/python -m pytest -n auto -q -m "not debian" --ignore tests/acceptance --ignore tests/tidy

lint: setup
	$(BIN)/ruff check src tests bench scripts docs
	$(BIN)/mypy

probes: $(PROBES)/.locked

$(PROBES)/.locked: probes/requirements.lock pyproject.toml
	$(PYTHON) -m venv $(PROBES)
	$(PROBES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r probes/requirements.lock
	$(PROBES)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test-probes: setup probes
	$(BIN)/python scripts/make_compatibility.py --check --schedules 3

oracle: setup
	$(BIN)/python tests/oracle/oracle.py --programs $(PROGRAMS) --most $(MOST)

fuzz: setup
	$(BIN)/python scripts/fuzz_readers.py --seconds 600

zoo: setup
	$(BIN)/python scripts/make_zoo.py $(ZOO)

peers: $(PEERS)/.locked

$(PEERS)/.locked: bench/requirements.lock
	@[ -n "$(PEERS_PYTHON)" ] || echo "what is compared with needs Python 3.12 or 3.13 (set PEERS_PYTHON=): its rows stay empty"
	@[ -z "$(PEERS_PYTHON)" ] || $(PEERS_PYTHON) -m venv $(PEERS)
	@[ -z "$(PEERS_PYTHON)" ] || $(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@[ -z "$(PEERS_PYTHON)" ] || touch $@

bench: setup peers
	@if [ -n "$$NOTSOCK_PEERS" ] || [ ! -e $(PEERS)/.locked ]; then $(BIN)/python bench/run.py; \
	else NOTSOCK_PEERS=$(PEERS)/bin/python $(BIN)/python bench/run.py; fi

conformance: setup
	$(BIN)/python scripts/make_conformance.py

docs: setup
	$(BIN)/python scripts/make_fidelity.py
	$(BIN)/python scripts/console_blocks.py

site: setup
	$(BIN)/python scripts/make_site.py

clean:
	rm -rf $(VENV) $(PROBES) $(PEERS) build .pytest_cache .mypy_cache .ruff_cache .hypothesis out
