# The two commands of the README are `make demo` and `make test`; everything here needs only python3.11, pip, venv and make.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DATA ?= tanbiao-data
PORT ?= 8000

.PHONY: setup demo test test-postgres check peers bench arm e2e soak lock notice requirements messages clean

setup: $(STAMP)

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

# Hashes are checked: what is installed is what was locked. Compiled once here, not by every process where bytecode isn't written.
$(STAMP): requirements.lock pyproject.toml | $(VENV)/bin/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/tanbiao demo --port $(PORT) --data $(DATA)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not soak"

# The same tests of everything that touches a database, on PostgreSQL.
POSTGRES_URL ?= postgresql://postgres@127.0.0.1:5432/postgres
test-postgres: $(STAMP)
	TANBIAO_TEST_POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not soak" tests/web tests/jobs tests/browser

# The browser journeys, on SQLite or (TANBIAO_TEST_POSTGRES_URL) on PostgreSQL. Chromium and a Chinese font come from Debian where we may install; else the browser tests skip and say why.
e2e: $(STAMP)
	sh scripts/install_browser.sh
	$(BIN)/python -m pytest tests/browser -m browser

soak: $(STAMP)
	$(BIN)/python -m pytest -m soak

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_docstrings.py
	$(BIN)/python scripts/check_licences.py
	$(BIN)/python scripts/check_size.py
	$(BIN)/python scripts/check_style.py
	$(BIN)/python scripts/build_starter.py --check
	$(BIN)/python scripts/build_packages.py --check
	$(BIN)/python scripts/build_notice.py --check
	$(BIN)/python scripts/requirements.py --check

# The peers live in an environment of their own: what they bring is not ours to ship (see CONTRIBUTING.md).
BENCH := .bench
peers: $(STAMP)
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv --without-pip $(BENCH)
	VIRTUAL_ENV=$(BENCH) $(BIN)/uv pip install --quiet --group peers || echo "bw2calc and pyilcd can't be installed here: the tests that ask them skip" >&2

arm: $(STAMP)
	sh scripts/arm.sh

bench: $(STAMP)
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv --without-pip $(BENCH)
	VIRTUAL_ENV=$(BENCH) $(BIN)/uv pip install --quiet --group bench || echo "the peers can't be installed here: our figures alone" >&2
	$(BIN)/python -m benchmarks

# requirements.lock is universal (markers for every platform) and hashed.
lock: | $(VENV)/bin/uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--all-extras --group dev --output-file requirements.lock pyproject.toml

notice: $(STAMP)
	$(BIN)/python scripts/build_notice.py

requirements: $(STAMP)
	$(BIN)/python scripts/requirements.py --write

messages: $(STAMP)
	$(BIN)/python scripts/messages.py

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
