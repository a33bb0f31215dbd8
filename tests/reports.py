"""Reports for tests."""

from datetime import UTC, datetime

from echostream.domain.digest.report import PeriodReport
from echostream.domain.digest.report_messages import WrittenReport
from echostream.domain.digest.report_periods import ReportKind, last_complete
from echostream.domain.model import Count
from echostream.domain.picture import Picture

MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
DOCUMENT = {
    "id": "doc1",
    "text": "a <b>fine</b>\nbattery ```",
    "source": "forum & co",
    "author": "ann",
    "created_at": "2026-11-29T10:00:00Z",
    "sentiment": "POSITIVE",
    "compound": 0.6,
}
DIGEST = {
    "sentences": [{"text": "Half are about the battery.", "numbers": {}, "citations": ["doc1"]}],
    "model": None,
    "reason": "no_model",
    "documents": [DOCUMENT],
}
PICTURE = Picture(b"\x89PNG picture", 960, 480, 'Chart of "documents"')


def report(kind=ReportKind.DAILY, counts=None, tenant="acme", now=MONDAY, **fields):
    """The report of the last period; `counts` are those of its hours or days by place."""
    period = last_complete(kind, now)
    found = [count_at(period.starts[n], *one) for n, one in sorted((counts or {}).items())]
    others = {"since": period.start, "before": None, "digest": DIGEST, **fields}
    return PeriodReport(tenant, period, counts=found, **others)


def count_at(start, *numbers):
    """A count of positive, negative, neutral and mixed documents, then their mean score.

    The last number is that of the documents without a score.
    """
    positive, negative, neutral, mixed, mean, unscored = (*numbers, 0, 0, 0, 0, 0, 0)[:6]
    compounds = round(mean * (positive + negative + neutral + mixed), 4)
    return Count(start, "", positive, negative, neutral, mixed, compounds, unscored)


def written(counts=None, **fields):
    """A report with a picture that is none."""
    return WrittenReport(report(counts=counts or {9: (3, 1, 0, 0, 0.2)}, **fields), PICTURE)
