# The whole surface for a newcomer. Nothing is needed but Python 3.11 or newer and make.
VENV ?= .venv
PYTHON ?=
ARGS ?=
export VENV PYTHON

.DEFAULT_GOAL := help
.PHONY: help run test thorough mutate faults bench lint format docs lock setup tools

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile | expand -t 14

run: setup ## a points program in a real market: what it does, what it costs, what it seems to do
	@echo "running: loyaltysim run scenario=grocery_points $(ARGS) (a minute or two; the first time also compiles)"
	@"$(VENV)/bin/loyaltysim" run scenario=grocery_points $(ARGS)
	@sh tools/next.sh

test: tools ## all tests; ARGS="-k points" chooses some
	@"$(VENV)/bin/python" -m pytest -n 4 --dist loadfile $(ARGS)

thorough: tools ## what `make test` and .ci/run leave out: all markets, long tests, another Python, mutants, survivors
	@"$(VENV)/bin/loyaltysim" validate
	@"$(VENV)/bin/python" -m pytest -n 4 --dist loadfile -m thorough $(ARGS)
	@sh tools/other_python.sh 3.11 "not slow and not browser"
	@"$(VENV)/bin/python" -m tests.mutants
	@"$(VENV)/bin/python" -m tests.survivors

mutate: tools ## look for changes of the code that no test notices; ARGS="minutes=5 points.py"
	@"$(VENV)/bin/python" -m tests.survivors $(ARGS)

faults: tools ## the long tests of sweeps: 100 kills, every byte flipped, 1,000 runs against their computing time
	@"$(VENV)/bin/python" -m tests.faults $(ARGS)

bench: tools ## speed beside plain Mesa and NumPy, with the agreement of their results
	@"$(VENV)/bin/python" -m benchmarks $(ARGS)

lint: tools ## style, formatting and types of the public surface
	@"$(VENV)/bin/python" -m ruff check .
	@"$(VENV)/bin/python" -m ruff format --check .
	@"$(VENV)/bin/python" -m mypy

format: tools ## let ruff put the code into its usual form
	@"$(VENV)/bin/python" -m ruff check --fix .
	@"$(VENV)/bin/python" -m ruff format .

docs: tools ## write docs/parameters.md from the schema, docs/measures.md from the registry, docs/api.md from the names
	@for page in parameters measures; do \
	  { sed '/^|/,$$d' docs/$$page.md; "$(VENV)/bin/loyaltysim" show $$page; } > docs/$$page.new && \
	  mv docs/$$page.new docs/$$page.md; \
	done
	@"$(VENV)/bin/python" tools/api.py > docs/api.new
	@mv docs/api.new docs/api.md

evidence: tools ## write docs/evidence.md: what is published about every default, and what the product shows with it
	@"$(VENV)/bin/python" tools/evidence.py > docs/evidence.new
	@mv docs/evidence.new docs/evidence.md

coverage: tools ## run every row of docs/coverage.yaml and write docs/coverage.csv and .md; ARGS="S3-47" runs some
	@"$(VENV)/bin/python" tools/covered.py $(ARGS)

lock: ## resolve the two requirements locks again; UPGRADE=--upgrade takes the newest versions
	@sh tools/lock.sh $(UPGRADE)

setup: ## make the environment that `make run` uses
	@sh tools/setup.sh

tools: ## add what tests, lint, benchmarks and the extras need
	@sh tools/setup.sh tools
