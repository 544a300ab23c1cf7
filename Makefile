# The words of this house: run, test, check, fix; and bench, lock, vendor, messages, clean.
#
#   make run     start schoolsafe on this machine (PORT=8001 for another port), Ctrl-C stops it
#   make test    set up what the tests need and run every one
#   make check   everything that can be said without running the tests
#   make fix     format what can be formatted
#
# Nothing has to be installed but Python 3.11 or later and make.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes
HTML = $(shell git ls-files '*.html')
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check check-production fix bench lock vendor messages clean

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

# --- The environment: made once, then a matter of comparing dates ---------------------------------
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "schoolsafe needs Python 3.11 or later; \`$(PYTHON)\` is" \
	    "`$(PYTHON) --version 2>/dev/null || echo not there`. Name another one: make PYTHON=python3.12 run"; \
	  exit 1; }
	@echo "Making a Python environment in .venv ..."
	@$(PYTHON) -m venv .venv || { \
	  echo "Python has no venv module here. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/.run: requirements.txt .venv/.made
	@echo "Installing what schoolsafe runs on: about a minute the first time ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo "Installing what the tests and checks need: about a minute the first time ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

# What families read in other languages, compiled where a catalogue is newer.
%.mo: %.po | .venv/.run
	@$(PY) deploy/compile_messages.py

# --- Words ----------------------------------------------------------------------------------------
run: .venv/.run $(CATALOGUES)
	@exec $(PY) manage.py run --stop-with-parent

test: .venv/.dev $(CATALOGUES)
	@deploy/test_machine.sh
	@$(PY) -m deploy.run_tests

check: .venv/.dev $(CATALOGUES)
	@$(PY) deploy/run_checks.py

fix: .venv/.dev
	@$(PY) -m ruff check --quiet --fix-only .
	@$(PY) -m ruff format --quiet .
	@.venv/bin/django-upgrade --target-version 5.2 --exit-zero-even-if-changed $$(git ls-files '*.py')
	@test -z "$(HTML)" || .venv/bin/djlint --quiet --reformat $(HTML) || true
	@test -z "$(HTML)" || .venv/bin/djade --target-version 5.2 $(HTML) || true
	@echo "Formatted."

bench: .venv/.dev $(CATALOGUES)
	@$(PY) -m tests.bench

lock: .venv/.dev
	@for name in requirements requirements-dev; do \
	  .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	    --universal --python-version 3.11 $$name.in --output-file $$name.txt || exit 1; done
	@echo "requirements.txt and requirements-dev.txt are compiled anew."

vendor: .venv/.run
	@$(PY) deploy/vendor.py

messages: .venv/.dev
	@$(PY) deploy/collect_messages.py

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov
	@find locale -name '*.mo' -delete
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean. The database, the keys and the mailbox in var/ are still there."
