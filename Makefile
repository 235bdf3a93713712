# Every target does its own set-up; run `make help` for the list.

SERVER_NAME ?= localhost:8448
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
IN_PARALLEL := -n auto --maxprocesses 4 --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: catalogues docs screenshots help setup dev run demo test test-quick test-two-workers test-nightly check lint types contracts fix bench lock clean fuzz chaos flood names answers waves wheel sbom image

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

setup: $(VENV)/.runtime ## Make .venv with the command countersign in .venv/bin
	@echo "Ready: $(BIN)/countersign --help"

dev: $(VENV)/.dev ## Add what tests, lint and the demo need

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) runtime

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@sh scripts/setup.sh $(VENV) dev

run: setup ## Start a policy server on SQLite; SERVER_NAME=… and DATA=… are yours to set
	@exec sh scripts/run.sh $(BIN) "$(DATA)" "$(SERVER_NAME)" "$(filter-out file,$(origin SERVER_NAME))"

demo: dev ## Two real Synapses, a protected room, ham and spam, step by step
	@exec $(BIN)/python examples/demo/run.py

test: dev ## Run every test, the journeys with real homeservers included
	@$(BIN)/pytest $(IN_PARALLEL)

test-quick: dev ## Run unit, contract and policy tests: no journeys, campaigns, waves, black box, browser, no server starts
	@echo "Left out: journeys, campaigns, waves, black-box and browser tests, installations, and files that start"
	@echo "servers or send loads; make test runs all."
	@$(BIN)/pytest $(IN_PARALLEL) --quick

test-two-workers: dev ## Run black-box tests, commands and dashboard on PostgreSQL and Valkey, with two workers; an hour
	@$(BIN)/pytest $(IN_PARALLEL) --two-workers tests/blackbox tests/cli tests/dashboard

test-nightly: dev ## Run every test with new random examples, three times as many
	@$(BIN)/pytest $(IN_PARALLEL) --hypothesis-profile=new

check: lint types contracts ## Lint, types and import contracts

lint: dev ## Lint and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: dev ## mypy --strict
	@$(BIN)/mypy

contracts: dev ## Import contracts: layers, packages, no circles
	@$(BIN)/lint-imports --no-logo

fix: dev ## Let ruff mend what it can
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: dev ## Load beside what cryptography allows, newcomer-safe in turn, starts among decisions
	@$(BIN)/python benchmarks/sign_load.py
	@$(BIN)/python benchmarks/setups_in_turn.py --setup four-filters --setup newcomer-safe
	@$(BIN)/python benchmarks/cold_start.py --decisions 0 1000000

fuzz: dev ## Hostile requests and inputs, judged by other people's code; minutes
	@$(BIN)/python -m campaigns.fuzz

chaos: dev ## SIGKILLs and faults under load, and a checker of every answer; minutes
	@$(BIN)/python -m campaigns.chaos

flood: dev ## Good traffic beside strangers, a hostile member and slow clients; minutes
	@$(BIN)/python -m campaigns.flood

names: dev ## Hostile server names, and canaries where they lead; a minute
	@$(BIN)/python -m campaigns.names

answers: dev ## A hostile server's answers, up to 63 MiB each, beside good traffic; an hour
	@$(BIN)/python -m campaigns.answers

waves: dev ## Every kind of abuse and of honest crowds against the preset newcomer-safe; minutes
	@$(BIN)/python -m campaigns.waves --seeds 3

lock: dev ## Lock the dependencies anew, with hashes
	@sh scripts/lock.sh $(BIN)/uv

wheel: setup ## Build the wheel into dist/, for pipx and uv tool
	@$(BIN)/python -m hatchling build -t wheel -d dist

image: dev ## Build the container image and run it; as root, with podman; minutes
	@$(BIN)/python scripts/try_image.py

sbom: setup ## Write the bill of materials (CycloneDX 1.6) into build/
	@$(BIN)/python scripts/sbom.py

docs: $(VENV)/docs/.made ## Build the documentation site into build/site
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build -q && echo "Ready: build/site/index.html"

screenshots: dev ## Take the pictures of docs/moderators-guide.md anew; half a minute
	@$(BIN)/python -m scripts.screenshots

# In an environment of its own: the program does without.
$(VENV)/docs/.made: requirements/docs.txt $(VENV)/.runtime
	@echo "Installing what builds the site into $(VENV)/docs ..."
	@$(BIN)/python -m venv $(VENV)/docs
	@$(VENV)/docs/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@touch $@

catalogues: dev ## Bring the translations of what senders read up to date
	@$(BIN)/python scripts/catalogues.py

clean: ## Remove the virtual environment; data and keys stay
	@rm -rf $(VENV)
