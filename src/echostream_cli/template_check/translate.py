"""The template as CloudFormation gets it: translated from SAM, with a deployment's values."""

import copy
import logging
from collections.abc import Mapping
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from echostream_cli.paths import ROOT
from echostream_cli.template_check.deployments import Deployment
from echostream_cli.template_check.physical import Physical
from echostream_cli.template_check.resolve import Resolver

TEMPLATE, ROLE = "template.yaml", "src/echostream_cli/deploy/role.yaml"
ARTEFACT = "s3://aws-sam-cli-managed-default-samclisourcebucket/artefact"
"""What `sam package` puts in the place of a folder."""
logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it reports experiments of its own
FOLDERS = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def load(path: str) -> dict[str, Any]:
    """A template of this repository, with functions in their long form."""
    template: dict[str, Any] = yaml_parse((ROOT / path).read_text())
    return template


def translate(template: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The template without SAM's types. `template` stays as it is."""
    packaged = copy.deepcopy(dict(template))
    for resource in packaged["Resources"].values():
        if folder := FOLDERS.get(resource["Type"]):
            resource["Properties"][folder] = ARTEFACT
    values = deployment.values(packaged["Parameters"])
    session = boto3.Session(region_name=deployment.region)
    translator = Translator({}, Parser(), boto_session=session)
    translated: dict[str, Any] = translator.translate(packaged, values)
    return translated


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
