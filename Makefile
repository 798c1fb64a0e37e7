# Two commands do everything: `make book` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PROFILE ?= paper
PYTHON ?= python3
NB ?=
NEWEST ?=
BIN := .venv/bin

# The environment: CPython >= 3.11 and the hashed lock, by uv where it is at hand, else by pip.
# .ready is written last, so that an interrupted installation is started afresh.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "w2s: needs CPython 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 2; }
	@rm -f $@
	@if command -v uv >/dev/null 2>&1; then \
	  echo "environment: .venv by uv from requirements.lock" && \
	  uv venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  echo "environment: .venv by pip from requirements.lock (a few minutes; uv would be faster)" && \
	  $(PYTHON) -m venv --clear .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

.PHONY: book
book: .venv/.ready ## execute what is stale at PROFILE (paper or smoke), check, render, check the site
	@$(BIN)/python -m w2s book --profile "$(PROFILE)"

.PHONY: test
test: .venv/.ready ## lint, types, unit and statistical tests, the whole book in smoke, the site in a browser
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

.PHONY: one
one: .venv/.ready ## execute and render one page: make one NB=random_features/fig3
	@test -n "$(NB)" || { echo "w2s: make one needs NB=part/page, for example NB=random_features/fig3" >&2; exit 2; }
	@$(BIN)/python -m w2s one "$(NB)" --profile "$(PROFILE)"

.PHONY: status
status: .venv/.ready ## print every claim with its verdict
	@$(BIN)/python -m w2s status

.PHONY: bench
bench: .venv/.ready ## measure speed against the baselines, as ratios taken in one run
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks

.PHONY: figures
figures: .venv/.ready ## write every figure of the executed book and its data to _build/figures and a zip
	@$(BIN)/python -m w2s figures

.PHONY: serve
serve: .venv/.ready ## serve the rendered site on http://127.0.0.1:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

.PHONY: accept
accept: .venv/.ready ## build at paper scale and make its claims the accepted record (review the diff)
	@$(BIN)/python -m w2s book --profile paper --accept

.PHONY: format
format: .venv/.ready ## format the sources
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: lock
lock: ## refresh requirements.lock from pyproject.toml (needs uv; NEWEST=--upgrade moves every version)
	@command -v uv >/dev/null 2>&1 || { echo "w2s: make lock needs uv" >&2; exit 2; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras $(NEWEST) pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## remove everything that a command made
	rm -rf _build book/status.md book/_generated .venv
	find notebooks -name '*.ipynb' -delete

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
