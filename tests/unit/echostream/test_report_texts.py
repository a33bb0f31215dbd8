"""What a report says: its subject, its numbers against the period before, its chart."""

from datetime import timedelta

import pytest

from echostream.domain.digest import report_texts
from echostream.domain.digest.report import report_of
from echostream.domain.digest.report_periods import ReportKind, last_complete
from echostream.domain.model import Count
from tests.builders import RETENTION, scored
from tests.fakes import MemoryCounters, MemoryStore
from tests.reports import DIGEST, MONDAY, count_at, report

WEEKLY = ReportKind.WEEKLY
BEFORE = count_at(MONDAY, 50, 20, 30, 0, 0.1)


def test_subject_has_the_period_and_the_numbers():
    """And the tenant."""
    day = report(counts={9: (3, 1, 0, 0, 0.2)})
    week = report(WEEKLY, {0: (1200, 34, 0, 0, -0.1)})
    subjects = [report_texts.subject(one) for one in (day, week, report())]
    assert subjects == [
        "EchoStream, 2026-11-29: 4 documents, mean score +0.20 (acme)",
        "EchoStream, week of 2026-11-23: 1,234 documents, mean score -0.10 (acme)",
        "EchoStream, 2026-11-29: no documents (acme)",
    ]


@pytest.mark.parametrize("tenant", ["t" * 63, "ä\r\nBcc: eve@example.org"])
def test_subject_is_one_short_line_of_ascii(tenant):
    """Whatever a tenant is called."""
    subject = report_texts.subject(report(WEEKLY, {0: (10**9, 0, 0, 0, 0.0)}, tenant))
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_numbers_are_those_of_the_period_against_the_one_before():
    """Shares are of all documents of a period; MIXED only if there is some."""
    now = report(counts={3: (60, 30, 30, 0, 0.0)}, before=BEFORE)
    assert report_texts.numbers(now) == [
        "120 documents, 20% more than the day before (100)",
        "Mean score +0.00, after +0.10 the day before",
        "Positive 60 (50%), after 50% the day before",
        "Negative 30 (25%), after 20% the day before",
        "Neutral 30 (25%), after 30% the day before",
    ]
    mixed = report(WEEKLY, {3: (0, 0, 0, 1, -0.001)}, before=Count(MONDAY, ""))
    assert report_texts.numbers(mixed) == [
        "1 document; the week before had none",
        "Mean score +0.00",
        "Positive 0 (0%)",
        "Negative 0 (0%)",
        "Neutral 0 (0%)",
        "Mixed 1 (100%)",
    ]


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (100, ", as many as the day before"),
        (99, ", 1% fewer than the day before (100)"),
        (250, ", 150% more than the day before (100)"),
        (10**6, ", 999,900% more than the day before (100)"),
    ],
)
def test_change_of_the_number_is_in_percent(number, change):
    lines = report_texts.numbers(report(counts={0: (number,)}, before=BEFORE))
    assert lines[0] == f"{number:,} documents{change}"


def test_small_change_is_no_change_of_nothing():
    """It is not 0% more."""
    before = Count(MONDAY, "", positive=100_000)
    [line, *_] = report_texts.numbers(report(counts={0: (100_001,)}, before=before))
    assert line == "100,001 documents, less than 1% more than the day before (100,000)"


def test_period_without_documents_says_so():
    """In a line, with those of the day before, if they are known."""
    assert report_texts.numbers(report()) == ["The day has no documents."]
    assert report_texts.numbers(report(WEEKLY, before=BEFORE)) == [
        "The week has no documents; the week before had 100 documents."
    ]
    assert report_texts.chart(report()) == []


def test_chart_of_a_day_has_a_block_for_each_hour():
    """The highest block is the hour with the most documents; a point is an hour without any."""
    title, hours, axis = report_texts.chart(report(counts={0: (1,), 6: (100_000,), 23: (50_000,)}))
    assert title == "Documents by hour (UTC), 100,000 at most:"
    assert hours == "▁·····█················▄"
    assert (len(hours), axis.index("18")) == (24, 18)


def test_chart_of_a_week_has_a_line_for_each_day():
    """With its weekday, its number and its mean score."""
    title, *days = report_texts.chart(report(WEEKLY, {0: (1,), 1: (12, 0, 0, 0, 0.5), 6: (24,)}))
    assert title == "Documents by day (UTC):"
    assert len(days) == 7
    assert days[:3] == [
        "Mon 11-23 █ 1 (mean score +0.00)",
        f"Tue 11-24 {'█' * 12} 12 (mean score +0.50)",
        "Wed 11-25 · 0",
    ]
    assert days[6].startswith(f"Sun 11-29 {'█' * 24} 24")


def test_digest_says_who_wrote_it():
    """A model is named, the rules are not."""
    assert report_texts.digest_sentences(report()) == "Half are about the battery."
    by_model = report_texts.digest_sentences(report(digest={**DIGEST, "model": "nova"}))
    assert by_model == "Half are about the battery. (Written by nova.)"


def test_alternative_text_says_what_the_picture_shows():
    """The largest hour, and the range of the mean score."""
    text = report_texts.alternative_text(
        report(counts={3: (5, 0, 0, 0, 0.5), 14: (20, 0, 0, 0, -0.25)})
    )
    assert text == (
        "Chart of the documents by hour and sentiment. Report of Sunday 2026-11-29 (UTC) for acme:"
        " 25 documents, mean score -0.10. The hour with the most, 20, is 14:00. The mean score is"
        " between -0.25 at 14:00 and +0.50 at 03:00."
    )
    assert report_texts.alternative_text(report()).endswith("for acme: no documents.")
    week = report_texts.alternative_text(report(WEEKLY, {2: (5,)}))
    assert week.endswith("The day with the most, 5, is Wednesday 2026-11-25.")


@pytest.fixture
def counters():
    """Counters of ten documents in each hour of 15 days before Monday."""
    store = MemoryStore()
    for n in range(1, 24 * 15 + 8):
        at = MONDAY - timedelta(hours=n)
        documents = [scored(f"{n}-{i}", at=at, source=f"source{i % 2}") for i in range(10)]
        store.put("acme", documents, MONDAY, RETENTION)
    return MemoryCounters(store)


def made(counters, kind, oldest):
    period = last_complete(kind, MONDAY)
    return report_of(counters, "acme", period, lambda _: DIGEST, oldest)


@pytest.mark.parametrize(("kind", "number"), [(ReportKind.DAILY, 24), (WEEKLY, 7)])
def test_counts_are_those_of_all_sources(counters, kind, number):
    """By hour of a day, by day of a week, and of the period before."""
    made_report = made(counters, kind, MONDAY - timedelta(days=30))
    documents = 10 if number == 24 else 240
    assert [count.total for count in made_report.counts] == [documents] * number
    assert made_report.before is not None
    assert made_report.before.total == made_report.total.total == documents * number


def test_period_before_that_is_not_kept_is_not_compared(counters):
    """Its counts would be those of a part. The report says what is not kept of its own period."""
    for days, since in ((10, "23"), (7, "23")):
        made_report = made(counters, WEEKLY, MONDAY - timedelta(days=days))
        assert made_report.before is None
        assert f"{made_report.since:%d}" == since
        lines = report_texts.numbers(made_report)
        assert lines[0] == f"{made_report.total.total:,} documents"
    assert lines[-1] == "Documents before 2026-11-23 07:00 UTC are not kept any more."
