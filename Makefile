# Two commands do everything: `make book` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PROFILE ?= paper
PYTHON ?= python3
NB ?=
LAB ?=
WITH ?=
ACCEPT ?=
LIVE ?=
PYODIDE ?=
NEWEST ?=
VERSION ?=
SINCE ?=
REHEARSAL ?=
BIN := .venv/bin

# The environment: CPython >= 3.11 and the hashed lock, by uv where it is at hand, else by pip; from
# wheels only, since what is built from a source distribution runs its code. .ready is written last, so
# that an interrupted installation is started afresh, and holds the sum of what was installed: dates
# say nothing after unzip, rsync or cp -p. Bytecode is compiled
# here, as pip does by itself: where Python may not write it (PYTHONDONTWRITEBYTECODE, a read-only
# folder) every process of the book would compile its imports anew: half the work of a small page.
SUM := $(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum)
ifneq ($(shell cat .venv/.ready 2>/dev/null),$(SUM))
.venv/.ready: OTHER
endif
.venv/.ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "w2s: needs CPython 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 2; }
	@rm -f $@
	@if command -v uv >/dev/null 2>&1; then \
	  echo "environment: .venv by uv from requirements.lock" && \
	  uv venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv && \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --only-binary :all: \
	    --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  echo "environment: .venv by pip from requirements.lock (a few minutes; uv would be faster)" && \
	  $(PYTHON) -m venv --clear .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
	    --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@echo "$(SUM)" > $@
OTHER: ;

.PHONY: book
book: .venv/.ready ## execute what is stale at PROFILE (paper or smoke), check, render, check the site
	@$(BIN)/python -m press book --profile "$(PROFILE)" $(WITH) \
	  $(if $(LIVE),--live $(if $(PYODIDE),--pyodide "$(PYODIDE)"))

.PHONY: live
live: ## the same, with pages that rerun in the browser (npm, pip or PYODIDE=folder), and serve it
	@$(MAKE) --no-print-directory book LIVE=1
	@$(BIN)/python -m press serve

.PHONY: test
test: .venv/.ready ## lint, types, unit and statistical tests, the whole book in smoke, the site in a browser
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@# Types are checked beside the first tests, for mypy has one process and the machine two cores.
	@# Rewritten assertions are kept: to rewrite them anew takes each process 10 s (an empty value allows it).
	@$(BIN)/mypy & types=$$!; PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	  $(BIN)/python -m pytest -n 2 --dist loadscope; tests=$$?; wait $$types && exit $$tests

.PHONY: one
one: .venv/.ready ## execute and render one page: make one NB=random_features/fig3
	@test -n "$(NB)" || { echo "w2s: make one needs NB=part/page, for example NB=random_features/fig3" >&2; exit 2; }
	@$(BIN)/python -m press one "$(NB)" --profile "$(PROFILE)"

.PHONY: real
real: .venv/.ready ## real networks on real data: fetch, encode, run both pages (ACCEPT=1 makes them the record)
	@$(BIN)/python -m press real $(if $(ACCEPT),--accept)

.PHONY: status
status: .venv/.ready ## print every claim with its verdict
	@$(BIN)/python -m press status

.PHONY: proofs
proofs: .venv/.ready ## check every proof in proofs/ with Coq (needs coqc on the PATH)
	@$(BIN)/python -m press proofs

.PHONY: bench
bench: .venv/.ready ## measure speed against the baselines, and compare with the record
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks --compare

.PHONY: trust
trust: .venv/.ready-dev ## what a sceptic would try, the long part: all of the next three and more
	@$(BIN)/python -m trust

.PHONY: mutate
mutate: .venv/.ready-dev ## change the core one place at a time: the tests must notice
	@$(BIN)/python -m trust mutate

.PHONY: reseed
reseed: .venv/.ready-dev ## decide Monte Carlo claims with 20 other seeds, where the record lacks them
	@$(BIN)/python -m trust reseed --record

.PHONY: fuzz
fuzz: .venv/.ready-dev ## bad input, guided by coverage, for every loader and the command line
	@$(BIN)/python -m trust fuzz

.PHONY: audit
audit: .venv/.ready-dev ## known vulnerabilities of the locked packages (asks a service on the network)
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

.PHONY: figures
figures: .venv/.ready ## write every figure of the executed book and its data to _build/figures and a zip
	@$(BIN)/python -m press figures

.PHONY: pdf
pdf: .venv/.ready ## print the rendered site as one PDF, _build/book.pdf (needs Chromium on the PATH)
	@$(BIN)/python -m press pdf

.PHONY: release
release: .venv/.ready ## all files of one version, from a clean clone: make release VERSION=1.2.0
	@test -n "$(VERSION)" || { echo "w2s: make release needs VERSION, for example VERSION=1.2.0" >&2; exit 2; }
	@$(BIN)/python -m press release "$(VERSION)" --profile "$(PROFILE)" \
	  $(if $(SINCE),--since "$(SINCE)") $(if $(REHEARSAL),--rehearsal)

.PHONY: serve
serve: .venv/.ready ## serve the rendered site on http://127.0.0.1:8000
	@$(BIN)/python -m press serve

# The lab and what tries to break the book: the same versions, and some tools on top.
SUM_OF_DEV := $(shell cat requirements.lock pyproject.toml requirements-dev.lock 2>/dev/null | cksum)
ifneq ($(shell cat .venv/.ready-dev 2>/dev/null),$(SUM_OF_DEV))
.venv/.ready-dev: OTHER
endif
.venv/.ready-dev: .venv/.ready
	@echo "environment: the tools of requirements-dev.lock"
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --only-binary :all: \
	    --require-hashes -r requirements-dev.lock; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
	    --require-hashes --no-deps -r requirements-dev.lock; \
	fi
	@echo "$(SUM_OF_DEV)" > $@

# A .py file opens as a notebook; nothing is asked of the network.
LAB_SETTINGS := '{"@jupyterlab/docmanager-extension:plugin":' \
  '{"defaultViewers": {"python": "Jupytext Notebook"}},' \
  '"@jupyterlab/apputils-extension:notification":' \
  '{"fetchNews": "false", "checkForUpdates": false}}'

.PHONY: lab
lab: .venv/.ready-dev ## open the pages as notebooks in JupyterLab (Jupytext; sources stay .py)
	@mkdir -p _build/lab/labconfig
	@printf '%s\n' $(LAB_SETTINGS) > _build/lab/labconfig/default_setting_overrides.json
	@JUPYTER_CONFIG_DIR="$$PWD/_build/lab" OMP_NUM_THREADS=1 $(BIN)/jupyter lab notebooks $(LAB)

.PHONY: accept
accept: .venv/.ready ## build at paper scale and make its claims the accepted record (review the diff)
	@$(BIN)/python -m press book --profile paper --accept

.PHONY: format
format: .venv/.ready ## format the sources
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

# One version of each package for every Python where there is one: numbers are the same bytes then.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --no-header pyproject.toml

.PHONY: lock
lock: ## refresh both locks from pyproject.toml (needs uv; NEWEST=--upgrade moves every version)
	@command -v uv >/dev/null 2>&1 || { echo "w2s: make lock needs uv" >&2; exit 2; }
	$(COMPILE) --extra book --extra test --extra dask --extra data --extra vision --extra real --extra fast \
	  $(NEWEST) -o requirements.lock
	$(COMPILE) --all-extras --constraints requirements.lock -o requirements-dev.lock

.PHONY: clean
clean: ## remove everything that a command made
	rm -rf _build book/status.md book/proofs.md book/_generated .venv
	find notebooks -name '*.ipynb' -delete

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
