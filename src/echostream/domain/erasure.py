"""Erasures: a document, all documents of an author, or a tenant are deleted from every store.

An erasure covers what was received up to its request. It is done in two rounds: the second one,
which begins when every function that ran during the first has ended, finds what such a function
wrote. While an erasure runs, it has the id or the name that it erases; afterwards a keyed hash,
with which a replay, a restore and late changes of the table tell that a document was erased.

The erasure of a tenant covers everything up to its end, whenever it was received: members are
refused, and the name is not free before. Its rounds are repeated until one finds nothing.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, get_args

from echostream.domain.errors import BadRequest
from echostream.domain.validation import MAX_LENGTH

Kind = Literal["document", "author", "tenant"]
Place = Literal["table", "raw", "enriched", "quarantine", "compacted", "results", "derived"]
"""Where data is, in the order in which it is erased. `derived` are the items of the table that
follow from a tenant's documents and requests; other erasures do not have it: counters follow."""
PLACES: tuple[Place, ...] = get_args(Place)
ROUNDS = 2
"""The smallest number of rounds."""
DELETION = "tenant-"
"""The prefix of the ids of erasures of tenants. It sorts after all times, so that each list of
erasures from a time on has them."""
MAX_IDS = 500
"""Documents of one erasure."""
MAX_UNSEARCHED = 100
"""Names in a receipt of objects that cannot be searched."""


class State(StrEnum):
    """`settling`: the first round is done, and the second waits for functions to end."""

    RUNNING = "running"
    SETTLING = "settling"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is erased: the documents with some ids, those of an author, or a tenant.

    `pseudonym` is the author's in a tenant that has or had pseudonyms; empty in others. `more` are
    the ids of further documents.
    """

    kind: Kind
    value: str
    pseudonym: str = ""
    more: frozenset[str] = frozenset()

    def is_of(self, document_id: Any, author: Any) -> bool:
        """Whether a document of the tenant with these fields is erased."""
        if self.kind == "tenant":
            return True
        value: object = document_id if self.kind == "document" else author
        is_pseudonym = bool(self.pseudonym) and self.pseudonym == author
        return self.value == value or is_pseudonym or (bool(self.more) and document_id in self.more)

    @property
    def ids(self) -> list[str]:
        """The ids of the documents, of an erasure of documents."""
        return [self.value, *sorted(self.more)]

    def digest(self, key: bytes) -> str:
        """A keyed hash of the kind and the value."""
        return hmac.digest(key, f"{self.kind}\0{self.value}".encode(), "sha256").hex()

    def pseudonym_digest(self, key: bytes) -> str:
        """The hash of the author's pseudonym, as one of an author; empty if there is none."""
        return replace(self, value=self.pseudonym).digest(key) if self.pseudonym else ""

    def more_digests(self, key: bytes) -> tuple[str, ...]:
        """The hashes of the further documents."""
        return tuple(sorted(replace(self, value=name).digest(key) for name in self.more))


def places_of(kind: Kind) -> tuple[Place, ...]:
    """The places that an erasure of a kind erases."""
    return PLACES if kind == "tenant" else PLACES[:-1]


def subject_of(kind: Literal["document", "author"], value: str) -> Subject:
    """A subject, checked. Raises `BadRequest`."""
    name = "id" if kind == "document" else "author"
    if not 0 < len(value) <= MAX_LENGTH[name]:
        raise BadRequest("invalid_value", f"{name}: must have 1 to {MAX_LENGTH[name]} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequest("invalid_utf8", f"{name}: must be percent-encoded UTF-8")
    return Subject(kind, value)


def documents_of(ids: Sequence[str]) -> Subject:
    """The documents with 1 to `MAX_IDS` ids, checked. Raises `BadRequest`."""
    if not 1 <= len(ids) <= MAX_IDS:
        raise BadRequest("invalid_count", f"ids: {len(ids)} given, send 1 to {MAX_IDS}")
    first, *others = [subject_of("document", one) for one in ids]
    return replace(first, more=frozenset(one.value for one in others) - {first.value})


@dataclass(frozen=True, slots=True)
class Erased:
    """The number of objects, and of the documents in them, erased from a place.

    In the table an object is a document; in `compacted` it is a day, or a file of a tenant; in
    `derived` it is a partition of the table.
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
    `found` is the number of objects of this round, but for results, which operators make again.
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
    found: int = 0
    erased: Mapping[Place, Erased] = field(default_factory=dict)
    days: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()
    due_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0
    pseudonym_digest: str = ""
    more_digests: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """Whether the next round can begin."""
        return self.state is State.SETTLING and self.due_at is not None and now >= self.due_at

    def begin_round(self) -> "Erasure":
        """The erasure at the start of its next round."""
        return replace(self, state=State.RUNNING, round=self.round + 1, found=0, due_at=None)

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
            found=self.found + (0 if self.place == "results" else sums.objects),
        )
        return moved if chunk.position is not None else moved._next_place(now, settle)

    def _next_place(self, now: datetime, settle: timedelta) -> "Erasure":
        places = places_of(self.kind)
        following = places[places.index(self.place) + 1 :]
        if following:
            return replace(self, place=following[0])
        if self.round < ROUNDS or (self.kind == "tenant" and self.found):
            return replace(self, place=PLACES[0], state=State.SETTLING, due_at=now + settle)
        return self.end(now)

    def end(self, now: datetime) -> "Erasure":
        """The erasure when it is done."""
        covers_to = now if self.kind == "tenant" else self.covers_to
        return replace(
            self, state=State.DONE, subject=None, covers_to=covers_to, due_at=None, finished_at=now
        )


def erasure_id(now: datetime, suffix: str) -> str:
    """The id of an erasure: ids sort by the time of the request."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-{suffix}"


def deletion_id(created_at: datetime) -> str:
    """The id of the erasure of a tenant that was created at a time: each tenant has one."""
    return DELETION + erasure_id(created_at, "0")


class Erasures(Protocol):
    """The erasures of all tenants. Every method may raise `TryAgain`."""

    def create(self, tenant: str, name: str, subject: Subject, now: datetime) -> Erasure:
        """Store a new erasure. It covers what was received until this returns.

        Raises `Overtaken` if there is one with this id.
        """

    def get(self, tenant: str, erasure_id: str) -> Erasure | None:
        """The erasure with an id; None if there is none."""

    def since(self, tenant: str, moment: datetime | None = None) -> list[Erasure]:
        """The erasures; with a time, those that cover documents from then on.

        Those of tenants of this name are among them.
        """

    def newest(self, tenant: str, limit: int) -> list[Erasure]:
        """The last erasures, newest first."""

    def save(self, erasure: Erasure) -> Erasure:
        """Store an erasure in place of its version before. Raises `Overtaken`."""


class ErasedDocuments:
    """The documents of a tenant that some erasures cover."""

    def __init__(self, erasures: Iterable[Erasure]) -> None:
        self._covered: dict[bytes, dict[str, datetime]] = {}
        self._all_to = datetime.min.replace(tzinfo=UTC)
        for erasure in erasures:
            if erasure.kind == "tenant":
                is_done = erasure.state is State.DONE
                self._all_to = max(self._all_to, erasure.covers_to if is_done else _NO_END)
                continue
            moments = self._covered.setdefault(erasure.key, {})
            digests = (erasure.digest, erasure.pseudonym_digest, *erasure.more_digests)
            for digest in filter(None, digests):
                latest = moments.get(digest, erasure.covers_to)
                moments[digest] = max(latest, erasure.covers_to)

    @property
    def is_being_deleted(self) -> bool:
        """Whether the tenant is being deleted, and not all of it is gone."""
        return self._all_to == _NO_END

    def has_all(self, at: datetime) -> bool:
        """Whether the tenant to which something belonged at a time is deleted, or will be."""
        return at <= self._all_to

    def has(self, document_id: Any, author: Any, at: datetime) -> bool:
        """Whether a document that was received, or scored, at a time is erased."""
        values = (("document", document_id), ("author", author))
        subjects = [Subject(kind, v) for kind, v in values if isinstance(v, str)]  # type: ignore[arg-type]
        return self.has_all(at) or any(
            at <= moments[digest]
            for key, moments in self._covered.items()
            for digest in (subject.digest(key) for subject in subjects)
            if digest in moments
        )


_NO_END = datetime.max.replace(tzinfo=UTC)
