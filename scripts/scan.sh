#!/bin/sh
# Security scanners: checkov for templates, images, workflows and secrets in any file; pip-audit for
# every pinned requirement. Fails only if one of them reports a finding. Without network pip-audit is
# skipped with a message.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv-scan/bin:$PATH"

echo "checkov (exceptions with reasons: .checkov.yaml and comments in the files)"
checkov --config-file .checkov.yaml

service=${PIP_AUDIT_SERVICE:-osv}
host=$([ "$service" = osv ] && echo api.osv.dev || echo pypi.org)
if ! python -c "import socket; socket.create_connection(('$host', 443), 5)" 2>/dev/null; then
    echo "pip-audit: NOT RUN: cannot connect to $host, the database of vulnerabilities"
    exit
fi
status=0
for requirements in requirements/*.txt; do
    echo "pip-audit: $requirements"
    pip-audit --vulnerability-service "$service" --disable-pip --require-hashes \
        --progress-spinner off --requirement "$requirements" || status=1
done
exit $status
