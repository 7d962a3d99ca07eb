# make        set up .venv and publish this workspace into dist/
# make test   set up .venv and run the tests
# make bundle bundle the scripts of the SPARQL page again, where they have changed (build and test do so, too)
# make messages  collect the texts of the site for its catalogues
# make check  lint, format (Python and Turtle), types and the layers of the packages

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: build bundle test messages check docs clean

build: bundle
	$(VENV)/bin/publisher build

bundle: $(READY)
	@$(VENV)/bin/python browser/bundle.py

test: bundle
	$(VENV)/bin/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/publisher fmt --check ontology data publisher/workspace/templates

messages: $(READY)
	$(VENV)/bin/python docs/collect_messages.py

docs: $(READY)
	$(VENV)/bin/python docs/generate.py

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) dist build browser/node_modules publisher/site/sparql/bundle
