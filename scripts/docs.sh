#!/bin/sh
# Build the documentation site into .sandbox/docs and check its links: pages, files and anchors.
# The site loads nothing from another host: Mermaid is fetched once with npm, pinned by hash, and
# copied into it. Without npm the browser loads Mermaid from a CDN, unless MERMAID=required, as in CI.
set -eu
cd "$(dirname "$0")/.."
tool=.sandbox/mermaid
bundle="$tool/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"

without() {
    echo "  diagrams are not part of the site, browsers load Mermaid from a CDN: $1" >&2
    [ "${MERMAID:-}" != required ] || exit 1
}

fetch_mermaid() {
    cmp -s requirements/mermaid/package-lock.json "$tool/package-lock.json" && return
    command -v npm >/dev/null || { without "npm is missing (apt install nodejs npm)"; return; }
    rm -rf "$tool" "$tool.new"
    mkdir -p "$tool.new"
    cp requirements/mermaid/*.json "$tool.new"
    (cd "$tool.new" && npm ci --silent --ignore-scripts --no-audit --no-fund >/dev/null 2>&1) \
        || { without "npm cannot fetch it"; return; }
    mv "$tool.new" "$tool"
}

fetch_mermaid
[ ! -f "$bundle" ] || export MERMAID_BUNDLE="$bundle"
NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict
echo "  documentation site: .sandbox/docs/index.html"
