"""Opens the source that `make live` reads, from what the user wrote."""

import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from echostream_cli.errors import UserError
from echostream_sources.kinds import Kind, check_names, kind_of, open_source
from echostream_sources.settings import BadSetting, Settings
from echostream_sources.source import Source
from seed.dataset import documents

SAMPLES = 4_000


def open_live(name: str, parts: Sequence[str], secrets: Sequence[str]) -> Source:
    """A source from settings, each `name=value`; `secrets` are optional credentials to ask for.

    Raises `UserError`.
    """
    try:
        kind = kind_of(name)
        values = parse(kind, parts)
        asked = ask(kind, secrets)
        samples = documents("tweets", SAMPLES, datetime.now(UTC)) if kind.needs_samples else ()
        return open_source(name, Settings(values, asked, samples, allows_private=True))
    except BadSetting as error:
        raise usage(error) from error


def usage(error: BadSetting) -> UserError:
    """An error of a setting, whose name the user writes in capitals."""
    name, _, text = str(error).partition(":")
    return UserError(f"{name.upper()}:{text}")


def parse(kind: Kind, parts: Sequence[str]) -> dict[str, str]:
    """Settings, each `name=value`. Raises `UserError` and `BadSetting`."""
    values = dict(map(_setting, parts))
    check_names(kind, values)
    return values


def _setting(part: str) -> tuple[str, str]:
    name, is_given, value = part.partition("=")
    if not is_given:
        raise UserError(f"{part}: must be SETTING=VALUE")
    return name.lower(), value


def ask(kind: Kind, optional: Sequence[str]) -> dict[str, str]:
    """The credentials of a source, without showing them; from standard input if it is no terminal.

    Raises `BadSetting` for one that the kind does not have.
    """
    known = [one for one in kind.settings if one.is_secret]
    if unknown := set(optional) - {one.name for one in known}:
        raise BadSetting(f"secret: {kind.name} has no credential {min(unknown)!r}")
    read = getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline().rstrip("\n")
    wanted = [one for one in known if one.is_required or one.name in optional]
    return {one.name: read(f"{one.name} ({one.about}): ") for one in wanted}
