# Greenbeard. `make help` says what there is; CONTRIBUTING.md says more.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# Tests start dozens of processes, each of which begins sooner where bytecode is kept; most wait for others, so four run at a time.
TESTS := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --constraint constraints.txt

.PHONY: help install play test check lint format
.DEFAULT_GOAL := help

help:
	@echo "make play    write with the bot in a simulated Discord, in your browser"
	@echo "             ARGS=\"…\" is passed on: make play ARGS=\"--script story.txt --json\""
	@echo "make install set up .venv and nothing else, also after a git pull"
	@echo "make test    the tests; ARGS=\"…\" goes to pytest"
	@echo "make check   what CI runs: lint, tests, short runs of most benchmarks"
	@echo "make lint    the quick half of it: format, ruff, mypy, import-linter"
	@echo "make format  format the code and mend what ruff can mend"
	@echo "PYTHON=…     the Python to build .venv with (3.11 or newer; now: $(PYTHON))"

install: .venv/play.stamp

play: .venv/play.stamp
	@$(BIN)/greenbeard play $(ARGS)

test: .venv/dev.stamp
	@$(TESTS) $(ARGS)

check: lint
	$(TESTS)
	$(BIN)/python -m benchmarks.play --smoke
	$(BIN)/python -m benchmarks.memory --smoke
	$(BIN)/python -m benchmarks.stories --smoke
	$(BIN)/python -m benchmarks.quality --smoke
	$(BIN)/python -m benchmarks.text --smoke
	$(BIN)/python -m benchmarks.copyguard --smoke
	$(BIN)/python -m benchmarks.voices --smoke
	$(BIN)/greenbeard bench sampling --layers 1 --hidden 64 --embedding 32 --vocab 512 --batch 1 --rounds 1
	$(BIN)/greenbeard bench serving --users 2 --rounds 1

lint: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks scripts
	$(BIN)/lint-imports

format: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Words for people go to stderr: what `play --json` prints on stdout stays JSON.
.venv/play.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Greenbeard needs Python 3.11 or newer, and $(PYTHON) is not: install one and say which, as in: make play PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up .venv: downloads and installs the pinned packages, once (a few minutes)." >&2
	@$(PYTHON) -m venv .venv >&2 || \
	{ echo "No virtual environment could be made: on Debian and Ubuntu, install the package python3-venv, then run this again." >&2; exit 1; }
	@$(PIP) --editable '.[worker,play]' >&2 || \
	{ echo "The packages could not be installed: see above, check the network, then run this again." >&2; exit 1; }
	@touch $@

.venv/dev.stamp: .venv/play.stamp
	@echo "Adding the tools for tests and checks to .venv, once." >&2
	@$(PIP) --editable '.[worker,play,dev]' >&2 || \
	{ echo "The tools could not be installed: see above, check the network, then run this again." >&2; exit 1; }
	@touch $@
