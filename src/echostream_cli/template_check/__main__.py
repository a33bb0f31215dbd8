"""Checks the template as AWS would get it; part of `make lint`.

    python -m echostream_cli.template_check

For each deployment (each stage of samconfig.toml, the sandbox, three that switch every option) the
template is translated from SAM, its parameters and conditions are evaluated, and references are
replaced by names and ARNs. Exits with 1 if anything is found.
"""

import sys
from collections.abc import Iterator

from echostream_cli import sam_template
from echostream_cli.template_check import formats, names
from echostream_cli.template_check.deployments import EVERYTHING, all_deployments, role_deployments
from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.permissions import Deployer
from echostream_cli.template_check.schemas import SchemaCheck
from echostream_cli.template_check.translate import ROLE, TEMPLATE, Stack, translate


def main() -> int:
    findings = sorted(set(check()))
    for finding in findings:
        print(finding)
    print(f"template check: {len(findings)} findings")
    return 1 if findings else 0


def check() -> Iterator[Finding]:
    """Everything that is found in template.yaml and role.yaml."""
    template, role = sam_template.load(TEMPLATE), sam_template.load(ROLE)
    schemas = SchemaCheck()
    stacks = [Stack(translate(template, d), d) for d in all_deployments(template["Parameters"])]
    for stack in [*stacks, *(Stack(role, deployment) for deployment in role_deployments())]:
        yield from schemas.check(stack)
        yield from formats.check(stack)
        yield from names.check(stack)
    for stack in stacks:
        if not stack.deployment.is_emulated:
            yield from Deployer(role, stack.deployment).check(stack)
    yield from names.check_neighbours(template, EVERYTHING)


if __name__ == "__main__":
    sys.exit(main())
