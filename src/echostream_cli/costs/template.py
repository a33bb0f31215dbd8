"""Values of `template.yaml` that affect the cost: parameters and numbers of resources."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from echostream_cli.paths import ROOT


class _Loader(yaml.SafeLoader):
    """Reads a template; CloudFormation's short forms become None, as no price depends on them."""


_Loader.add_multi_constructor("!", lambda *_: None)


@cache
def _load_template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506
    return loaded


def has_parameter(parameter: str) -> bool:
    """Whether the template has a parameter; a template of an older version may lack it."""
    return parameter in _load_template()["Parameters"]


def get_text(parameter: str, values: Mapping[str, str]) -> str:
    """The value of a parameter: from `values`, or its default."""
    return values.get(parameter) or str(_load_template()["Parameters"][parameter]["Default"])


def get_number(parameter: str, values: Mapping[str, str]) -> float:
    """The number of a parameter: from `values`, or its default."""
    return float(get_text(parameter, values))


def get_maximum(parameter: str) -> float:
    """The highest value that a parameter may have; infinite if it has no maximum."""
    return float(_load_template()["Parameters"][parameter].get("MaxValue", "inf"))


def is_on(parameter: str, values: Mapping[str, str]) -> bool:
    """Whether a parameter is "true": in `values`, or by default."""
    declaration = _load_template()["Parameters"].get(parameter, {})
    return (values.get(parameter) or str(declaration.get("Default"))) == "true"


def count(*kinds: str) -> int:
    """The number of resources of some types that have no condition, so each deployment has them."""
    resources = _load_template()["Resources"].values()
    return sum(r["Type"] in kinds and "Condition" not in r for r in resources)


def count_polled_queues() -> int:
    """The number of queues from which Lambda reads messages for a function."""
    events = (
        event["Type"]
        for resource in _load_template()["Resources"].values()
        for event in (resource.get("Properties") or {}).get("Events", {}).values()
    )
    return sum(kind == "SQS" for kind in events)


def get_properties(resource: str) -> dict[str, Any]:
    """The properties of a resource."""
    properties: dict[str, Any] = _load_template()["Resources"][resource]["Properties"]
    return properties


def get_memory(function: str) -> int:
    """The megabytes of a function, its own or those of all functions."""
    return int(_get_of_function("MemorySize", function))


def get_timeout(function: str) -> int | None:
    """The seconds after which a function is stopped; None if they depend on a condition."""
    seconds = _get_of_function("Timeout", function)
    return None if seconds is None else int(seconds)


def list_functions() -> list[str]:
    """The names of all functions."""
    resources = _load_template()["Resources"].items()
    return [name for name, one in resources if one["Type"] == "AWS::Serverless::Function"]


def _get_of_function(name: str, function: str) -> Any:
    """A property of a function, its own or that of all functions."""
    everywhere = _load_template()["Globals"]["Function"][name]
    return get_properties(function).get(name, everywhere)
