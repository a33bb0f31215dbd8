# Short names for the subcommands of `echostream` and for the checks. `make` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# What a user gives, in variables with names in upper case, is data: recipes read it with the macros
# `given`, `quoted`, `option` and `flag`, which leave it to the shell to insert "$NAME". Make would expand
# the variables of its command line for the environment and for another make, hence these four lines.
command_line := $(foreach name,$(.VARIABLES),$(if $(filter command%,$(origin $(name))),$(name)))
$(foreach name,$(command_line),$(eval override $(name) := $$(value $(name))))
export $(command_line)
MAKEOVERRIDES :=

# Desktops and terminals set these, too: only those of the command line are meant.
ambient := $(filter-out $(command_line),LANGUAGE LINES TZ)

# The value, for conditions; one word of the shell with the value, or with a default; an option or a
# flag, or nothing if the value is empty.
given = $(if $(filter $(1),$(ambient)),,$(value $(1)))
quoted = "$${$(1):-$(2)}"
option = $(if $(call given,$(2)),$(1)=$(call quoted,$(2)))
flag = $(if $(call given,$(2)),$(1))

PYTHON := .venv/bin/python
ECHOSTREAM := $(PYTHON) -m echostream_cli

# The deployment of a command: the sandbox, or the stage in STAGE (ON=aws: staging).
stage_options = --stage=$(call quoted,STAGE,staging) $(call option,--endpoint,ENDPOINT)
target_options = $(if $(call given,STAGE)$(filter aws,$(call given,ON)),$(stage_options))
aws_options = $(stage_options) $(call option,--account,ACCOUNT)
consent_options = $(call flag,--yes,YES) $(call option,--accept,ACCEPT)
sample_options = $(call option,--number,N) $(call option,--dataset,DATASET)
period_options = $(call option,--month,MONTH) $(call option,--from,FROM) $(call option,--to,TO)

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
	@if [ -x $(PYTHON) ]; then $(ECHOSTREAM) down $(call flag,--volumes,VOLUMES); else echo "  not installed: no sandbox runs"; fi

status: environments  ## Print the state of each process, and the last log lines of a failed one
	@$(ECHOSTREAM) status

outputs: environments  ## Print KEY=VALUE lines for scripts
	@$(ECHOSTREAM) outputs

token: environments  ## Print an ID token of the demo user
	@$(ECHOSTREAM) token

logs: environments  ## Print the last lines of every log (LINES=20)
	@$(ECHOSTREAM) logs $(call option,--lines,LINES)

reset: environments  ## Delete data, stack and users of the sandbox, in seconds
	@$(ECHOSTREAM) reset

doctor: environments  ## Check the machine and probe the emulator (ENDPOINT=http://... ENGINE=moto); AWS=1: ask AWS (STAGE= YES=1 CLEAN=1)
	@ENGINE= $(ECHOSTREAM) doctor $(call option,--endpoint,ENDPOINT) $(if $(call given,AWS),--aws \
		$(call option,--stage,STAGE) $(call flag,--yes,YES) $(call flag,--clean,CLEAN)) \
		$(call option,--engine,ENGINE)

support-bundle: environments  ## Write a zip to send with a bug report, without secrets (TO=file PROBES=off)
	@$(ECHOSTREAM) support-bundle $(call option,--to,TO) $(if $(filter off,$(call given,PROBES)),--no-probes)

##@ Data
.PHONY: seed import live
seed: environments  ## Send sample documents (N=1000 DATASET=tweets|reviews|film|editorials DAYS=2)
	@$(ECHOSTREAM) seed $(sample_options) $(call option,--days,DAYS)

import: environments  ## Send your own file, also - or a folder (FILE=reviews.csv DRY_RUN=1 UPDATE=1 RESTART=1 TEXT= DATE_FORMAT= ...: docs/import.md)
	@$(ECHOSTREAM) import --file=$(call quoted,FILE) $(call option,--text,TEXT) \
		$(call option,--title,TITLE) $(call option,--source,SOURCE) \
		$(call option,--created-at,CREATED_AT) $(call option,--id,ID) $(call option,--author,AUTHOR) \
		$(call option,--url,URL) $(call option,--language,LANGUAGE) \
		$(call option,--channel,CHANNEL) $(call option,--rating,RATING) \
		$(call option,--attributes,ATTRIBUTES) $(call option,--encoding,ENCODING) \
		$(call option,--header,HEADER) $(call option,--date-format,DATE_FORMAT) \
		$(call option,--tz,TZ) $(call flag,--dry-run,DRY_RUN) $(call flag,--update,UPDATE) \
		$(call flag,--restart,RESTART)

# The settings of all kinds of sources; only those of the command line are passed on.
source_settings := FEED SUBREDDITS SEARCH SERVER TAGS PER_MINUTE ITEMS KEYWORDS LANGUAGES CHANNEL

live: environments  ## Read a source until Ctrl-C, with the internet (SOURCE=rss FEED=https://… KEYWORDS= INTERVAL=60)
	@$(ECHOSTREAM) live $(call option,--secret,SECRET) $(call option,--interval,INTERVAL) -- $(call quoted,SOURCE,rss) \
		$(foreach name,$(filter $(command_line),$(source_settings)),$(name)=$(call quoted,$(name)))

##@ Lake (on the sandbox, or with STAGE=)
.PHONY: query compact crawl
query: environments  ## Query the lake with SQL (SQL="..." or FILE=; TENANT= FORMAT=csv|json ROWS=)
	@$(ECHOSTREAM) query $(or $(call option,--file,FILE),--sql=$(call quoted,SQL)) $(call option,--format,FORMAT) \
		$(call option,--rows,ROWS) $(if $(filter-out undefined,$(origin TENANT)),--tenant=$(call quoted,TENANT)) $(target_options)

compact: environments  ## Turn closed days of the lake into Parquet now (AT= as if at this time)
	@$(ECHOSTREAM) compact $(call option,--at,AT) $(target_options)

crawl: environments  ## Detect the schemas of files in S3 and create tables (CRAWLER=name or FOLDER=s3://bucket/folder/)
	@$(ECHOSTREAM) crawl $(call option,--crawler,CRAWLER) $(call option,--path,FOLDER) $(target_options)

##@ Operate (on the sandbox, or with STAGE=; see docs/operations.md)
.PHONY: backup restore replay recount rescore quarantine requeue erase erasures audit rotate alerts report alarms signals tenants users
backup: environments  ## Write the documents table to a file (TO=, TABLE=)
	@$(ECHOSTREAM) backup $(call option,--to,TO) $(call option,--table,TABLE) $(target_options)

restore: environments  ## Write a backup into the documents table; existing items stay (FROM=file)
	@$(ECHOSTREAM) restore --from=$(call quoted,FROM) $(target_options)

replay: environments  ## Write a period of the lake into the documents table again (FROM= TO= or MONTH=, TENANT=)
	@$(ECHOSTREAM) replay $(period_options) $(call option,--tenant,TENANT) $(target_options)

recount: environments  ## Compare the counts of /stats with the documents, and mend them
	@$(ECHOSTREAM) recount $(target_options)

rescore: environments  ## Add the scores of another engine (ENGINE=comprehend MONTH=2026-10 or FROM= TO=, TENANT=)
	@$(ECHOSTREAM) rescore --engine=$(call quoted,ENGINE,comprehend) $(period_options) \
		$(call option,--tenant,TENANT) $(target_options)

quarantine: environments  ## List what could not be processed, and why (ID= shows one, TO=file writes a file to mend, TENANT=)
	@$(ECHOSTREAM) quarantine $(call option,--show,ID) $(call option,--to,TO) \
		$(call option,--tenant,TENANT) $(target_options)

requeue: environments  ## Store the mended documents of a file, and remove them from quarantine (FROM=file)
	@$(ECHOSTREAM) requeue --from=$(call quoted,FROM) $(target_options)

erase: environments  ## Erase a document or an author from every store (ID= or AUTHOR=, TENANT=; RESUME= continues)
	@$(ECHOSTREAM) erase $(call option,--id,ID) $(call option,--author,AUTHOR) \
		$(call option,--resume,RESUME) $(call option,--tenant,TENANT) $(target_options)

erasures: environments  ## List the newest erasures, and how far they are (TENANT=)
	@$(ECHOSTREAM) erasures $(call option,--tenant,TENANT) $(target_options)

audit: environments  ## List the newest events of a tenant: who did what (TENANT=, FROM= TO= ACTION=)
	@$(ECHOSTREAM) audit $(call option,--tenant,TENANT) $(call option,--from,FROM) \
		$(call option,--to,TO) $(call option,--action,ACTION) $(target_options)

rotate: environments  ## Change the password of the demo user
	@$(ECHOSTREAM) rotate

alerts: environments  ## Compare the last hours with their baselines now, and print new alerts (DAYS=2)
	@$(ECHOSTREAM) alerts $(call option,--days,DAYS) $(target_options)

report: environments  ## Print the last report of a tenant, and write its picture to a file (WEEK=1 TENANT=demo)
	@$(ECHOSTREAM) report $(call flag,--week,WEEK) $(call option,--tenant,TENANT) $(target_options)

alarms: environments  ## Print the current value of each alarm, and its entry in the runbook
	@$(ECHOSTREAM) alarms $(target_options)

signals: alarms

tenants: environments  ## List the tenants and their state (more: echostream tenant|member|machine --help)
	@$(ECHOSTREAM) tenant list $(target_options)

users: environments  ## List the users, their tenants, roles and state (TENANT=)
	@$(ECHOSTREAM) member list $(call option,--tenant,TENANT) $(target_options)

# ENDPOINT= changes only the address: each command can run against an emulator instead of AWS.
##@ AWS (STAGE=staging|prod)
.PHONY: deploy-aws diff-aws rollback-aws smoke-aws user-aws dashboard outputs-aws destroy-aws
deploy-aws: environments  ## Check, show changes and cost, confirm, deploy, run the smoke test (YES=1 ACCEPT= AT_ONCE=1)
	@$(ECHOSTREAM) deploy $(aws_options) $(consent_options) $(call flag,--at-once,AT_ONCE)

diff-aws: environments  ## Show what a deployment would change
	@$(ECHOSTREAM) diff $(aws_options)

rollback-aws: environments  ## Deploy the version before the last update
	@$(ECHOSTREAM) rollback $(aws_options) $(consent_options)

smoke-aws: environments  ## Test a deployment through its public addresses
	@$(ECHOSTREAM) smoke $(aws_options)

user-aws: environments  ## Create a user, and the tenant if needed (NAME= TENANT= ROLES=reader,writer,admin)
	@$(ECHOSTREAM) member invite --tenant=$(call quoted,TENANT) --new-tenant $(call option,--roles,ROLES) \
		$(stage_options) -- $(call quoted,NAME)

dashboard: environments  ## Run the dashboard of a stage (STAGE=prod; SITE_URL= without AWS credentials; PORT=)
	@$(ECHOSTREAM) dashboard $(call option,--stage,STAGE) $(call option,--endpoint,ENDPOINT) \
		$(call option,--site-url,SITE_URL) $(call option,--port,PORT)

outputs-aws: environments  ## Print the addresses and names of a deployment
	@$(ECHOSTREAM) outputs $(stage_options)

destroy-aws: environments  ## Delete a deployment; its data stays, unless DATA=delete
	@$(ECHOSTREAM) destroy $(aws_options) $(call flag,--yes,YES) $(call option,--data,DATA) $(call option,--confirm,CONFIRM)

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
	@$(PYTHON) -m bench.alerts $(call option,--nab,NAB)

train: environments  ## Train the stand-in for Comprehend again; the result is the same file
	@$(PYTHON) -m bench.stand_in.train

record-comprehend: environments  ## Record responses of AWS, with AWS credentials (N=, DATASET=)
	@$(PYTHON) -m bench.stand_in.record $(sample_options)

##@ Develop
workers := --numprocesses 3 --dist loadfile --no-loadscope-reorder
coverage := --cov --cov-report= --cov-fail-under=75

# pytest divides ARGS into arguments itself, with their quotes; the last ones win.
with_options = PYTEST_ADDOPTS="$$PYTEST_ADDOPTS "$(1)

# pytest rewrites the modules of tests and plugins; without byte code it does so in each process.
test-unit: export PYTHONDONTWRITEBYTECODE =

.PHONY: test test-unit test-functions lint scan format docs structure site screenshots bench soak cost scale lock
test: environments  ## Run all tests on a separate sandbox, with coverage (ARGS="-k name": without)
	@$(call with_options,$(call quoted,ARGS,$(coverage) $(if $(filter docker,$(call given,MODE)),,$(workers)))) \
		$(PYTHON) -m pytest

test-unit: environments  ## Run the unit tests only: about 20 s, no emulator
	@$(call with_options,"$(workers) "$(call quoted,ARGS)) $(PYTHON) -m pytest -p no:schemathesis tests/unit

# Tests of every crash, of days of a schedule and of long baselines take three minutes of CPU.
long_tests := alert_baselines alert_runs day erase erase_tenant promises

test-functions: export PYTHONPATH = src:.
test-functions: export PYTHONDONTWRITEBYTECODE =
test-functions: environments  ## Run the unit tests of the functions on Python 3.13 (QUICK=1: a minute)
	@./scripts/environments.sh functions
	@$(call with_options,"--numprocesses 2 --dist loadfile --no-loadscope-reorder "$(call quoted,ARGS)) \
		.venv-functions/bin/python -m pytest \
		$(if $(call given,ARGS),,tests/unit/echostream tests/unit/echostream_sources) \
		$(if $(call given,QUICK),$(addprefix --ignore-glob=*/test_,$(addsuffix .py,$(long_tests))))

lint: environments  ## Check style, types, imports, templates and workflows
	@./scripts/lint.sh

scan: environments  ## Scan templates and images with checkov, packages with pip-audit
	@./scripts/environments.sh scan && ./scripts/scan.sh

format: environments  ## Format the code
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .

docs: environments  ## Build the documentation site into .sandbox/docs and check its links
	@./scripts/environments.sh docs && ./scripts/docs.sh

structure: environments  ## Print folders, imports between packages and sizes (REV= for a revision)
	@$(PYTHON) scripts/structure.py $(if $(call given,REV),$(call quoted,REV))

site: environments  ## Build the page into .sandbox/site and print its size; make up publishes it
	@$(ECHOSTREAM) site

screenshots: environments  ## Take screenshots of both running frontends, at three widths, light and dark
	@$(ECHOSTREAM) screenshots

bench: environments  ## Measure speed, as ratios within one run (ONLY="ingest query" PROFILE=1 ROUNDS=5 JSON=1 TO=file)
	@$(PYTHON) -m bench $(call option,--only,ONLY) $(call flag,--profile,PROFILE) \
		$(call option,--rounds,ROUNDS) $(call flag,--json,JSON) $(call option,--to,TO)

soak: environments  ## Send documents while calls fail and workers die, and count them (N=20000 INGEST=direct|stream SEED=)
	@$(PYTHON) -m bench.soak $(call option,--number,N) $(call option,--path,INGEST) $(call option,--seed,SEED)

cost: environments  ## Meter the cost of N documents on AWS; DOCS_PER_DAY= (ENGINE= BATCH= SOURCES=) plans a month
	@$(ECHOSTREAM) cost $(or $(call option,--per-day,DOCS_PER_DAY),$(call option,--number,N)) \
		$(call option,--engine,ENGINE) $(call option,--batch,BATCH) \
		$(call option,--sources,SOURCES)

scale: environments  ## Compute what up to 10 billion documents a day need, with a simulation (PAGE=1: without)
	@$(ECHOSTREAM) scale $(call flag,--page,PAGE)

lock: environments  ## Pin all requirements again (UPGRADE=--upgrade for newer ones)
	@./requirements/compile.sh
