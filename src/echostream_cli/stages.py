"""The stages of samconfig.toml, as the SAM CLI reads them, and what a deployment is held to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import Target

SAMCONFIG = ROOT / "samconfig.toml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its stack, its parameters, and what the checks hold it to."""

    name: str
    stack_name: str
    region: str
    parameters: Mapping[str, str]
    account: str
    documents_per_day: float

    def target(self, endpoint: str | None = None) -> Target:
        """Whom commands on this stage talk to."""
        return Target(self.stack_name, self.name, self.region, endpoint or None)


def load(name: str, path: Path = SAMCONFIG) -> Stage:
    """A stage by name. Raises `UserError` that names the key which is wrong or missing."""
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path.name}: {error}") from error
    stages = [key for key, value in found.items() if isinstance(value, dict)]
    if name not in stages:
        raise UserError(f"STAGE: must be one of {', '.join(stages)}, is {name!r}; {path.name}")
    return _Section(path.name, name, found[name]).stage()


class _Section:
    """Reads one stage; errors name its keys as they stand in the file."""

    def __init__(self, file: str, name: str, found: Mapping[str, Any]) -> None:
        self._file, self._name, self._found = file, name, found

    def stage(self) -> Stage:
        parameters = self._parameters()
        if parameters.get("Stage") != self._name:
            raise self._wrong("deploy", "parameter_overrides", f'must hold "Stage={self._name}"')
        return Stage(
            name=self._name,
            stack_name=self._text("global", "stack_name"),
            region=self._text("global", "region"),
            parameters=parameters,
            account=self._account(),
            documents_per_day=self._documents_per_day(),
        )

    def _value(self, command: str, key: str) -> Any:
        return self._found.get(command, {}).get("parameters", {}).get(key)

    def _text(self, command: str, key: str) -> str:
        value = self._value(command, key)
        if not isinstance(value, str) or not value:
            raise self._wrong(command, key, "must be a text that is not empty")
        return value

    def _parameters(self) -> dict[str, str]:
        value = self._value("deploy", "parameter_overrides")
        if not isinstance(value, list) or not all("=" in str(one) for one in value):
            raise self._wrong("deploy", "parameter_overrides", 'must be a list of "Name=value"')
        return dict(str(one).split("=", 1) for one in value)

    def _account(self) -> str:
        value = self._value("echostream", "account") or ""
        if value and not (isinstance(value, str) and value.isdigit() and len(value) == 12):
            raise self._wrong("echostream", "account", "must be twelve digits in quotes, or empty")
        return str(value)

    def _documents_per_day(self) -> float:
        value = self._value("echostream", "documents_per_day")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self._wrong("echostream", "documents_per_day", "must be a number from 0")
        return float(value)

    def _wrong(self, command: str, key: str, how: str) -> UserError:
        where = f"{self._file}: [{self._name}.{command}.parameters] {key}"
        return UserError(f"{where} {how}")


def target(name: str, endpoint: str | None = None) -> Target:
    """Whom commands on a stage talk to."""
    return load(name).target(endpoint)
