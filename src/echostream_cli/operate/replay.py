"""Takes a period of the lake into the documents table again: `make replay FROM=2026-11-01 TO=...`.

The period is that of arrival, in whole hours. First what was scored (`enriched/`) goes back as it
was stored: the same scores, times and words of other engines, at no cost. Then what lies in `raw/`
and is in the table under no id goes through the pipeline, as if it arrived in its hour again: text
that a failure kept from being scored. Whose a document is, its place in the lake says. What the
table holds already stays as it is, so a replay may be repeated, and goes on when it was stopped.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tqdm import tqdm

from echostream.domain.codec import scored_from_wire
from echostream.domain.document_store import DocumentStore, Outcome
from echostream.domain.errors import BadRequest
from echostream.domain.ingest import Ingest
from echostream.domain.lake import Batch, Lake, Rows, Zone
from echostream.domain.model import Document, ScoredDocument
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_cli.operate.lake_objects import LakeObject, LakeObjects, Unreadable
from echostream_cli.operate.period import Period

ALIVE = {
    Outcome.STORED: "stored again",
    Outcome.REPEATED: "there already",
    Outcome.CONFLICT: "refused (another text has the id)",
}
NEW, TOO_OLD, REFUSED = "scored now", "too old for the table", "refused"


@dataclass
class Done:
    """Documents by what became of them, and what could not be read."""

    scored: Counter[str] = field(default_factory=Counter)
    raw: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class ScoredOnly:
    """The lake for a replay: raw text is there already, so only scored text is written."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Keeps the rows, unless they are raw."""
        if zone != "raw":
            self._lake.write(zone, batch, rows)


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays objects of a lake into a store; `ingest` is the pipeline that writes to both."""

    objects: LakeObjects
    store: DocumentStore
    ingest: Ingest
    retention: timedelta

    def __call__(self, asked: Period, now: datetime, tenant: str | None = None) -> Done:
        """Replays a period. Raises `TryAgain` where a service gives up; a repeat goes on."""
        done = Done()
        for one, rows in self._each("enriched", asked, tenant, done):
            self._put_back(one, rows, now, done)
        for one, rows in self._each("raw", asked, tenant, done):
            self._take_in(one, rows, now, done.raw)
        return done

    def _each(
        self, zone: Zone, asked: Period, tenant: str | None, done: Done
    ) -> Iterator[tuple[LakeObject, list[dict[str, Any]]]]:
        for one in tqdm(self.objects.of(zone, asked, tenant), unit=" objects", desc=zone):
            try:
                yield one, self.objects.rows(one)
            except Unreadable as error:
                done.problems.append(str(error))

    def _put_back(
        self, one: LakeObject, rows: list[dict[str, Any]], now: datetime, done: Done
    ) -> None:
        kept: list[ScoredDocument] = []
        for row in rows:
            try:
                kept.append(scored_from_wire(row))
            except (KeyError, TypeError, ValueError, BadRequest) as error:
                done.problems.append(f"{one.key}: a line is no document ({error!r})")
        alive = [scored for scored in kept if scored.document.created_at + self.retention > now]
        done.scored[TOO_OLD] += len(kept) - len(alive)
        done.scored.update(ALIVE[put.outcome] for put in self.store.put(one.tenant, alive, now))

    def _take_in(
        self, one: LakeObject, rows: list[dict[str, Any]], now: datetime, done: Counter[str]
    ) -> None:
        young = self._young(one, rows, now, done)
        there = self.store.get_many(one.tenant, [document.id for _, document in young])
        known = [document for _, document in young if document.id in there]
        same = [found for found in known if found.text == there[found.id].document.text]
        done[ALIVE[Outcome.REPEATED]] += len(same)
        done[REFUSED] += len(known) - len(same)
        if len(known) < len(young):
            receipt = self.ingest(one.tenant, [row for row, _ in young], one.arrived_at)
            refused = [young[rejection.index][1].id for rejection in receipt.rejected]
            done[NEW] += len(set(receipt.ids) - set(there))
            done[REFUSED] += sum(name not in there for name in refused)

    def _young(
        self, one: LakeObject, rows: list[dict[str, Any]], now: datetime, done: Counter[str]
    ) -> list[tuple[dict[str, Any], Document]]:
        """Those that the table would keep, as sent and as read when they arrived."""
        times = AcceptedTimes(one.arrived_at, self.retention)
        young = []
        for row in rows:
            try:
                document = document_from_wire(row, times)
            except BadRequest:
                done[REFUSED] += 1
                continue
            if document.created_at + self.retention > now:
                young.append((row, document))
            else:
                done[TOO_OLD] += 1
        return young
