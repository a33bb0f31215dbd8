"""Adds another engine's scores to stored documents: `make rescore ENGINE=comprehend`.

The period (MONTH=2026-10, or FROM= and TO=) is the time at which documents were written; the
default is the retention of the documents table. First the documents of the table are scored, then
the objects of the lake: a document that is in the table gets the table's score, any other one is
scored. Finally compacted days that changed are compacted again. A document that has the engine's
score is skipped, so the command continues if it was interrupted or stopped by the spend guard.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from echostream.adapters.paid_calls import CAPPED, SLOW, THROTTLED, UNAVAILABLE
from echostream.domain.codec import scored_from_wire, scored_to_wire, time_to_wire
from echostream.domain.document_store import DocumentStore, is_lake_only, with_score
from echostream.domain.engine import Engine
from echostream.domain.errors import BadRequest, EchoStreamError
from echostream.domain.model import Enrichment, ScoredDocument
from echostream.domain.query import MAX_LIMIT, Question, newest
from echostream_cli.console import progress
from echostream_cli.operate.lake_objects import InvalidLakeObject, LakeObject, LakeObjects
from echostream_cli.operate.period import Period

BATCH = 250
ENGINES = ("vader", "comprehend")
"""Engines with scores of their own; the cascade returns the score of one of these."""
_LATER = "wait a few minutes"
STOPS = {
    CAPPED: "the cap of the spend guard is reached; raise SpendCap or TenantSpendCap, or wait for"
    " the next month",
    UNAVAILABLE: f"the engine is unavailable; {_LATER}",
    THROTTLED: f"Comprehend's quota of calls a second is used up; {_LATER}",
    SLOW: f"Comprehend is slow; {_LATER}",
}
"""Reasons of a fallback that ends the command, each with what to do."""


class RescoreStopped(EchoStreamError):
    """The engine cannot score further documents now. Scores so far are stored."""


@dataclass
class RescoreReport:
    """Numbers of documents by outcome, and a message for each object that cannot be read.

    `reached` describes the last document of the table or the last object of the lake.
    """

    table: Counter[str] = field(default_factory=Counter)
    lake: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    reached: str = "the start"


@dataclass(frozen=True, slots=True)
class Rescore:
    """Adds the scores of engine `name` to the documents of one tenant.

    `retention` is the table's for this tenant.
    """

    name: str
    engine: Engine
    store: DocumentStore
    objects: LakeObjects
    retention: timedelta
    tenant: str

    def __call__(self, period: Period, now: datetime, report: RescoreReport) -> None:
        """Rescore a period. Raises `RescoreStopped` and `TryAgain`; a repeated call continues."""
        self._rescore_table(period, now, report)
        self._rescore_lake(period, now, report)

    def _rescore_table(self, period: Period, now: datetime, report: RescoreReport) -> None:
        period = Period(max(period.start, now - self.retention), period.end)
        unscored = (s for s in self._list_stored(period) if self.name not in engines_of(s))
        with progress("table", "documents") as advance:
            while batch := list(itertools.islice(unscored, BATCH)):
                scores = self.engine.enrich([s.document for s in batch], now)
                for scored, score in zip(batch, scores, strict=True):
                    report.table[self._add_score(scored, score)] += 1
                _check_fallbacks(scores)
                report.reached = f"{time_to_wire(batch[-1].document.created_at)} (newest first)"
                advance(len(batch))

    def _add_score(self, scored: ScoredDocument, score: Enrichment) -> str:
        """Store a score; the outcome. A fallback is not stored: it is not the engine's score."""
        if score.fallback or score.engine in engines_of(scored):
            return score.fallback or f"already scored by {score.engine}"
        is_added = self.store.add_score(self.tenant, scored, score)
        return "scored" if is_added else "changed during rescoring"

    def _list_stored(self, period: Period) -> Iterator[ScoredDocument]:
        """The documents of the table, newest first."""
        question, position = Question(period.start, period.end), None
        while question.start < question.end:
            page = newest(self.store, self.tenant, question, MAX_LIMIT, position)
            yield from page.documents
            position = page.position
            if not position:
                return

    def _rescore_lake(self, period: Period, now: datetime, report: RescoreReport) -> None:
        arrivals = arrivals_of(period, now)
        objects = self.objects.list_period("enriched", arrivals, self.tenant)
        with progress("lake", "objects") as advance:
            for lake_object in objects:
                try:
                    self._rescore_object(lake_object, period, now, report)
                except InvalidLakeObject as error:
                    report.problems.append(str(error))
                except (KeyError, TypeError, ValueError, BadRequest) as error:
                    problem = f"{lake_object.key}: contains an invalid document ({error!r})"
                    report.problems.append(problem)
                report.reached = f"arrivals of {time_to_wire(lake_object.hour)} (oldest first)"
                advance(1)

    def _rescore_object(
        self, lake_object: LakeObject, period: Period, now: datetime, report: RescoreReport
    ) -> None:
        documents = [scored_from_wire(row) for row in self.objects.read(lake_object)]
        unscored = {
            index: scored
            for index, scored in enumerate(documents)
            if period.contains(scored.document.created_at) and self.name not in engines_of(scored)
        }
        scores = self._get_scores(list(unscored.values()), now, report) if unscored else []
        is_changed = False
        for index, score in zip(unscored, scores, strict=True):
            if score and not score.fallback and score.engine not in engines_of(documents[index]):
                documents[index] = with_score(documents[index], score)
                is_changed = True
        rows = [scored_to_wire(scored) for scored in documents]
        if is_changed and not self.objects.overwrite(lake_object, rows):
            report.problems.append(f"{lake_object.key}: changed meanwhile; run the command again")
        _check_fallbacks(scores)

    def _get_scores(
        self, documents: Sequence[ScoredDocument], now: datetime, report: RescoreReport
    ) -> list[Enrichment | None]:
        """The score of each document: from the table if it is there, otherwise from the engine.

        None for a document of the table that has no score of this engine.
        """
        stored = self._get_stored(documents)
        missing = [s.document for s in documents if s.document.id not in stored]
        new_scores = iter(self.engine.enrich(missing, now) if missing else [])
        scores: list[Enrichment | None] = []
        for scored in documents:
            is_stored = scored.document.id in stored
            score = (
                _find_score(self.name, stored[scored.document.id])
                if is_stored
                else next(new_scores)
            )
            scores.append(score)
            if score:
                report.lake["from the table" if is_stored else score.fallback or "scored"] += 1
        return scores

    def _get_stored(self, documents: Sequence[ScoredDocument]) -> dict[str, ScoredDocument]:
        """The documents that the table lists with the same text, by id.

        The table may have another text under an id that expired and was used again. Those that it
        has for the lake only were not scored with the others.
        """
        stored = self.store.get_many(self.tenant, [scored.document.id for scored in documents])
        texts = {scored.document.id: scored.document.text for scored in documents}
        return {
            name: one
            for name, one in stored.items()
            if one.document.text == texts[name] and not is_lake_only(one, self.retention)
        }


def arrivals_of(period: Period, now: datetime) -> Period:
    """The period in which documents may have arrived that were written in `period`: until now."""
    return Period(period.start, max(now, period.start) + timedelta(hours=1))


def engines_of(scored: ScoredDocument) -> set[str]:
    """The engines that have scored a document."""
    return {scored.enrichment.engine, *(other.engine for other in scored.other_scores)}


def _find_score(engine: str, scored: ScoredDocument) -> Enrichment | None:
    return next((score for score in scored.other_scores if score.engine == engine), None)


def _check_fallbacks(scores: Sequence[Enrichment | None]) -> None:
    """Raise `RescoreStopped` after a fallback that would repeat for all further documents."""
    for reason, message in STOPS.items():
        if any(score and score.fallback == reason for score in scores):
            raise RescoreStopped(message)
