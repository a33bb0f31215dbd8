#!/bin/sh
# All static checks: style, types, imports, templates, workflows.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

ruff check .
ruff format --check .
mypy
for handler in lambdas/*/handler.py; do # each function alone: their modules have the same names
    (cd "${handler%/*}" && MYPYPATH=../../src mypy --config-file ../../pyproject.toml ./*.py)
done
lint-imports --no-cache
python scripts/collect_twice.py
sam validate --lint
cfn-lint template.yaml src/echostream_cli/deploy/role.yaml
python -m echostream_cli.template_check
./scripts/actionlint.sh
