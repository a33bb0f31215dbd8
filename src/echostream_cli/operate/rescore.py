"""Scores documents with another engine and keeps both words: `make rescore ENGINE=comprehend`.

The period (MONTH=2026-10, or FROM= and TO=) is that in which documents were written; without one it
is what the documents table keeps. Documents that the table has get the word there; then the lake's
objects of the period get it, from the table where that knows it, from the engine where the table
has forgotten the document. At the end days that were compacted and changed are compacted again.
A document that has the engine's word is not scored again, so a command that was stopped, or that
came to the spend guard's cap, goes on when it is run again.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tqdm import tqdm

from echostream.adapters.comprehend import CAPPED, UNAVAILABLE
from echostream.domain.codec import scored_from_wire, scored_to_wire, time_to_wire
from echostream.domain.document_store import DocumentStore, with_score
from echostream.domain.engine import Engine
from echostream.domain.errors import BadRequest, EchoStreamError
from echostream.domain.model import Enrichment, ScoredDocument
from echostream.domain.query import Question, newest
from echostream_cli.operate.lake_objects import LakeObject, LakeObjects, Unreadable
from echostream_cli.operate.period import Period

BATCH = 250
ENGINES = ("vader", "comprehend")
"""Those that say a word of their own; the cascade passes on one or the other's."""
STOPS = {
    CAPPED: "the spend guard's cap is reached; raise SpendCap or TenantSpendCap, or wait a month",
    UNAVAILABLE: "the engine does not answer",
}


class Stopped(EchoStreamError):
    """The engine scores no more for now; what it said until then is kept."""


@dataclass
class Done:
    """Documents by what became of them, in the table and in the lake, and what was unreadable.

    `reached` is the time of the last document, or the last object of the lake, that was done.
    """

    table: Counter[str] = field(default_factory=Counter)
    lake: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    reached: str = "the start"


@dataclass(frozen=True, slots=True)
class Rescore:
    """Adds an engine's word to the documents of one tenant."""

    name: str
    engine: Engine
    store: DocumentStore
    objects: LakeObjects
    retention: timedelta
    tenant: str

    def __call__(self, asked: Period, now: datetime, done: Done) -> None:
        """Rescores a period. Raises `Stopped` and `TryAgain`; a repeat goes on from there."""
        self._table(asked, now, done)
        self._lake(asked, now, done)

    def _table(self, asked: Period, now: datetime, done: Done) -> None:
        kept = Period(max(asked.start, now - self.retention), asked.end)
        unscored = (s for s in self._stored(kept) if self.name not in engines_of(s))
        with tqdm(unit=" documents", desc="table") as bar:
            while batch := list(itertools.islice(unscored, BATCH)):
                said = self.engine.enrich([s.document for s in batch], now)
                for scored, word in zip(batch, said, strict=True):
                    done.table[self._keep(scored, word)] += 1
                _stop_if_told(said)
                done.reached = f"{time_to_wire(batch[-1].document.created_at)} (newest first)"
                bar.update(len(batch))

    def _keep(self, scored: ScoredDocument, word: Enrichment) -> str:
        """Keeps a word in the table, and says what became of it.

        An engine that falls back has said nothing new, and leaves the document as it is.
        """
        if word.fallback or word.engine in engines_of(scored):
            return word.fallback or f"already by {word.engine}"
        return "scored" if self.store.add_score(self.tenant, scored, word) else "changed meanwhile"

    def _stored(self, kept: Period) -> Iterator[ScoredDocument]:
        """The documents of the table, newest first."""
        whole, position = Question(kept.start, kept.end), None
        while whole.start < whole.end:
            page = newest(self.store, self.tenant, whole, 500, position)
            yield from page.documents
            position = page.position
            if not position:
                return

    def _lake(self, asked: Period, now: datetime, done: Done) -> None:
        """Objects are found by arrival: at most `retention` after a document was written."""
        arrived = arrivals(asked, self.retention, now)
        listed = self.objects.of("enriched", arrived, self.tenant)
        for one in tqdm(listed, unit=" objects", desc="lake"):
            try:
                self._object(one, asked, now, done)
            except Unreadable as error:
                done.problems.append(str(error))
            except (KeyError, TypeError, ValueError, BadRequest) as error:
                done.problems.append(f"{one.key}: holds a line that is no document ({error!r})")
            done.reached = f"what arrived at {time_to_wire(one.hour)} (oldest first)"

    def _object(self, one: LakeObject, asked: Period, now: datetime, done: Done) -> None:
        documents = [scored_from_wire(row) for row in self.objects.rows(one)]
        lacking = {
            index: scored
            for index, scored in enumerate(documents)
            if asked.holds(scored.document.created_at) and self.name not in engines_of(scored)
        }
        words = self._words(list(lacking.values()), now, done) if lacking else []
        changed = False
        for index, word in zip(lacking, words, strict=True):
            if word and not word.fallback and word.engine not in engines_of(documents[index]):
                documents[index] = with_score(documents[index], word)
                changed = True
        if changed:
            self.objects.overwrite(one, [scored_to_wire(scored) for scored in documents])
        _stop_if_told(words)

    def _words(
        self, lacking: Sequence[ScoredDocument], now: datetime, done: Done
    ) -> list[Enrichment | None]:
        """The engine's word on each: what the table keeps, or what the engine says of a document
        that the table has forgotten. None where the engine would not say it to the table."""
        kept = self._kept(lacking)
        known = {name: _word_of(self.name, scored) for name, scored in kept.items()}
        asked = [s.document for s in lacking if s.document.id not in kept]
        said = iter(self.engine.enrich(asked, now) if asked else [])
        words = []
        for scored in lacking:
            is_kept = scored.document.id in kept
            word = known[scored.document.id] if is_kept else next(said)
            words.append(word)
            if word:
                done.lake["from the table" if is_kept else word.fallback or "scored"] += 1
        return words

    def _kept(self, documents: Sequence[ScoredDocument]) -> dict[str, ScoredDocument]:
        """Those that the table has, by id. Under an id that it once forgot there may be another."""
        found = self.store.get_many(self.tenant, [scored.document.id for scored in documents])
        texts = {scored.document.id: scored.document.text for scored in documents}
        return {name: one for name, one in found.items() if one.document.text == texts[name]}


def arrivals(asked: Period, retention: timedelta, now: datetime) -> Period:
    """When documents that were written in a period may have arrived."""
    latest = max(now, asked.start) + timedelta(hours=1)
    return Period(asked.start, min(asked.end + retention, latest))


def engines_of(scored: ScoredDocument) -> set[str]:
    """The engines that have scored a document."""
    return {scored.enrichment.engine, *(other.engine for other in scored.other_scores)}


def _word_of(name: str, scored: ScoredDocument) -> Enrichment | None:
    return next((word for word in scored.other_scores if word.engine == name), None)


def _stop_if_told(words: Sequence[Enrichment | None]) -> None:
    """Raises `Stopped` where further documents would only fall back too."""
    for reason, fix in STOPS.items():
        if any(word and word.fallback == reason for word in words):
            raise Stopped(fix)
