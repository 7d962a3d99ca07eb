# make        set up .venv and publish this workspace into dist/
# make test   set up .venv and run the tests
# make check  lint, format (Python and Turtle), types and the layers of the packages

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: build test check docs clean

build: $(READY)
	$(VENV)/bin/publisher build

test: $(READY)
	$(VENV)/bin/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/publisher fmt --check ontology data publisher/workspace/templates

docs: $(READY)
	$(VENV)/bin/python docs/generate.py

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) dist build
