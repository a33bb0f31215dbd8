"""What `template.yaml` says that has a price: numbers, and things charged by the month."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from echostream_cli.paths import ROOT


class _Loader(yaml.SafeLoader):
    """Reads a template; CloudFormation's short forms become nothing, for no price hangs on them."""


_Loader.add_multi_constructor("!", lambda *_: None)


@cache
def _template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506
    return loaded


def number(parameter: str, given: Mapping[str, str]) -> float:
    """A parameter that is a number: as given, or its default."""
    return float(given.get(parameter) or _template()["Parameters"][parameter]["Default"])


def is_on(parameter: str, given: Mapping[str, str]) -> bool:
    """Whether a parameter that is a switch is on: as given, or by default."""
    declared = _template()["Parameters"].get(parameter, {})
    return (given.get(parameter) or str(declared.get("Default"))) == "true"


def count(*kinds: str) -> int:
    """How many resources of some types every deployment has: those under no condition."""
    resources = _template()["Resources"].values()
    return sum(one["Type"] in kinds and "Condition" not in one for one in resources)
