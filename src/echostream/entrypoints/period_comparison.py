"""What `GET /themes` and `GET /digest` are about: a period, and what it is compared with."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.domain.attributes import attribute_to_text
from echostream.domain.codec import count_to_wire, time_from_wire, time_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.model import LABELS, Count
from echostream.domain.query import Question
from echostream.domain.themes.corpus import mention
from echostream.domain.themes.report import Report, report
from echostream.domain.themes.sampling import Sample, TakeSample
from echostream.domain.validation import MAX_CLOCK_SKEW
from echostream.entrypoints.query_parameters import Parameters, question_of

SETS = ("from", "to", "source", "sentiment", "channel", "attribute", "rating")
"""Parameters that name a set of documents."""
FILTERS = (*SETS, "against")
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SAMPLE = 4_000
"""Documents that are read of a period, about, if it has more."""
AGAINST = (
    "against: must be previous, week, two times such as "
    "2026-01-30T00:00:00Z/2026-01-31T00:00:00Z, source:<name> or sentiment:<label>"
)
_FIRST = datetime.min.replace(tzinfo=UTC)
"""The earliest time that there is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Three sets of documents: of the period, to compare with, and of the week before."""

    question: Question
    against: Question
    usual: Question
    samples: dict[Question, Sample]

    def report(self, limit: int) -> Report:
        """At most `limit` themes of the period, and what changed."""
        mentions = {one: list(map(mention, taken.scored)) for one, taken in self.samples.items()}
        return report(mentions[self.question], mentions[self.against], mentions[self.usual], limit)

    def periods(self, content: Report) -> dict[str, Any]:
        """The period and what it is compared with, as the API returns them."""
        sides = {
            "period": (self.question, content.count),
            "against": (self.against, content.before),
        }
        return {
            name: sampled(question, self.samples[question], count)
            for name, (question, count) in sides.items()
        }


def sampled(question: Question, taken: Sample, count: Count) -> dict[str, Any]:
    """A set of documents as the API describes it, with the counts of those that were read."""
    return {
        "from": time_to_wire(question.start),
        "to": time_to_wire(question.end),
        "source": question.source,
        "sentiment": question.sentiment,
        "channel": question.channel,
        "attribute": attribute_to_text(*question.attribute) if question.attribute else None,
        "rating": question.rating,
        **size(taken),
        **count_to_wire(count),
    }


def size(taken: Sample) -> dict[str, Any]:
    """The number of documents of a set, and whether all were read."""
    return {"documents": taken.documents, "complete": taken.is_complete}


def compare(
    take: TakeSample, parameters: Parameters, now: datetime, retention: timedelta
) -> Comparison:
    """Read the documents that the parameters FILTERS name. Raises `BadRequest`, `TryAgain`."""
    question = day_of(parameters, now, retention)
    against = _kept(_against(parameters.get("against", "previous"), question), now, retention)
    usual = _kept(_against("week", question), now, retention)
    samples = {one: take(one, SAMPLE) for one in dict.fromkeys((question, against, usual))}
    return Comparison(question, against, usual, samples)


def day_of(parameters: Parameters, now: datetime, retention: timedelta) -> Question:
    """As of `GET /query`, but for a day if no start is given."""
    end = time_from_wire("to", parameters["to"]) if "to" in parameters else now
    start = time_to_wire(end - min(DAY, end - _FIRST))
    question = question_of({"from": start, **parameters}, now, retention)
    return _kept(replace(question, end=min(question.end, end)), now, retention)


def _against(text: str, question: Question) -> Question:
    """What `against` names: another period, or another source or label in the same period."""
    kind, _, value = text.partition(":")
    if text in ("previous", "week"):
        length = WEEK if text == "week" else question.end - question.start
        return replace(question, start=question.start - length, end=question.start)
    if kind == "source" and value:
        return replace(question, source=value)
    if kind == "sentiment" and value in LABELS:
        return replace(question, sentiment=value)
    times = text.split("/")
    if len(times) != 2:
        raise BadRequest("invalid_value", AGAINST)
    start, end = (time_from_wire("against", one) for one in times)
    if end <= start:
        raise BadRequest("out_of_range", "against: the second time must be after the first")
    return replace(question, start=start, end=end)


def _kept(question: Question, now: datetime, retention: timedelta) -> Question:
    """The part of a period in which documents are kept: the table has older ones for a while."""
    oldest, newest = now - retention, now + MAX_CLOCK_SKEW
    end = min(max(question.end, oldest), newest)
    return replace(question, start=min(max(question.start, oldest), end), end=end)
