# Needs only python3 (3.12 or later; .python-version selects it where pyenv is used) and make.
.PHONY: setup demo test test-flows test-others test-fast bench lint tests-list clean
VENV := .venv
BIN := $(VENV)/bin
STORE ?= demo-store

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml infra/constraints.txt
	python3 -c 'import sys; assert sys.version_info >= (3, 12), f"oceanstate needs Python 3.12 or later, this is {sys.version}"'
	test -x $(BIN)/python || python3 -m venv $(VENV)
	PIP_CONSTRAINT=$(CURDIR)/infra/constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: setup
	$(BIN)/oceanstate run demo --store $(STORE)

# Two halves of about one length for two cores: tests that look at one store that a run of the command has made,
# and all others.
APART := $(addprefix tests/flows/,readers test_analysis_run.py test_figures.py test_mapped_columns.py \
	test_mapping.py test_mapping_steps.py test_stations.py test_two_passes.py)

test: setup
	$(MAKE) --no-print-directory --keep-going --jobs=2 test-flows test-others

test-flows: setup
	$(BIN)/python -m pytest tests/flows $(addprefix --ignore=,$(APART))

test-others: setup
	$(BIN)/python -m pytest $(filter-out tests/flows/. tests/benchmarks/. tests/__pycache__/.,$(wildcard tests/*/.)) $(APART)

test-fast: setup
	$(BIN)/python -m pytest -m 'not long'

# One thread for each library: what is compared is the work of one core.
bench: setup
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/benchmarks/__main__.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

tests-list: setup
	$(BIN)/python -m pytest tests/conformance
	$(BIN)/python infra/list_quality_tests.py

clean:
	rm -rf $(VENV) demo-store
