# notsock: everything a person types.  Each target does its own set-up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked

.PHONY: setup demo test test-debian test-compiled compiled lint oracle bench conformance docs clean

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
	NOTSOCK_DEBIAN=1 $(BIN)/python -m pytest -q -m debian

compiled: setup
	$(BIN)/python scripts/compile.py

test-compiled: compiled
	PYTHONPATH=build/compiled $(BIN)/python -m pytest -n auto -q -m "not debian"

lint: setup
	$(BIN)/ruff check src tests bench scripts
	$(BIN)/mypy

oracle: setup
	$(BIN)/python tests/oracle/oracle.py --programs 3000

bench: setup
	$(BIN)/python bench/run.py

conformance: setup
	$(BIN)/python scripts/make_conformance.py

docs: setup
	$(BIN)/python scripts/make_fidelity.py

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis out
