# make demo            the demonstration: old SQLite, new PostgreSQL, worker, site
# make demo ONCE=1     the same without a person: copies, prints, stops
# make test            everything that has to hold before a commit
# make coverage        the tests, and which lines and branches they reach
# make pytest ARGS=…   only tests, with pytest's arguments
# make lint            ruff and mypy
# make bench ARGS=…    measurements beside other tools
# make soak MINUTES=…  what is too long for a commit, then random faults, one a minute
# make requirements    pin and hash requirements/*.txt anew (needs uv)
# make clean           remove what the above made

VENV_PYTHON := .venv/bin/python
ONCE ?=
ARGS ?=
MINUTES ?= 120
UV ?= uv
# Tests side by side: most of their time they wait for other processes.
WORKERS ?= 4
# What depends on the server, for servers in another one's place.
AGAIN = $(VENV_PYTHON) $(PYTEST) -q tests/dashboard/transfer tests/faults \
	tests/end_to_end $(ARGS)
RANDOM_FAULTS := tests/faults/test_random_faults.py
COVERAGE := $(VENV_PYTHON) -m coverage
# In the order of tests/conftest.py, not by the number of tests in a file.
PYTEST := -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder
PIN := $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

# Some images set it; compiled anew, the app's modules are a third of what a command
# takes to start, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test coverage pytest servers lint gates bench soak requirements clean

demo:
	@bin/environment demo
	@exec $(VENV_PYTHON) -m migration_console.demonstration \
		$(if $(filter-out 0,$(ONCE)),--once) $(ARGS)

test: gates servers
	$(VENV_PYTHON) $(PYTEST) $(ARGS)

coverage: servers
	@rm -rf .coverage
	$(COVERAGE) run $(PYTEST) $(ARGS)
	@$(COVERAGE) combine --quiet
	@$(COVERAGE) report --skip-covered $(if $(ARGS),--fail-under=0)

pytest: servers
	$(VENV_PYTHON) -m pytest $(ARGS)

servers:
	@bin/system-packages
	@bin/environment test
	@bin/mysql-server fetch >/dev/null || echo "The tests of MySQL itself will be skipped." >&2

lint:
	@bin/system-packages
	@bin/environment test
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy

gates: lint
	$(VENV_PYTHON) manage.py check --fail-level WARNING
	$(VENV_PYTHON) manage.py makemigrations --check --dry-run

bench:
	@bin/system-packages
	@bin/environment test
	$(VENV_PYTHON) -m benchmarks $(ARGS)

soak:
	@bin/system-packages
	@bin/environment test
	@bin/mysql-server fetch >/dev/null || true
	$(VENV_PYTHON) -m pytest -q -m soak --deselect $(RANDOM_FAULTS) $(ARGS)
	@for engine in mysql mysql_infile mariadb_newer; do \
		echo "In MariaDB's place: $$engine"; TEST_MYSQL=$$engine $(AGAIN) || exit 1; \
	done
	@for version in 14 16 17 18; do \
		echo "PostgreSQL $$version"; \
		TEST_POSTGRESQL=postgresql_$$version $(AGAIN) || exit 1; \
	done
	SOAK_MINUTES=$(MINUTES) $(VENV_PYTHON) -m pytest -q -s -m soak $(RANDOM_FAULTS)

requirements:
	$(PIN) --extra demo --output-file requirements/demo.txt pyproject.toml
	$(PIN) --extra demo --extra mysql --extra dev \
		--output-file requirements/test.txt pyproject.toml
	$(PIN) --output-file requirements/peers.txt requirements/peers.in

clean:
	rm -rf .venv .bootstrap .coverage .demo .bench .tests .mypy_cache .ruff_cache \
		.pytest_cache
