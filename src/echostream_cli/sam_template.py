"""Templates of this repository: read with functions in their long form, and translated from SAM."""

import copy
import logging
from collections.abc import Mapping
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from echostream_cli.paths import ROOT

FOLDERS = ("CodeUri", "ContentUri")
"""The properties of functions and layers whose folders `sam package` replaces."""
logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it reports experiments of its own


class _Loader(yaml.CSafeLoader):
    """Reads a template; the SAM CLI's own reader changes PyYAML's for the whole process."""


def _expand(
    loader: yaml.CSafeLoader, name: str, node: yaml.ScalarNode | yaml.SequenceNode
) -> dict[str, Any]:
    """The long form of `!Ref` and the like; the templates have none with a mapping."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _expand)
# Dates, such as the versions of policies, stay text.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def load(path: str = "template.yaml") -> dict[str, Any]:
    """A template by its path in the repository."""
    template: dict[str, Any] = yaml.load((ROOT / path).read_text(), _Loader)  # noqa: S506
    return template


def translate(
    template: Mapping[str, Any], code: str, parameters: Mapping[str, Any], region: str
) -> dict[str, Any]:
    """The template without SAM's types. `code` (s3://bucket/key) takes the place of folders only.

    No managed policy is looked up: the template names none. `template` stays as it is.
    """
    packaged = copy.deepcopy(dict(template))
    for resource in packaged["Resources"].values():
        for name in FOLDERS:
            folder = str(resource.get("Properties", {}).get(name, "s3://"))
            if not folder.startswith("s3://"):
                resource["Properties"][name] = code
                resource.pop("Metadata", None)
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    translated: dict[str, Any] = translator.translate(packaged, dict(parameters))
    return translated
