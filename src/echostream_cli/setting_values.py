"""Reads the values of settings from variables; errors name the variable and its rule."""

import re
from collections.abc import Mapping

from echostream_cli.errors import UserError

SWITCH = {"on": True, "off": False}
_HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_][A-Za-z0-9._-]*|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+\]?")

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._~/-]*)?")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*")


class SettingReader:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str:
        return self._variables[name]

    def number(self, name: str, at_most: int, at_least: int = 1) -> int:
        value = self.text(name)
        if not (value.isascii() and value.isdigit() and at_least <= int(value) <= at_most):
            raise UserError(
                f"{name}: must be a whole number from {at_least} to {at_most}, is {value!r}"
            )
        return int(value)

    def host_names(self, name: str) -> str:
        names = [host.strip() for host in self.text(name).split(",") if host.strip()]
        wrong = [host for host in names if not _HOST_NAME.fullmatch(host)]
        if wrong:
            raise UserError(
                f"{name}: must be host names and addresses without ports, separated by commas"
                f" (*.name for all names below one); {wrong[0]!r} is none"
            )
        return ",".join(names)

    def address(self, name: str) -> str:
        rule = "an address such as http://localhost:11434/v1, without user, password or query"
        return self._matching(name, _ADDRESS, rule)

    def model_name(self, name: str) -> str:
        return self._matching(name, _MODEL_NAME, "a model's name, such as qwen3:4b")

    def check_pair(self, one: str, other: str) -> None:
        """Raise `UserError` if only one of two variables has a value."""
        for empty, given in ((one, other), (other, one)):
            if self.text(given) and not self.text(empty):
                raise UserError(f"{empty}: must be set, because {given} is set")

    def _matching(self, name: str, pattern: re.Pattern[str], rule: str) -> str:
        """A value of a form, or an empty one."""
        value = self.text(name)
        if value and not pattern.fullmatch(value):
            raise UserError(f"{name}: must be {rule}, is {value!r}")
        return value

    def switch(self, name: str) -> bool:
        return SWITCH[self.choice(name, tuple(SWITCH))]

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise UserError(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
        return value
