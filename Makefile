# What one types here. `make serve` and `make test` need Python 3.11 or newer and nothing else.

HOST    ?= 127.0.0.1
PORT    ?= 8000
DATA    ?= data
WORKERS ?= 1
PYTHON  ?= python3
UV      ?= uv

VENV := .venv
BIN  := $(VENV)/bin
# pip before 23.3 says here that lxml lacks an extra `html_clean`: it compares names as they are spelt. What the extra brings is locked.
PIP  := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.PHONY: serve setup setup-dev test test-compose lock audit clean

serve: setup  ## run Valkey, the API and the workers; Ctrl-C stops them
	@exec $(BIN)/python -m api --standalone --host "$(HOST)" --port "$(PORT)" --data "$(DATA)" --workers "$(WORKERS)"

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pith needs Python 3.11 or newer, and $(PYTHON) is not that. Try: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamps make a second run take no time and no network.
$(VENV)/.installed: requirements.lock | $(BIN)/python
	@echo "Installing what Pith needs into $(VENV) ..."
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed | $(BIN)/python
	@$(PIP) -r requirements-dev.lock
	@touch $@

test: setup-dev  ## the whole check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -rs -p tests.skips

test-compose: setup-dev  ## docker-compose as its users use it, on the engine of DOCKER_HOST; some three minutes
	$(BIN)/python -m pytest -rs -p tests.skips tests/compose/acceptance.py

lock:  ## after a change of pyproject.toml; needs uv
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra lab --extra train -c requirements.lock pyproject.toml -o requirements-lab.lock

audit:  ## what is publicly known against the locked packages; needs uv and the network
	@for lock in requirements.lock requirements-dev.lock requirements-lab.lock; do \
	  $(UV) tool run pip-audit@2.10.1 --strict --disable-pip --require-hashes -r $$lock || exit 1; done

clean:  ## what can be made again; your data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(DATA)/*' -prune -exec rm -rf {} +
