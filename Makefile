# Short names for the subcommands of `echostream` and for the checks. `make` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Commands get every variable of the command line in their environment.
# The settings of all kinds of sources, and those of them that the user has given.
SOURCE_SETTINGS := FEED SUBREDDITS SEARCH SERVER TAGS PER_MINUTE ITEMS KEYWORDS LANGUAGES CHANNEL
GIVEN := $(foreach name,$(SOURCE_SETTINGS),$(if $(filter command%,$(origin $(name))),$(name)))

# These are passed through the environment, which preserves quotes, dollars and newlines.
$(foreach name,SQL FILE ID AUTHOR $(GIVEN),$(eval override export $(name) := $$(value $(name))))

# The value of a variable as one word for the shell; and as the value of an option, if make's command line
# has it: the environment may have a LANGUAGE or a TZ that is not meant.
quoted = '$(subst ','\'',$(value $(1)))'
option = $(if $(and $(filter command override,$(origin $(2))),$(value $(2))),$(1)=$(call quoted,$(2)))

PYTHON := .venv/bin/python
ECHOSTREAM := $(PYTHON) -m echostream_cli

# The deployment of a command: the sandbox, or the stage in STAGE (ON=aws: staging).
WHERE = $(if $(STAGE)$(filter aws,$(ON)),--stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)"))
SAMPLE = $(if $(N),--number $(N)) $(if $(DATASET),--dataset $(DATASET))
WHEN = $(if $(MONTH),--month "$(MONTH)") $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)")
ON_AWS = --stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
	$(if $(ACCOUNT),--account "$(ACCOUNT)")
CONSENT = $(if $(YES),--yes) $(if $(ACCEPT),--accept "$(ACCEPT)")

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
.PHONY: up down status outputs token logs reset doctor support-bundle
up: environments  ## Start the sandbox, or repair it; prints the addresses (ENGINE= INGEST=direct|stream PRODUCER=off)
	@$(ECHOSTREAM) up

down:  ## Stop the sandbox; stored data stays, unless VOLUMES=1
	@if [ -x $(PYTHON) ]; then $(ECHOSTREAM) down $(if $(VOLUMES),--volumes); else echo "  not installed: no sandbox runs"; fi

status: environments  ## Print the state of each process, and the last log lines of a failed one
	@$(ECHOSTREAM) status

outputs: environments  ## Print KEY=VALUE lines for scripts
	@$(ECHOSTREAM) outputs

token: environments  ## Print an ID token of the demo user
	@$(ECHOSTREAM) token

logs: environments  ## Print the last lines of every log (LINES=20)
	@$(ECHOSTREAM) logs $(if $(LINES),--lines $(LINES))

reset: environments  ## Delete data, stack and users of the sandbox, in seconds
	@$(ECHOSTREAM) reset

doctor: environments  ## Check the machine and probe the emulator (ENDPOINT=http://... ENGINE=moto); AWS=1: ask AWS (STAGE= YES=1 CLEAN=1)
	@ENGINE= $(ECHOSTREAM) doctor $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") $(if $(AWS),--aws \
		$(if $(STAGE),--stage "$(STAGE)") $(if $(YES),--yes) $(if $(CLEAN),--clean)) \
		$(if $(ENGINE),--engine "$(ENGINE)")

support-bundle: environments  ## Write a zip to send with a bug report, without secrets (TO=file PROBES=off)
	@$(ECHOSTREAM) support-bundle $(if $(TO),--to "$(TO)") $(if $(filter off,$(PROBES)),--no-probes)

##@ Data
.PHONY: seed import live
seed: environments  ## Send sample documents (N=1000 DATASET=tweets|reviews|film|editorials DAYS=2)
	@$(ECHOSTREAM) seed $(SAMPLE) $(if $(DAYS),--days $(DAYS))

import: environments  ## Send your own file (FILE=reviews.csv or - ; DRY_RUN=1 shows how it is read; TEXT= DATE_FORMAT= UPDATE=1 …: docs/import.md)
	@$(ECHOSTREAM) import --file=$(call quoted,FILE) \
		$(call option,--text,TEXT) $(call option,--title,TITLE) $(call option,--source,SOURCE) \
		$(call option,--created-at,CREATED_AT) $(call option,--id,ID) $(call option,--author,AUTHOR) \
		$(call option,--url,URL) $(call option,--language,LANGUAGE) $(call option,--channel,CHANNEL) \
		$(call option,--rating,RATING) $(call option,--attributes,ATTRIBUTES) \
		$(call option,--encoding,ENCODING) $(call option,--header,HEADER) \
		$(call option,--date-format,DATE_FORMAT) $(call option,--tz,TZ) \
		$(if $(value DRY_RUN),--dry-run) $(if $(value UPDATE),--update) $(if $(value RESTART),--restart)

live: environments  ## Read a source until Ctrl-C, with the internet (SOURCE=rss FEED=https://… KEYWORDS= INTERVAL=60)
	@$(ECHOSTREAM) live "$(or $(SOURCE),rss)" $(foreach name,$(GIVEN),"$(name)=$$$(name)") \
		$(if $(SECRET),--secret "$(SECRET)") $(if $(INTERVAL),--interval "$(INTERVAL)")

##@ Lake (on the sandbox, or with STAGE=)
.PHONY: query compact crawl
query: environments  ## Query the lake with SQL (SQL="..." or FILE=; TENANT= FORMAT=csv|json ROWS=)
	@$(ECHOSTREAM) query $(if $(FILE),--file "$$FILE",--sql "$$SQL") $(if $(FORMAT),--format $(FORMAT)) \
		$(if $(ROWS),--rows $(ROWS)) $(if $(filter-out undefined,$(origin TENANT)),--tenant "$(TENANT)") $(WHERE)

compact: environments  ## Turn closed days of the lake into Parquet now (AT= as if at this time)
	@$(ECHOSTREAM) compact $(if $(AT),--at "$(AT)") $(WHERE)

crawl: environments  ## Detect the schemas of files in S3 and create tables (CRAWLER=name or FOLDER=s3://bucket/folder/)
	@$(ECHOSTREAM) crawl $(if $(CRAWLER),--crawler "$(CRAWLER)") $(if $(FOLDER),--path "$(FOLDER)") $(WHERE)

##@ Operate (on the sandbox, or with STAGE=; see docs/operations.md)
.PHONY: backup restore replay recount rescore quarantine requeue erase erasures audit rotate alerts report alarms signals tenants users
backup: environments  ## Write the documents table to a file (TO=, TABLE=)
	@$(ECHOSTREAM) backup $(if $(TO),--to "$(TO)") $(if $(TABLE),--table "$(TABLE)") $(WHERE)

restore: environments  ## Write a backup into the documents table; existing items stay (FROM=file)
	@$(ECHOSTREAM) restore --from "$(FROM)" $(WHERE)

replay: environments  ## Write a period of the lake into the documents table again (FROM= TO= or MONTH=, TENANT=)
	@$(ECHOSTREAM) replay $(WHEN) $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

recount: environments  ## Compare the counts of /stats with the documents, and mend them
	@$(ECHOSTREAM) recount $(WHERE)

rescore: environments  ## Add the scores of another engine (ENGINE=comprehend MONTH=2026-10 or FROM= TO=, TENANT=)
	@$(ECHOSTREAM) rescore --engine $(or $(ENGINE),comprehend) $(WHEN) \
		$(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

quarantine: environments  ## List what could not be processed, and why (ID= shows one, TO=file writes a file to mend, TENANT=)
	@$(ECHOSTREAM) quarantine $(if $(ID),--show "$(ID)") $(if $(TO),--to "$(TO)") \
		$(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

requeue: environments  ## Store the mended documents of a file, and remove them from quarantine (FROM=file)
	@$(ECHOSTREAM) requeue --from "$(FROM)" $(WHERE)

erase: environments  ## Erase a document or an author from every store (ID= or AUTHOR=, TENANT=; RESUME= continues)
	@$(ECHOSTREAM) erase $(if $(ID),--id "$$ID") $(if $(AUTHOR),--author "$$AUTHOR") \
		$(if $(RESUME),--resume "$(RESUME)") $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

erasures: environments  ## List the newest erasures, and how far they are (TENANT=)
	@$(ECHOSTREAM) erasures $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

audit: environments  ## List the newest events of a tenant: who did what (TENANT=, FROM= TO= ACTION=)
	@$(ECHOSTREAM) audit $(if $(TENANT),--tenant "$(TENANT)") $(if $(FROM),--from "$(FROM)") \
		$(if $(TO),--to "$(TO)") $(if $(ACTION),--action "$(ACTION)") $(WHERE)

rotate: environments  ## Change the password of the demo user
	@$(ECHOSTREAM) rotate

alerts: environments  ## Compare the last hours with their baselines now, and print new alerts (DAYS=2)
	@$(ECHOSTREAM) alerts $(if $(DAYS),--days "$(DAYS)") $(WHERE)

report: environments  ## Print the last report of a tenant, and write its picture to a file (WEEK=1 TENANT=demo)
	@$(ECHOSTREAM) report $(if $(WEEK),--week) $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

alarms: environments  ## Print the current value of each alarm, and its entry in the runbook
	@$(ECHOSTREAM) alarms $(WHERE)

signals: alarms

tenants: environments  ## List the tenants and their state (more: echostream tenant|member|machine --help)
	@$(ECHOSTREAM) tenant list $(WHERE)

users: environments  ## List the users, their tenants, roles and state (TENANT=)
	@$(ECHOSTREAM) member list $(if $(TENANT),--tenant "$(TENANT)") $(WHERE)

# ENDPOINT= changes only the address: each command can run against an emulator instead of AWS.
##@ AWS (STAGE=staging|prod)
.PHONY: deploy-aws diff-aws rollback-aws smoke-aws user-aws dashboard outputs-aws destroy-aws
deploy-aws: environments  ## Check, show changes and cost, confirm, deploy, run the smoke test (YES=1 ACCEPT= AT_ONCE=1)
	@$(ECHOSTREAM) deploy $(ON_AWS) $(CONSENT) $(if $(AT_ONCE),--at-once)

diff-aws: environments  ## Show what a deployment would change
	@$(ECHOSTREAM) diff $(ON_AWS)

rollback-aws: environments  ## Deploy the version before the last update
	@$(ECHOSTREAM) rollback $(ON_AWS) $(CONSENT)

smoke-aws: environments  ## Test a deployment through its public addresses
	@$(ECHOSTREAM) smoke $(ON_AWS)

user-aws: environments  ## Create a user, and the tenant if needed (NAME= TENANT= ROLES=reader,writer,admin)
	@$(ECHOSTREAM) member invite "$(NAME)" --tenant "$(TENANT)" --new-tenant $(if $(ROLES),--roles "$(ROLES)") \
		--stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)")

dashboard: environments  ## Run the dashboard of a stage (STAGE=prod; SITE_URL= without AWS credentials; PORT=)
	@$(ECHOSTREAM) dashboard $(if $(STAGE),--stage "$(STAGE)") $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") \
		$(if $(SITE_URL),--site-url "$(SITE_URL)") $(if $(PORT),--port "$(PORT)")

outputs-aws: environments  ## Print the addresses and names of a deployment
	@$(ECHOSTREAM) outputs --stage "$(or $(STAGE),staging)" $(if $(ENDPOINT),--endpoint "$(ENDPOINT)")

destroy-aws: environments  ## Delete a deployment; its data stays, unless DATA=delete
	@$(ECHOSTREAM) destroy $(ON_AWS) $(if $(YES),--yes) $(if $(DATA),--data "$(DATA)") $(if $(CONFIRM),--confirm "$(CONFIRM)")

##@ Notebooks and engines
.PHONY: notebook jupyter evaluate evaluate-themes evaluate-alerts train record-comprehend
notebook: environments  ## Execute the notebooks into .sandbox/notebooks/*.html
	@./notebooks/execute.sh

jupyter: environments  ## Open the notebooks
	@.venv/bin/jupyter lab --notebook-dir notebooks

evaluate: environments  ## Print the VADER paper's table next to ours
	@$(PYTHON) -m bench.engines.vader_paper

evaluate-themes: environments  ## Measure the themes: quality, chance, speed and cost (3 minutes)
	@$(PYTHON) -m bench.themes

evaluate-alerts: environments  ## Measure the alerts: false alarms, events, cost (3 minutes; NAB=folder)
	@$(PYTHON) -m bench.alerts $(if $(NAB),--nab "$(NAB)")

train: environments  ## Train the stand-in for Comprehend again; the result is the same file
	@$(PYTHON) -m bench.stand_in.train

record-comprehend: environments  ## Record responses of AWS, with AWS credentials (N=, DATASET=)
	@$(PYTHON) -m bench.stand_in.record $(SAMPLE)

##@ Develop
WORKERS := --numprocesses 3 --dist loadfile --no-loadscope-reorder
COVERAGE := --cov --cov-report= --cov-fail-under=75

# pytest rewrites the modules of tests and plugins; without byte code it does so in each process.
test-unit: export PYTHONDONTWRITEBYTECODE =

.PHONY: test test-unit test-functions lint scan format docs structure site screenshots bench soak cost scale lock
test: environments  ## Run all tests on a separate sandbox, with coverage (ARGS="-k name": without)
	@$(PYTHON) -m pytest $(or $(ARGS),$(COVERAGE) $(if $(filter docker,$(MODE)),,$(WORKERS)))

test-unit: environments  ## Run the unit tests only: about 20 s, no emulator
	@$(PYTHON) -m pytest $(WORKERS) -p no:schemathesis tests/unit $(ARGS)

# Tests of every crash, of days of a schedule and of long baselines take three minutes of CPU.
LONG_TESTS := alert_baselines alert_runs day erase erase_tenant promises

test-functions: export PYTHONPATH = src:.
test-functions: export PYTHONDONTWRITEBYTECODE =
test-functions: environments  ## Run the unit tests of the functions on Python 3.13 (QUICK=1: a minute)
	@./scripts/environments.sh functions
	@.venv-functions/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
		$(or $(ARGS),tests/unit/echostream tests/unit/echostream_sources) \
		$(if $(QUICK),$(addprefix --ignore-glob=*/test_,$(addsuffix .py,$(LONG_TESTS))))

lint: environments  ## Check style, types, imports, templates and workflows
	@./scripts/lint.sh

scan: environments  ## Scan templates and images with checkov, packages with pip-audit
	@./scripts/environments.sh scan && ./scripts/scan.sh

format: environments  ## Format the code
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

docs: environments  ## Build the documentation site into .sandbox/docs and check its links
	@./scripts/environments.sh docs && ./scripts/docs.sh

structure: environments  ## Print folders, imports between packages and sizes (REV= for a revision)
	@$(PYTHON) scripts/structure.py $(REV)

site: environments  ## Build the page into .sandbox/site and print its size; make up publishes it
	@$(ECHOSTREAM) site

screenshots: environments  ## Take screenshots of both running frontends, at three widths, light and dark
	@$(ECHOSTREAM) screenshots

bench: environments  ## Measure speed, as ratios within one run (ONLY="ingest query" PROFILE=1 ROUNDS=5 JSON=1 TO=file)
	@$(PYTHON) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(PROFILE),--profile) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(JSON),--json) $(if $(TO),--to "$(TO)")

soak: environments  ## Send documents while calls fail and workers die, and count them (N=20000 INGEST=direct|stream SEED=)
	@$(PYTHON) -m bench.soak $(if $(N),--number $(N)) $(if $(INGEST),--path $(INGEST)) $(if $(SEED),--seed $(SEED))

cost: environments  ## Meter the cost of N documents on AWS; DOCS_PER_DAY= (ENGINE= BATCH= SOURCES=) plans a month
	@$(ECHOSTREAM) cost $(if $(DOCS_PER_DAY),--per-day $(DOCS_PER_DAY),$(if $(N),--number $(N))) \
		$(if $(ENGINE),--engine $(ENGINE)) $(if $(BATCH),--batch $(BATCH)) \
		$(if $(SOURCES),--sources $(SOURCES))

scale: environments  ## Compute what up to 10 billion documents a day need, with a simulation (PAGE=1: without)
	@$(ECHOSTREAM) scale $(if $(PAGE),--page)

lock: environments  ## Pin all requirements again (UPGRADE=--upgrade for newer ones)
	@./requirements/compile.sh
