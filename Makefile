# Everything a developer does here. Needs Python 3.11 or newer, git and make; all else is installed into .venv.
.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.PHONY: run test slow floors lint format lock diagram bench start clean

PYTHON   ?= python3
WORKERS  ?= 2
ARGS     ?=
BASE     ?=
COVERAGE ?=
AGAIN    ?=

PROJECTS := packages/restwell/pyproject.toml packages/restwell-audit/pyproject.toml
VENV := .venv
BIN  := $(VENV)/bin
# The lock names every package with its hash, so there is nothing to resolve (--no-deps) and nothing else gets in.
INSTALL      := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-compile
SELF_INSTALL := $(INSTALL) --no-build-isolation --editable packages/restwell --editable packages/restwell-audit
# Bytecode for what was just installed, by all cores: 0.6 s off every start.
COMPILE := $(BIN)/python -m compileall -q -j 0 $(VENV)/lib packages

run: $(VENV)/run.stamp  ## serve the Frameworks API: make run ARGS="--bind 127.0.0.1:9000"
	@$(BIN)/restwell serve $(ARGS)

# Held to the coverage of the whole with COVERAGE=--cov, before a release; that takes half as long again.
# With AGAIN=yes, as in .ci/run, what has failed is asked once more, alone: the servers, browsers and clocks of the tests
# share a machine with whatever else it does. Both times are printed, and what fails twice fails.
OR_AGAIN := $(if $(AGAIN),|| $(BIN)/python -m pytest --last-failed --last-failed-no-failures none)

# One more, since many of the slow tests wait for servers.
SLOW_WORKERS ?= 3
# Where tests are that run alone: to look for them everywhere takes 15 s.
ALONE := tests/faults tests/hostile

test: $(VENV)/dev.stamp  ## the suite but for the slow tests, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(or $(ARGS),-m "not slow" $(COVERAGE)) $(OR_AGAIN)

slow: $(VENV)/dev.stamp  ## what takes longer: faults, long walks, other people's checkers
	$(BIN)/python -m pytest -n $(SLOW_WORKERS) --dist worksteal -m "slow and not alone" $(OR_AGAIN)
	$(BIN)/python -m pytest -m "slow and alone" $(ALONE) $(OR_AGAIN)

floors: $(VENV)/dev.stamp  ## a part of the suite, with every dependency at its lower bound
	$(BIN)/python -m tests.floors -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Keeps the versions that are locked unless told otherwise: make lock ARGS=--upgrade (or --upgrade-package NAME).
LOCK := $(BIN)/uv pip compile $(PROJECTS) --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --extra serve --extra migrate --extra postgresql --extra mariadb --extra tokens --extra progress
lock: $(VENV)/dev.stamp
	$(LOCK) --group pyproject.toml:dev $(ARGS) -o requirements/dev.txt
	$(LOCK) --group pyproject.toml:build $(ARGS) -c requirements/dev.txt -o requirements/run.txt

diagram: $(VENV)/dev.stamp
	$(BIN)/python -m restwell.flow.diagram > docs/decisions.mmd.new
	mv docs/decisions.mmd.new docs/decisions.mmd
	$(BIN)/python -m tests.packages > docs/packages.mmd.new
	mv docs/packages.mmd.new docs/packages.mmd

# Against another commit: make bench BASE=08dad44 ARGS=30. What is slower than 0.97 of it is a failure.
bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks $(if $(BASE),--base $(BASE)) $(ARGS)

# What a start costs: make start BASE=b144032 ARGS=15. What is more than 1.03 of it is a failure.
start: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.start --base $(BASE) $(ARGS)

clean:
	rm -rf $(VENV) .others dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find packages tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as new as the last complete install, so a second run starts at once and a broken one is done again.
$(VENV)/run.stamp: requirements/run.txt $(PROJECTS) | $(BIN)/python
	@echo "Installing what Restwell needs to run ..."
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(SELF_INSTALL)
	@$(COMPILE)
	@touch $@

# What is needed to develop contains what is needed to run, in the same versions.
$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml $(PROJECTS) | $(BIN)/python
	@echo "Installing what Restwell needs to be developed ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(SELF_INSTALL)
	@$(COMPILE)
	@touch $(VENV)/run.stamp $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Restwell needs Python 3.11 or newer, and '$(PYTHON)' is not one: make PYTHON=python3.12, or whatever yours is called." >&2; \
	  exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' does not work here. On Debian and Ubuntu: apt-get install python3-venv. Then run make again." >&2; \
	  exit 1; }
