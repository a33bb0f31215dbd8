"""Files of Docker Compose, merged as it merges them, with its tags `!reset` and `!override`.

https://docs.docker.com/reference/compose-file/merge/
"""

from dataclasses import dataclass

import yaml

COMMANDS = ("command", "entrypoint", "test")
RESET = object()
"""The value of `!reset`, which removes what an earlier file has."""


@dataclass(frozen=True)
class Override:
    """The value of `!override`, which replaces what an earlier file has."""

    value: object


class Loader(yaml.CSafeLoader):
    """Keeps the tags of Compose."""


def _override(loader, node):
    if isinstance(node, yaml.MappingNode):
        return Override(loader.construct_mapping(node, deep=True))
    return Override(loader.construct_sequence(node, deep=True))


Loader.add_constructor("!reset", lambda *_: RESET)
Loader.add_constructor("!override", _override)


def load(path):
    return yaml.load(path.read_text(), Loader)  # noqa: S506


def merge(first, second):
    """Two files, or two values in them: mappings by key, lists one after the other.

    Commands are replaced, also that of a health check.
    """
    if isinstance(second, Override):
        return second.value
    if isinstance(first, dict) and isinstance(second, dict):
        given = {key: value for key, value in second.items() if value is not RESET}
        merged = {
            key: value if key in COMMANDS else merge(first.get(key), value)
            for key, value in given.items()
        }
        kept = {k: v for k, v in first.items() if k not in second}
        return {**kept, **merged}
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    return second
