"""The stages of samconfig.toml: the SAM CLI's settings, and the limits of a deployment."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.settings import running_at
from echostream_cli.target import Target

SAMCONFIG = ROOT / "samconfig.toml"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its stack, its parameters, and the limits that preflight checks enforce."""

    name: str
    stack_name: str
    region: str
    parameters: Mapping[str, str]
    account: str
    documents_per_day: float

    def target(self, endpoint: str | None = None) -> Target:
        """This stage's deployment, on AWS or on the emulator at `endpoint`.

        Services that this sandbox's emulator lacks are those of its companion.
        """
        at = Target(self.stack_name, self.name, self.region, endpoint or None)
        if not (running := running_at(endpoint)):
            return at
        services = running.target.service_endpoints
        return replace(at, service_endpoints=services, secret_key=running.secret_key)


def load(name: str, path: Path = SAMCONFIG) -> Stage:
    """A stage by name. Raises `UserError` that names a wrong or missing key."""
    content = _read(path)
    stages = names(path)
    if name not in stages:
        raise UserError(f"STAGE: must be a stage of {path.name} ({', '.join(stages)}), is {name!r}")
    return _Section(path.name, name, content[name]).stage()


def names(path: Path = SAMCONFIG) -> list[str]:
    """The names of the stages. Raises `UserError` for a file that cannot be read."""
    return [key for key, value in _read(path).items() if isinstance(value, dict)]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path.name}: {error}") from error


class _Section:
    """Reads one stage; errors name the file, the section and the key."""

    def __init__(self, file: str, name: str, content: Mapping[str, Any]) -> None:
        self._file, self._name, self._content = file, name, content

    def stage(self) -> Stage:
        parameters = self._parameters()
        if parameters.get("Stage") != self._name:
            raise self._error("deploy", "parameter_overrides", f'must hold "Stage={self._name}"')
        self._require_tag(parameters)
        return Stage(
            name=self._name,
            stack_name=self._text("global", "stack_name"),
            region=self._text("global", "region"),
            parameters=parameters,
            account=self._account(),
            documents_per_day=self._documents_per_day(),
        )

    def _require_tag(self, parameters: Mapping[str, str]) -> None:
        """A budget that counts by tag counts nothing without the tag."""
        tag = f"stack={self._text('global', 'stack_name')}"
        if parameters.get("BudgetScope") == "stack" and tag not in self._tags():
            raise self._error("deploy", "tags", f'must contain "{tag}" with BudgetScope=stack')

    def _tags(self) -> list[str]:
        return str(self._value("deploy", "tags") or "").split()

    def _value(self, command: str, key: str) -> Any:
        return self._content.get(command, {}).get("parameters", {}).get(key)

    def _text(self, command: str, key: str) -> str:
        value = self._value(command, key)
        if not isinstance(value, str) or not value:
            raise self._error(command, key, "must be a non-empty string")
        return value

    def _parameters(self) -> dict[str, str]:
        value = self._value("deploy", "parameter_overrides")
        if not isinstance(value, list) or not all("=" in str(item) for item in value):
            raise self._error("deploy", "parameter_overrides", 'must be a list of "Name=value"')
        return dict(str(item).split("=", 1) for item in value)

    def _account(self) -> str:
        value = self._value("echostream", "account") or ""
        if value and not (isinstance(value, str) and value.isdigit() and len(value) == 12):
            raise self._error("echostream", "account", "must be twelve digits in quotes, or empty")
        return str(value)

    def _documents_per_day(self) -> float:
        value = self._value("echostream", "documents_per_day")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self._error("echostream", "documents_per_day", "must be a number, 0 or more")
        return float(value)

    def _error(self, command: str, key: str, rule: str) -> UserError:
        location = f"{self._file}: [{self._name}.{command}.parameters] {key}"
        return UserError(f"{location} {rule}")


def target(name: str, endpoint: str | None = None) -> Target:
    """A stage's deployment, on AWS or on the emulator at `endpoint`."""
    return load(name).target(endpoint)
