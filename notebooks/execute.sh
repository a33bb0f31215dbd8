#!/bin/sh
# Execute every notebook on the running sandbox and write HTML to .sandbox/notebooks.
set -eu
cd "$(dirname "$0")/.."
out="$PWD/.sandbox/notebooks"
mkdir -p "$out"
for notebook in notebooks/[0-9]*.ipynb; do
    printf '  %s: executing (a minute or two)\n' "$notebook"
    PYTHONPATH="$PWD" .venv/bin/python -m jupyter nbconvert --to html --execute "$notebook" \
        --output-dir "$out" --log-level WARN
    printf '  %s\n' "$out/$(basename "$notebook" .ipynb).html"
done
