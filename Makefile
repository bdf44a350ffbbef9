# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
PORT ?= 8765
RESET ?=
CONFIG ?= resilience.yaml
SEEDS ?= 200
BIN = .venv/bin
export PYTHONHASHSEED = 0

.PHONY: install demo test lint bench crash schemas pictures clean

install: .venv/.installed

.venv/.installed: requirements/dev.txt pyproject.toml
	@echo "building .venv (about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@RESILIENCE_CONFIG=$(CONFIG) PORT=$(PORT) $(BIN)/resilience demo $(if $(RESET),--reset)

test: install
	@$(BIN)/pytest -n 2 --dist loadfile

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_house.py

bench: install
	@$(BIN)/python -m benchmarks

crash: install
	@CRASH_SEEDS=$(SEEDS) $(BIN)/pytest -n 2 -m crash

schemas: install
	@$(BIN)/python -c "from pathlib import Path; from schemas.records import write_schemas; write_schemas(Path('schemas/nba_orchestration'))"
	@$(BIN)/python -c "from pathlib import Path; from bot.config_schema import FILE, write_editor_schema; write_editor_schema(Path(FILE))"

pictures: install
	@$(BIN)/python -m docs.pictures.take

clean:
	rm -rf .venv build *.egg-info .resilience
