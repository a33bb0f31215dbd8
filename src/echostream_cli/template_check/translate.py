"""The template as CloudFormation gets it: translated from SAM, with a deployment's values."""

from collections.abc import Mapping
from typing import Any

from echostream_cli import sam_template
from echostream_cli.template_check.deployments import Deployment
from echostream_cli.template_check.physical import Physical
from echostream_cli.template_check.resolve import Resolver

TEMPLATE, ROLE = "template.yaml", "src/echostream_cli/deploy/role.yaml"
ARTEFACT = "s3://aws-sam-cli-managed-default-samclisourcebucket/artefact"
"""What `sam package` puts in the place of a folder."""


def translate(template: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The template without SAM's types. `template` stays as it is."""
    values = deployment.values(template["Parameters"])
    return sam_template.translate(template, ARTEFACT, values, deployment.region)


class Stack:
    """A deployment's resources as AWS would create them."""

    def __init__(self, template: Mapping[str, Any], deployment: Deployment) -> None:
        """`template` is translated, or has no types of SAM."""
        self.deployment = deployment
        conditions = template.get("Conditions", {})
        values = deployment.values(template["Parameters"])
        resolved = Resolver(conditions, values).template(template)
        self.physical = Physical(resolved, values)
        known = {**values, **self.physical.references()}
        self.template = Resolver(conditions, known).template(template)

    @property
    def resources(self) -> dict[str, Any]:
        """The resources by logical id; no property has a function of a known resource."""
        resources: dict[str, Any] = self.template["Resources"]
        return resources
