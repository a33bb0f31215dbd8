# EchoStream's sandbox and checks. `make` alone says what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
export EMULATOR_PORT COMPANION_PORT DASHBOARD_PORT STACK_NAME ENGINE PRODUCER RETENTION_DAYS MODE \
	SEED_DOCUMENTS SEED_DATASET DASHBOARD STATE_DIR BIND_HOST UPGRADE

N ?= 1000
DATASET ?= tweets
LINES ?= 20
PYTHON := .venv/bin/python
SANDBOX := $(PYTHON) -m localstack

.PHONY: help
help:  ## Say what there is
	@awk 'BEGIN {FS = ":.*##"} /^[a-z-]+:.*##/ {printf "  make %-18s%s\n", $$1, $$2}' Makefile
	@echo "Settings and their defaults: .env.example. On the command line: make up PRODUCER=off"

.PHONY: environments
environments:
	@./localstack/environments.sh

.PHONY: up down status outputs token logs reset seed rescore record-comprehend train
up: environments  ## Start everything, or repair what is amiss; prints where to look
	@$(SANDBOX) up

down:  ## Stop everything; what is stored stays
	@if [ -x $(PYTHON) ]; then $(SANDBOX) down; else echo "  nothing is installed, nothing runs"; fi

status: environments  ## Say what runs, since when, and why what does not
	@$(SANDBOX) status

outputs: environments  ## Print KEY=VALUE lines for scripts
	@$(SANDBOX) outputs

token: environments  ## Print an ID token of the demo user
	@$(SANDBOX) token

logs: environments  ## Print the last lines of every part (LINES=20)
	@$(SANDBOX) logs --lines $(LINES)

reset: environments  ## Empty the sandbox in seconds: data, stack, users
	@$(SANDBOX) reset

seed: environments  ## Send real documents (N=1000 DATASET=tweets|reviews|film|editorials)
	@$(PYTHON) -m seed.send --number $(N) --dataset $(DATASET)

rescore: environments  ## Score stored documents with another engine, keep both (ENGINE=comprehend)
	@$(PYTHON) -m localstack.rescore --engine $(or $(ENGINE),comprehend)

record-comprehend: environments  ## Record AWS's own answers, with AWS credentials (N=, DATASET=)
	@$(PYTHON) -m localstack.companion.record --number $(N) --dataset $(DATASET)

train: environments  ## Train the stand-in for Comprehend again; the result is the same file
	@$(PYTHON) -m localstack.companion.train

.PHONY: notebook jupyter evaluate
notebook: environments  ## Execute the notebooks into .sandbox/notebooks/*.html
	@./notebooks/execute.sh

jupyter: environments  ## Open the notebooks
	@.venv/bin/jupyter lab --notebook-dir notebooks

evaluate: environments  ## Print the VADER paper's table beside ours
	@$(PYTHON) -m bench.accuracy

.PHONY: test lint format bench lock
test: environments  ## Run all tests, on an emulator and ports of their own (ARGS="-k name")
	@$(PYTHON) -m pytest $(ARGS)

lint: environments  ## Check style, types and the template
	@./localstack/lint.sh

format: environments  ## Put the code into shape
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

bench: environments  ## Measure, as ratios within one run
	@$(PYTHON) -m bench

lock: environments  ## Pin all requirements again (UPGRADE=--upgrade for newer ones)
	@./requirements/compile.sh
