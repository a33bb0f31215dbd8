"""Finds the columns that the user names."""

from collections.abc import Sequence

from echostream.domain.validation import MAX_ATTRIBUTES
from echostream_import.documents.text_columns import listed
from echostream_import.rows import FileError


def named_column(names: Sequence[str], option: str) -> str | None:
    """The column that an option names, exactly or else without case."""
    if not option or option in names:
        return option or None
    folded = option.strip().casefold()
    return next((name for name in names if name.strip().casefold() == folded), None)


def no_column(name: str, option: str, names: Sequence[str]) -> str:
    """Raises `FileError` that names the option and the columns."""
    raise FileError(f"{name.upper()}: no column is named {option!r}; columns: {listed(names)}")


def text_columns(names: Sequence[str], option: str) -> tuple[str, ...]:
    """The column of the option, or those that it joins with `+`. Raises `FileError`."""
    if (whole := named_column(names, option)) is not None:
        return (whole,)
    parts = [part.strip() for part in option.split("+")] if "+" in option else [option]
    return tuple(named_column(names, part) or no_column("text", part, names) for part in parts)


def attribute_columns(names: Sequence[str], option: str) -> tuple[str, ...]:
    """The columns of a list. Raises `FileError` if one is missing, or if there are too many."""
    parts = [option] if option in names else [part.strip() for part in option.split(",")]
    found = tuple(
        named_column(names, part) or no_column("attributes", part, names) for part in parts if part
    )
    if len(found) > MAX_ATTRIBUTES:
        raise FileError(f"ATTRIBUTES: {len(found)} columns, at most {MAX_ATTRIBUTES}")
    return found
