"""An attribute of a document as one text: its name, a colon, its value."""

import re

Attribute = tuple[str, str]
"""A name and a value."""
_TEXT = re.compile(r"((?:\\[\\:]|[^\\:])+):(.+)", re.DOTALL)


def attribute_to_text(name: str, value: str) -> str:
    r"""`country:DE`. In the name, a colon is written `\:` and a backslash `\\`."""
    escaped = re.sub(r"[\\:]", r"\\\g<0>", name)
    return f"{escaped}:{value}"


def attribute_from_text(text: str) -> Attribute | None:
    """The inverse of `attribute_to_text`; None for a text that is none of its results."""
    match = _TEXT.fullmatch(text)
    return (re.sub(r"\\([\\:])", r"\1", match[1]), match[2]) if match else None
