"""Finds the column of each field of a document: by the user's options, by names, by values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from echostream.domain.validation import MAX_ATTRIBUTES
from echostream_import.documents import ratings
from echostream_import.documents.attributes import choose
from echostream_import.documents.column_names import (
    GERMAN,
    VOTES,
    is_known,
    is_time,
    is_weak,
    key,
    matches,
)
from echostream_import.documents.dates import serial
from echostream_import.documents.field_values import READERS
from echostream_import.documents.id_columns import find_id, row_numbers
from echostream_import.documents.named_columns import (
    attribute_columns,
    named_column,
    no_column,
    text_columns,
)
from echostream_import.documents.sample import Sample
from echostream_import.documents.text_columns import (
    find_text,
    free_texts,
    is_free,
    is_other_field,
    listed,
)

FIELDS = ("created_at", "id", "title", "rating", "author", "url", "language", "channel", "source")
"""In the order in which they take columns, after the text."""
_GROUP_ROWS, _GROUP_SHARE = 20, 0.3
NONE, ALL = "none", "all"
_GRADES = "{0!r} is not taken as rating: the best grade in German is 1; RATING={0!r} takes it."


@dataclass(frozen=True, slots=True)
class Columns:
    """The column of each field. `named` are the fields whose column the user named.

    `parent` is the path of the object inside a row that has the text, such as `tweet.`.

    `row_numbers` are columns that only number the rows. `constant` is the source if the user gave
    one that is no column.
    """

    text: tuple[str, ...]
    by_field: Mapping[str, str]
    named: frozenset[str] = frozenset()
    attributes: tuple[str, ...] = ()
    row_numbers: frozenset[str] = frozenset()
    constant: str = ""
    notes: tuple[str, ...] = ()
    parent: str = ""


@dataclass
class _Choice:
    """The choice so far. `refused` are fields that the user switched off."""

    sample: Sample
    by_field: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    text: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def free(self) -> list[str]:
        """The columns that no field has yet."""
        used = {*self.text, *self.by_field.values()}
        return [name for name in self.sample.names if name not in used]


def find_columns(sample: Sample, options: Mapping[str, str]) -> Columns:
    """The columns of a file. Raises `FileError` that names the option and the columns."""
    choice = _Choice(sample)
    constant = _take_options(choice, options)
    named = frozenset([*choice.by_field, *choice.refused, *(["text"] if choice.text else [])])
    choice.text = choice.text or _headerless_text(choice) or (find_text(sample),)
    for name in FIELDS:
        is_open = name not in named and not (name == "source" and constant)
        if is_open and (found := _FINDERS[name](choice)):
            choice.by_field[name] = found
    numbering = row_numbers(sample) - {*choice.text, *choice.by_field.values()}
    attributes = _attributes(choice, options.get("attributes", ""), numbering)
    if "text" not in named:
        _note_other_texts(choice, attributes)
    return Columns(
        choice.text,
        choice.by_field,
        named,
        attributes,
        numbering,
        constant,
        tuple(choice.notes),
        _parent(choice),
    )


def _take_options(choice: _Choice, options: Mapping[str, str]) -> str:
    """Take the columns that the user named. Returns the source if it is no column."""
    if options.get("text"):
        choice.text = text_columns(choice.sample.names, options["text"])
    for name in FIELDS:
        option = options.get(name, "")
        column = named_column(choice.sample.names, option)
        if option and column is None and name == "source":
            return option
        if option and column is None and option.casefold() == NONE:
            choice.refused.add(name)
        elif option:
            choice.by_field[name] = column or no_column(name, option, choice.sample.names)
    return ""


def _headerless_text(choice: _Choice) -> tuple[str, ...]:
    """The text of a file without a header, whose columns are `column 1` and so on.

    The columns of Sentiment140 (Go and others, 2009) are known: polarity, id, date, query, user,
    text.
    """
    names = choice.sample.top
    if not names or any(name != f"column {place}" for place, name in enumerate(names, start=1)):
        return ()
    profile = choice.sample.profile
    if (
        len(names) == 6
        and set(profile(names[0]).texts) <= {"0", "2", "4"}
        and profile(names[2]).dates > 0.9
    ):
        choice.by_field |= {"id": names[1], "created_at": names[2], "author": names[4]}
        return (names[5],)
    times = [name for name in names if profile(name).dates > 0.9]
    if times:
        choice.by_field["created_at"] = times[0]
    texts = free_texts(choice.sample)
    return (max(texts, key=lambda name: profile(name).mean_length),) if texts else ()


def _created_at(choice: _Choice) -> str | None:
    """The first column whose values are dates; else the first with an unmistakable name."""
    if "created_at" in choice.by_field:
        return choice.by_field["created_at"]
    found = _filled(choice, "created_at")
    profile = choice.sample.profile
    dated = [name for name in found if profile(name).dates >= 0.5 or _are_serials(choice, name)]
    clear = [name for name in found if not is_weak("created_at", name)]
    if dated or clear:
        return (dated or clear)[0]
    others = [name for name in choice.free() if profile(name).dates > 0.9 and not is_known(name)]
    times = [name for name in others if name in _siblings(choice) and is_time(name)]
    if len(times) == 1:
        choice.notes.append(f"The time is {times[0]!r}; CREATED_AT= names another column, or none.")
        return times[0]
    advice = f"; CREATED_AT={others[0]!r} takes the dates of that column" if others else ""
    choice.notes.append(f"No column is the time of a text: all are of now{advice}.")
    return None


def _are_serials(choice: _Choice, name: str) -> bool:
    return all(serial(value) is not None for value in choice.sample.profile(name).values)


def _filled(choice: _Choice, name: str) -> list[str]:
    """The columns with a name of the field that are not empty, the best first."""
    columns = matches(name, choice.free())
    return [one for one in columns if choice.sample.profile(one).values or not choice.sample.rows]


def _id(choice: _Choice) -> str | None:
    if "id" in choice.by_field:
        return choice.by_field["id"]
    return find_id(choice.sample, choice.free(), choice.notes)


def _title(choice: _Choice) -> str | None:
    """A title beside the text, unless its values repeat: the name of a product or film is none."""
    for name in _filled(choice, "title"):
        if name not in _siblings(choice):
            continue
        profile = choice.sample.profile(name)
        many = len(profile.texts) >= _GROUP_ROWS
        is_group = many and profile.mean_length > 15 and profile.distinct < len(profile.texts) / 5
        if (profile.has_words or not choice.sample.rows) and not is_group:
            return name
    return None


def _rating(choice: _Choice) -> str | None:
    keys = {key(name.rpartition(".")[2]) for name in choice.sample.names}
    counts_votes = not VOTES.isdisjoint(keys)
    for name in _filled(choice, "rating"):
        weak = is_weak("rating", name)
        if name == "_score":  # how well a document fits a search of Elasticsearch
            continue
        if key(name) == "note" and not GERMAN.isdisjoint(keys):
            choice.notes.append(_GRADES.format(name))
            continue
        values = choice.sample.profile(name).values
        if not (weak and counts_votes) and ratings.settle(values, name, weak):
            return name
    return None


def _author(choice: _Choice) -> str | None:
    if "author" in choice.by_field:
        return choice.by_field["author"]
    for name in _filled(choice, "author"):
        if not is_weak("author", name) or choice.sample.profile(name).has_words:
            return name
    return None


def _readable(name: str) -> Callable[[_Choice], str | None]:
    """Finds the first column of a field that has a value which the field can have."""

    def find(choice: _Choice) -> str | None:
        columns = _filled(choice, name)
        good = [one for one in columns if _can_read(choice, name, one)]
        clear = [one for one in columns if not is_weak(name, one) and name != "language"]
        return next(iter(good or clear), None)

    return find


def _can_read(choice: _Choice, name: str, column: str) -> bool:
    for value in choice.sample.profile(column).values[:200]:
        try:
            if READERS[name](value):
                return True
        except ValueError:
            continue
    return False


def _source(choice: _Choice) -> str | None:
    """A column with few names. Twitter's `source` is a link to the author's app, and is none."""
    for name in _filled(choice, "source"):
        profile = choice.sample.profile(name)
        texts = profile.texts
        is_markup = any(text.startswith(("<", "http://", "https://")) for text in texts)
        is_many = len(texts) >= _GROUP_ROWS and profile.distinct > len(texts) * _GROUP_SHARE
        if texts and profile.has_words and not is_markup and not is_many:
            return name
    return None


_FINDERS: Mapping[str, Callable[[_Choice], str | None]] = {
    "created_at": _created_at,
    "id": _id,
    "title": _title,
    "rating": _rating,
    "author": _author,
    "url": _readable("url"),
    "language": _readable("language"),
    "channel": _readable("channel"),
    "source": _source,
}


def _attributes(choice: _Choice, option: str, numbering: frozenset[str]) -> tuple[str, ...]:
    """The columns of attributes: those of the option, or others with short values."""
    names = choice.sample.names
    if option and named_column(names, option) is None and option.casefold() == NONE:
        return ()
    if option and option.casefold() != ALL:
        return attribute_columns(names, option)
    columns = [name for name in choice.free() if name in _siblings(choice) - numbering]
    chosen, left = (
        (columns[:MAX_ATTRIBUTES], columns[MAX_ATTRIBUTES:])
        if option
        else choose(choice.sample, columns)
    )
    if left:
        limit = f"above the limit of {MAX_ATTRIBUTES}"
        choice.notes.append(f"Not taken as attributes, {limit}: {listed(left)}.")
    return tuple(chosen)


def _siblings(choice: _Choice) -> set[str]:
    """The columns beside the text: those of the row, or of the object inside that has the text."""
    parent = _parent(choice)
    if not parent:
        return set(choice.sample.top)
    return {name for name in choice.sample.names if name.rpartition(".")[0] == parent[:-1]}


def _parent(choice: _Choice) -> str:
    first = choice.text[0]
    return "" if first in choice.sample.top else first[: first.rfind(".") + 1]


def _note_other_texts(choice: _Choice, attributes: tuple[str, ...]) -> None:
    """Say which other columns have texts that are not those of the text again."""
    sample, first = choice.sample, choice.text[0]
    chosen = sample.profile(first).texts[:_GROUP_ROWS]
    columns = _siblings(choice).difference(attributes)
    others = [name for name in choice.free() if name in columns and is_free(sample, name)]
    texts = [
        name
        for name in others
        if sample.profile(name).texts[:_GROUP_ROWS] != chosen and not is_other_field(name)
    ]
    if texts:
        joined = "+".join([*choice.text, texts[0]])
        choice.notes.append(
            f"The text is {first!r}. Other columns with texts: {listed(texts)};"
            f" TEXT={joined!r} joins them."
        )
