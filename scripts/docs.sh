#!/bin/sh
# Build the documentation site into .sandbox/docs and check its links to pages, files and anchors.
# Mermaid is installed once with npm, pinned by hash, and copied into the site, which then loads
# nothing from another host. Without npm, browsers load Mermaid from a CDN; with MERMAID=required, as
# in CI, that is an error.
set -eu
cd "$(dirname "$0")/.."
tool=.sandbox/mermaid
bundle="$tool/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"

use_cdn() {
    echo "  Mermaid is not copied into the site, and browsers load it from a CDN: $1" >&2
    [ "${MERMAID:-}" != required ] || exit 1
}

fetch_mermaid() {
    cmp -s requirements/mermaid/package-lock.json "$tool/package-lock.json" && return
    command -v npm >/dev/null || { use_cdn "npm is missing (apt install nodejs npm)"; return; }
    rm -rf "$tool" "$tool.new"
    mkdir -p "$tool.new"
    cp requirements/mermaid/*.json "$tool.new"
    (cd "$tool.new" && npm ci --silent --ignore-scripts --no-audit --no-fund >/dev/null 2>&1) \
        || { use_cdn "npm ci failed"; return; }
    mv "$tool.new" "$tool"
}

fetch_mermaid
[ ! -f "$bundle" ] || export MERMAID_BUNDLE="$bundle"
NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict
echo "  documentation site: .sandbox/docs/index.html"
