"""Reads the values of settings from variables; errors name the variable and its rule."""

import re
from collections.abc import Mapping

from echostream_cli.errors import UserError

SWITCH = {"on": True, "off": False}
_HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_][A-Za-z0-9._-]*|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+\]?")


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

    def switch(self, name: str) -> bool:
        return SWITCH[self.choice(name, tuple(SWITCH))]

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise UserError(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
        return value
