# EchoStream's sandbox and checks. `make` alone says what there is.
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
ON ?= sandbox
PYTHON := .venv/bin/python
SANDBOX := $(PYTHON) -m localstack

.PHONY: help
help:  ## Say what there is
	@awk 'BEGIN {FS = ":.*##"} /^[a-z-]+:.*##/ {printf "  make %-18s%s\n", $$1, $$2}' Makefile
	@echo "Settings and their defaults: .env.example. On the command line: make up PRODUCER=off"

.PHONY: environments
environments:
	@./localstack/environments.sh

.PHONY: up down status outputs token logs reset seed rescore query compact crawl record-comprehend train signals doctor
up: environments  ## Start everything, or repair what is amiss; prints where to look
	@$(SANDBOX) up

down:  ## Stop everything; what is stored stays, unless VOLUMES=1
	@if [ -x $(PYTHON) ]; then $(SANDBOX) down $(if $(VOLUMES),--volumes); else echo "  nothing is installed, nothing runs"; fi

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

.PHONY: import
import: environments  ## Send your own file (FILE=reviews.csv; columns: TEXT= SOURCE= CREATED_AT= ID= AUTHOR=)
	@$(PYTHON) -m seed.import_file --file "$$FILE" $(if $(TEXT),--text "$(TEXT)") \
		$(if $(SOURCE),--source "$(SOURCE)") $(if $(CREATED_AT),--created-at "$(CREATED_AT)") \
		$(if $(ID),--id "$(ID)") $(if $(AUTHOR),--author "$(AUTHOR)")

query: environments  ## Ask the lake with SQL (SQL="..." or FILE=; TENANT= FORMAT=csv ROWS= ON=aws)
	@$(PYTHON) -m localstack.query $(if $(FILE),--file "$$FILE",--sql "$$SQL") --format $(FORMAT) \
		--rows $(ROWS) --on $(ON) $(if $(filter-out undefined,$(origin TENANT)),--tenant "$(TENANT)")

compact: environments  ## Turn closed days of the lake into Parquet now, as at night (AT= as if it were then)
	@$(PYTHON) -m localstack.compact $(if $(AT),--at $(AT))

crawl: environments  ## Find the schemas of files in S3 (CRAWLER=name or FOLDER=s3://bucket/folder/)
	@$(PYTHON) -m localstack.crawl $(if $(CRAWLER),--crawler $(CRAWLER)) $(if $(FOLDER),--path $(FOLDER))

record-comprehend: environments  ## Record AWS's own answers, with AWS credentials (N=, DATASET=)
	@$(PYTHON) -m bench.stand_in.record --number $(N) --dataset $(DATASET)

train: environments  ## Train the stand-in for Comprehend again; the result is the same file
	@$(PYTHON) -m bench.stand_in.train

signals: environments  ## Print what each alarm sees now, and the runbook's entry for it
	@$(PYTHON) -m localstack.signals

doctor: environments  ## Check the machine, probe the engine (ENDPOINT=http://..., AWS=1)
	@$(PYTHON) -m localstack.doctor $(if $(ENDPOINT),--endpoint $(ENDPOINT)) $(if $(AWS),--aws)

# On the sandbox, or on AWS with ON=aws STAGE=; see docs/operations.md.
WHERE = --on $(ON) $(if $(STAGE),--stage $(STAGE)) $(if $(ENDPOINT),--endpoint $(ENDPOINT))
WHEN = $(if $(MONTH),--month $(MONTH)) $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))

.PHONY: backup restore rotate replay
backup: environments  ## Write the fast table to a file (TO=, TABLE=)
	@$(PYTHON) -m operations.backup $(if $(TO),--to "$(TO)") $(if $(TABLE),--table $(TABLE)) $(WHERE)

restore: environments  ## Put a backup back into the fast table; what is there stays (FROM=file)
	@$(PYTHON) -m operations.restore --from "$(FROM)" $(WHERE)

rotate: environments  ## Give a machine user another password (WHO=producer|demo)
	@$(PYTHON) -m operations.rotate --who $(or $(WHO),producer) $(WHERE)

rescore: environments  ## Score with another engine, keep both (ENGINE=comprehend MONTH=2026-10 or FROM= TO=, TENANT=)
	@$(PYTHON) -m operations.rescore --engine $(or $(ENGINE),comprehend) $(WHEN) \
		$(if $(TENANT),--tenant $(TENANT)) $(WHERE)

replay: environments  ## Take a period of the lake into the fast table again (FROM= TO= or MONTH=, TENANT=)
	@$(PYTHON) -m operations.replay $(WHEN) $(if $(TENANT),--tenant $(TENANT)) $(WHERE)

.PHONY: notebook jupyter evaluate
notebook: environments  ## Execute the notebooks into .sandbox/notebooks/*.html
	@./notebooks/execute.sh

jupyter: environments  ## Open the notebooks
	@.venv/bin/jupyter lab --notebook-dir notebooks

evaluate: environments  ## Print the VADER paper's table beside ours
	@$(PYTHON) -m bench.accuracy

.PHONY: site screenshots
site: environments  ## Build the page into .sandbox/site, and say what it weighs; make up publishes it
	@$(PYTHON) -m localstack.site_build

screenshots: environments  ## Take pictures of both running faces, at three widths, light and dark
	@$(PYTHON) -m localstack.screenshots

# ENDPOINT= only changes the address: the whole of it runs against an emulator as if it were AWS.
.PHONY: deploy-aws diff-aws rollback-aws smoke-aws user-aws outputs-aws destroy-aws
ON_AWS = $(PYTHON) -m deployment $(1) --stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
	$(if $(YES),--yes) $(if $(ACCOUNT),--account "$(ACCOUNT)") $(if $(ACCEPT),--accept "$(ACCEPT)")

deploy-aws: environments  ## Check, show changes and price, ask, deploy, try it (STAGE= YES=1 ACCEPT=)
	@$(call ON_AWS,deploy)

diff-aws: environments  ## Show what a deployment would change (STAGE=)
	@$(call ON_AWS,diff)

rollback-aws: environments  ## Go back to what ran before the last update (STAGE=)
	@$(call ON_AWS,rollback)

smoke-aws: environments  ## Try what is deployed through its public face (STAGE=)
	@$(call ON_AWS,smoke)

user-aws: environments  ## Let somebody in, with a new password (NAME= TENANT= STAGE=)
	@$(call ON_AWS,user) --name "$(NAME)" --tenant "$(TENANT)"

outputs-aws: environments  ## Print where a deployment answers and what it is called (STAGE=)
	@$(call ON_AWS,outputs)

destroy-aws: environments  ## Remove a deployment; its data stays, unless DATA=delete (STAGE=)
	@$(call ON_AWS,destroy) --data "$(or $(DATA),keep)" --confirm "$(CONFIRM)"

.PHONY: test lint scan format bench cost lock
test: environments  ## Run all tests, on an emulator and ports of their own (ARGS="-k name")
	@$(PYTHON) -m pytest $(or $(ARGS),$(if $(filter docker,$(MODE)),,--numprocesses 2 --dist loadfile))

lint: environments  ## Check style, types and the template
	@./localstack/lint.sh

scan: environments  ## Look for known weaknesses: checkov over templates and images, pip-audit over packages
	@./localstack/environments.sh scan && ./localstack/scan.sh

format: environments  ## Put the code into shape
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

cost: environments  ## Meter what N documents cost on AWS; DOCS_PER_DAY= (ENGINE= BATCH=) plans a month
	@$(PYTHON) -m costs $(if $(DOCS_PER_DAY),--per-day $(DOCS_PER_DAY),--number $(N)) \
		$(if $(ENGINE),--engine $(ENGINE)) $(if $(BATCH),--batch $(BATCH))

bench: environments  ## Measure, as ratios within one run
	@$(PYTHON) -m bench

lock: environments  ## Pin all requirements again (UPGRADE=--upgrade for newer ones)
	@./requirements/compile.sh
