# EchoStream's sandbox and checks: thin names for the command `echostream`. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
export EMULATOR_PORT COMPANION_PORT DASHBOARD_PORT STACK_NAME ENGINE PRODUCER RETENTION_DAYS MODE \
	SEED_DOCUMENTS SEED_DATASET DASHBOARD STATE_DIR BIND_HOST UPGRADE EMULATOR_HOST COMPANION_HOST \
	COMPOSE_PROJECT_NAME EMULATOR_MEMORY COMPANION_MEMORY JUPYTER_PORT JUPYTER_TOKEN LOCALSTACK_AUTH_TOKEN \
	LOCALSTACK_IMAGE

# SQL goes through the environment, so that its quotes, dollars and newlines stay as they are.
override export SQL := $(value SQL)
override export FILE := $(value FILE)

N ?= 1000
DATASET ?= tweets
LINES ?= 20
FORMAT ?= table
ROWS ?= 1000
PYTHON := .venv/bin/python
ECHOSTREAM := $(PYTHON) -m echostream_cli

# Where a command works: on the sandbox, or with STAGE=prod (or ON=aws: staging) on that stage.
WHERE = $(if $(STAGE)$(filter aws,$(ON)),--stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)"))
WHEN = $(if $(MONTH),--month "$(MONTH)") $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)")
ON_AWS = --stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
	$(if $(ACCOUNT),--account "$(ACCOUNT)")
AGREED = $(if $(YES),--yes) $(if $(ACCEPT),--accept "$(ACCEPT)")

.PHONY: help environments
help:  ## List the targets
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*##/ {printf "  make %-18s%s\n", $$1, $$2}' Makefile
	@echo
	@echo "Settings and their defaults: .env.example. On the command line: make up PRODUCER=off"
	@echo "All commands with their options: .venv/bin/echostream --help"

environments:
	@./scripts/environments.sh

##@ Sandbox
.PHONY: up down status outputs token logs reset doctor
up: environments  ## Start everything, or repair what does not run; prints the addresses
	@$(ECHOSTREAM) up

down:  ## Stop everything; stored data stays, unless VOLUMES=1
	@if [ -x $(PYTHON) ]; then $(ECHOSTREAM) down $(if $(VOLUMES),--volumes); else echo "  nothing is installed, nothing runs"; fi

status: environments  ## Say what runs, since when, and why a part does not run
	@$(ECHOSTREAM) status

outputs: environments  ## Print KEY=VALUE lines for scripts
	@$(ECHOSTREAM) outputs

token: environments  ## Print an ID token of the demo user
	@$(ECHOSTREAM) token

logs: environments  ## Print the last lines of every part (LINES=20)
	@$(ECHOSTREAM) logs --lines $(LINES)

reset: environments  ## Empty the sandbox in seconds: data, stack, users
	@$(ECHOSTREAM) reset

doctor: environments  ## Check the machine, probe the engine (ENDPOINT=http://..., AWS=1)
	@$(ECHOSTREAM) doctor $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") $(if $(AWS),--aws)

##@ Data
.PHONY: seed import
seed: environments  ## Send real documents (N=1000 DATASET=tweets|reviews|film|editorials)
	@$(ECHOSTREAM) seed --number $(N) --dataset $(DATASET)

import: environments  ## Send your own file (FILE=reviews.csv; columns: TEXT= SOURCE= CREATED_AT= ID= AUTHOR=)
	@$(ECHOSTREAM) import --file "$$FILE" $(if $(TEXT),--text "$(TEXT)") \
		$(if $(SOURCE),--source "$(SOURCE)") $(if $(CREATED_AT),--created-at "$(CREATED_AT)") \
		$(if $(ID),--id "$(ID)") $(if $(AUTHOR),--author "$(AUTHOR)")

##@ Lake (on the sandbox, or with STAGE=)
.PHONY: query compact crawl
query: environments  ## Query the lake with SQL (SQL="..." or FILE=; TENANT= FORMAT=csv|json ROWS=)
	@$(ECHOSTREAM) query $(if $(FILE),--file "$$FILE",--sql "$$SQL") --format $(FORMAT) \
		--rows $(ROWS) $(if $(filter-out undefined,$(origin TENANT)),--tenant "$(TENANT)") $(WHERE)

compact: environments  ## Turn closed days of the lake into Parquet now, as at night (AT= as if it were then)
	@$(ECHOSTREAM) compact $(if $(AT),--at "$(AT)") $(WHERE)

crawl: environments  ## Find the schemas of files in S3 (CRAWLER=name or FOLDER=s3://bucket/folder/)
	@$(ECHOSTREAM) crawl $(if $(CRAWLER),--crawler "$(CRAWLER)") $(if $(FOLDER),--path "$(FOLDER)") $(WHERE)

##@ Operate (on the sandbox, or with STAGE=; see docs/operations.md)
.PHONY: backup restore replay rescore rotate alarms signals
backup: environments  ## Write the documents table to a file (TO=, TABLE=)
	@$(ECHOSTREAM) backup $(if $(TO),--to "$(TO)") $(if $(TABLE),--table "$(TABLE)") $(WHERE)

restore: environments  ## Put a backup back into the documents table; what it holds stays (FROM=file)
	@$(ECHOSTREAM) restore --from "$(FROM)" $(WHERE)

replay: environments  ## Take a period of the lake into the documents table again (FROM= TO= or MONTH=, TENANT=)
	@$(ECHOSTREAM) replay $(WHEN) $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

rescore: environments  ## Score with another engine, keep both (ENGINE=comprehend MONTH=2026-10 or FROM= TO=, TENANT=)
	@$(ECHOSTREAM) rescore --engine $(or $(ENGINE),comprehend) $(WHEN) \
		$(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

rotate: environments  ## Give a machine user another password (WHO=producer|demo)
	@$(ECHOSTREAM) rotate --who $(or $(WHO),producer) $(WHERE)

alarms: environments  ## Print the value behind each alarm, and the runbook's entry for it
	@$(ECHOSTREAM) alarms $(WHERE)

signals: alarms

# ENDPOINT= only changes the address: every command runs against an emulator as if it were AWS.
##@ AWS (STAGE=staging|prod)
.PHONY: deploy-aws diff-aws rollback-aws smoke-aws user-aws dashboard outputs-aws destroy-aws
deploy-aws: environments  ## Check, show changes and price, ask, deploy, run the smoke test (YES=1 ACCEPT=)
	@$(ECHOSTREAM) deploy $(ON_AWS) $(AGREED)

diff-aws: environments  ## Show what a deployment would change
	@$(ECHOSTREAM) diff $(ON_AWS)

rollback-aws: environments  ## Deploy what ran before the last update
	@$(ECHOSTREAM) rollback $(ON_AWS) $(AGREED)

smoke-aws: environments  ## Try a deployment through its public addresses
	@$(ECHOSTREAM) smoke $(ON_AWS)

user-aws: environments  ## Create a user, with a new password (NAME= TENANT=)
	@$(ECHOSTREAM) user --name "$(NAME)" --tenant "$(TENANT)" $(ON_AWS)

dashboard: environments  ## Run the dashboard on a stage (STAGE=prod; SITE_URL= without AWS credentials; PORT=)
	@$(ECHOSTREAM) dashboard $(if $(STAGE),--stage "$(STAGE)") $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
		$(if $(SITE_URL),--site-url "$(SITE_URL)") $(if $(PORT),--port "$(PORT)")

outputs-aws: environments  ## Print the addresses and names of a deployment
	@$(ECHOSTREAM) outputs --stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)")

destroy-aws: environments  ## Remove a deployment; its data stays, unless DATA=delete
	@$(ECHOSTREAM) destroy $(ON_AWS) $(if $(YES),--yes) --data "$(or $(DATA),keep)" --confirm "$(CONFIRM)"

##@ Notebooks and engines
.PHONY: notebook jupyter evaluate train record-comprehend
notebook: environments  ## Execute the notebooks into .sandbox/notebooks/*.html
	@./notebooks/execute.sh

jupyter: environments  ## Open the notebooks
	@.venv/bin/jupyter lab --notebook-dir notebooks

evaluate: environments  ## Print the VADER paper's table beside ours
	@$(PYTHON) -m bench.engines.vader_paper

train: environments  ## Train the stand-in for Comprehend again; the result is the same file
	@$(PYTHON) -m bench.stand_in.train

record-comprehend: environments  ## Record AWS's own answers, with AWS credentials (N=, DATASET=)
	@$(PYTHON) -m bench.stand_in.record --number $(N) --dataset $(DATASET)

##@ Develop
WORKERS := --numprocesses 2 --dist loadfile

.PHONY: test test-unit lint scan format docs structure site screenshots bench cost lock
test: environments  ## Run all tests, on an emulator and ports of their own (ARGS="-k name")
	@$(PYTHON) -m pytest $(or $(ARGS),$(if $(filter docker,$(MODE)),,$(WORKERS)))

test-unit: environments  ## Run the unit tests only: about 20 s, no emulator
	@$(PYTHON) -m pytest $(WORKERS) -p no:schemathesis tests/unit $(ARGS)

lint: environments  ## Check style, types, imports and the template
	@./scripts/lint.sh

scan: environments  ## Look for known weaknesses: checkov over templates and images, pip-audit over packages
	@./scripts/environments.sh scan && ./scripts/scan.sh

format: environments  ## Put the code into shape
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

docs: environments  ## Build the documentation site into .sandbox/docs and check its links
	@./scripts/environments.sh docs && ./scripts/docs.sh

structure: environments  ## Print folders, arrows between packages and sizes (REV= for a revision)
	@$(PYTHON) scripts/structure.py $(REV)

site: environments  ## Build the page into .sandbox/site and print what it weighs; make up publishes it
	@$(ECHOSTREAM) site

screenshots: environments  ## Take pictures of both running frontends, at three widths, light and dark
	@$(ECHOSTREAM) screenshots

bench: environments  ## Measure, as ratios within one run
	@$(PYTHON) -m bench

cost: environments  ## Meter what N documents cost on AWS; DOCS_PER_DAY= (ENGINE= BATCH=) plans a month
	@$(ECHOSTREAM) cost $(if $(DOCS_PER_DAY),--per-day $(DOCS_PER_DAY),--number $(N)) \
		$(if $(ENGINE),--engine $(ENGINE)) $(if $(BATCH),--batch $(BATCH))

lock: environments  ## Pin all requirements again (UPGRADE=--upgrade for newer ones)
	@./requirements/compile.sh
