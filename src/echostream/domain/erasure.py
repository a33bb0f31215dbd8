"""Erasures: a document, or all documents of an author, are deleted from every store.

An erasure covers what was received up to its request. It is done in two rounds: the second one,
which begins when every function that ran during the first has ended, finds what such a function
wrote. While an erasure runs, it has the id or the name that it erases; afterwards a keyed hash,
with which a replay, a restore and late changes of the table tell that a document was erased.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, get_args

from echostream.domain.errors import BadRequest
from echostream.domain.validation import MAX_LENGTH

Kind = Literal["document", "author"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Place = Literal["table", "raw", "enriched", "quarantine", "compacted", "results"]
"""Where documents are, in the order in which they are erased."""
PLACES: tuple[Place, ...] = get_args(Place)
ROUNDS = 2
MAX_UNSEARCHED = 100
"""Names in a receipt of objects that cannot be searched."""


class State(StrEnum):
    """`settling`: the first round is done, and the second waits for functions to end."""

    RUNNING = "running"
    SETTLING = "settling"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is erased: the document with an id, or the documents of an author.

    `pseudonym` is the author's in a tenant that has or had pseudonyms; empty in others.
    """

    kind: Kind
    value: str
    pseudonym: str = ""

    def is_of(self, document_id: Any, author: Any) -> bool:
        """Whether a document with these fields is erased."""
        value: object = document_id if self.kind == "document" else author
        return self.value == value or (bool(self.pseudonym) and self.pseudonym == author)

    def digest(self, key: bytes) -> str:
        """A keyed hash of the kind and the value."""
        return hmac.digest(key, f"{self.kind}\0{self.value}".encode(), "sha256").hex()

    def pseudonym_digest(self, key: bytes) -> str:
        """The hash of the author's pseudonym, as one of an author; empty if there is none."""
        return replace(self, value=self.pseudonym).digest(key) if self.pseudonym else ""


def subject_of(kind: Kind, value: str) -> Subject:
    """A subject, checked. Raises `BadRequest`."""
    name = "id" if kind == "document" else "author"
    if not 0 < len(value) <= MAX_LENGTH[name]:
        raise BadRequest("invalid_value", f"{name}: must have 1 to {MAX_LENGTH[name]} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequest("invalid_utf8", f"{name}: must be percent-encoded UTF-8")
    return Subject(kind, value)


@dataclass(frozen=True, slots=True)
class Erased:
    """The number of objects, and of the documents in them, erased from a place.

    In the table an object is a document; in `compacted` it is a day.
    """

    objects: int = 0
    documents: int = 0

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(self.objects + other.objects, self.documents + other.documents)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a place: the documents to erase in each of its objects, by the object's name.

    `position` is where the next part begins; None after the last one.
    """

    found: Mapping[str, int]
    position: str | None
    unsearched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure, how far it is, and what it has erased: `part` parts so far, up to `position`.

    `subject` is None when the erasure is done. `days` are those of changed objects in `enriched`.
    `version` is the number of the writes of this erasure.
    """

    tenant: str
    id: str
    kind: Kind
    subject: Subject | None
    key: bytes
    digest: str
    requested_at: datetime
    covers_to: datetime
    state: State = State.RUNNING
    round: int = 1
    place: Place = "table"
    position: str = ""
    part: int = 0
    erased: Mapping[Place, Erased] = field(default_factory=dict)
    days: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()
    due_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0
    pseudonym_digest: str = ""

    def is_due(self, now: datetime) -> bool:
        """Whether the second round can begin."""
        return self.state is State.SETTLING and self.due_at is not None and now >= self.due_at

    def begin_round(self) -> "Erasure":
        """The erasure at the start of its second round."""
        return replace(self, state=State.RUNNING, round=ROUNDS, due_at=None)

    def after(
        self, chunk: Chunk, days: Iterable[str], now: datetime, settle: timedelta
    ) -> "Erasure":
        """The erasure after a part."""
        sums = Erased(len(chunk.found), sum(chunk.found.values()))
        erased = {**self.erased, self.place: self.erased.get(self.place, Erased()) + sums}
        names = dict.fromkeys((*self.unsearched, *chunk.unsearched))
        moved = replace(
            self,
            erased=erased,
            days=tuple(sorted({*self.days, *days})),
            unsearched=tuple(names)[:MAX_UNSEARCHED],
            position=chunk.position or "",
            part=self.part + 1,
        )
        return moved if chunk.position is not None else moved._next_place(now, settle)

    def _next_place(self, now: datetime, settle: timedelta) -> "Erasure":
        following = PLACES[PLACES.index(self.place) + 1 :]
        if following:
            return replace(self, place=following[0])
        if self.round < ROUNDS:
            return replace(self, place=PLACES[0], state=State.SETTLING, due_at=now + settle)
        return replace(self, state=State.DONE, subject=None, finished_at=now)


def erasure_id(now: datetime, suffix: str) -> str:
    """The id of an erasure: ids sort by the time of the request."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-{suffix}"


class Erasures(Protocol):
    """The erasures of all tenants. Every method may raise `TryAgain`."""

    def create(self, tenant: str, name: str, subject: Subject, now: datetime) -> Erasure:
        """Store a new erasure. It covers what was received until this returns."""

    def get(self, tenant: str, erasure_id: str) -> Erasure | None:
        """The erasure with an id; None if there is none."""

    def since(self, tenant: str, moment: datetime | None = None) -> list[Erasure]:
        """The erasures, oldest first; with a time, those that cover documents from then on."""

    def newest(self, tenant: str, limit: int) -> list[Erasure]:
        """The last erasures, newest first."""

    def save(self, erasure: Erasure) -> Erasure:
        """Store an erasure in place of its version before. Raises `Overtaken`."""


class ErasedDocuments:
    """The documents that some erasures cover."""

    def __init__(self, erasures: Iterable[Erasure]) -> None:
        self._covered: dict[bytes, dict[str, datetime]] = {}
        for erasure in erasures:
            moments = self._covered.setdefault(erasure.key, {})
            for digest in filter(None, (erasure.digest, erasure.pseudonym_digest)):
                latest = moments.get(digest, erasure.covers_to)
                moments[digest] = max(latest, erasure.covers_to)

    def has(self, document_id: Any, author: Any, at: datetime) -> bool:
        """Whether a document that was received, or scored, at a time is erased."""
        values = (("document", document_id), ("author", author))
        subjects = [Subject(kind, v) for kind, v in values if isinstance(v, str)]  # type: ignore[arg-type]
        return any(
            at <= moments[digest]
            for key, moments in self._covered.items()
            for digest in (subject.digest(key) for subject in subjects)
            if digest in moments
        )
