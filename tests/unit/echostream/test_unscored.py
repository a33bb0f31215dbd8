"""Documents without a score in digests, reports and alerts."""

from dataclasses import replace

from echostream.domain.digest import report_texts
from echostream.domain.digest.checks import problems
from echostream.domain.digest.extractive import extract
from echostream.domain.digest.facts import facts_of
from echostream.domain.digest.report_messages import quotations
from echostream.domain.digest.writing import write
from echostream.domain.themes.corpus import mention
from echostream.domain.themes.report import report
from tests.builders import NOW
from tests.reports import report as report_of
from tests.unit.echostream.alert_counts import DAY, NOON, at, found, rhythm, series, summary
from tests.unit.echostream.theme_texts import about


def without_score(documents):
    """The same documents, in a language that the engine does not know."""
    return [
        replace(one, enrichment=replace(one.enrichment, unscored="unsupported_language"))
        for one in documents
    ]


def digest(now, before=()):
    """The texts of the sentences about documents. A model may repeat the draft of such facts."""
    kinds = [[mention(one) for one in stored] for stored in (now, before)]
    facts = facts_of(report(kinds[0], kinds[1], kinds[1], 12), len(now))
    assert problems(extract(facts), facts) == []
    return [one.text for one in write(facts, None, NOW).sentences]


def test_digest_says_how_many_have_no_score():
    """The numbers of sentiments and the mean are those of the others."""
    now = [*about("battery", 30, compound=-0.5), *without_score(about("courier", 20))]
    first, *themes = digest(now, about("battery", 20, compound=0.5))
    assert first == (
        "Of 50 documents 0 are positive and 30 negative, and 20 are unscored because of their"
        " language; the mean score is -0.50, after +0.50 in the documents to compare with."
    )
    [courier] = [one for one in themes if "courier" in one and "authors" in one]
    assert courier.endswith("20 documents of 20 authors, 20 of them unscored.")


def test_digest_without_any_score_has_no_mean():
    """Neither now nor before."""
    now, before = (without_score(about("battery", number)) for number in (30, 20))
    first, *themes = digest(now, before)
    assert first == "Of 30 documents 30 are unscored because of their language."
    assert all("mean" not in one and "negative" not in one for one in themes)
    kinds = [[mention(one) for one in stored] for stored in (now, before)]
    names = facts_of(report(kinds[0], kinds[1], kinds[1], 12), len(now)).numbers
    assert not [name for name in names if name.endswith((".mean", ".positive", ".negative"))]


def test_report_has_a_line_for_them():
    """Shares of sentiments are of the documents with a score, the last one is of all."""
    lines = report_texts.numbers(report_of(counts={3: (30, 10, 0, 0, 0.25, 60)}))
    assert lines[0].startswith("100 documents")
    assert "Mean score +0.25" in lines[1]
    assert [line.partition(",")[0] for line in lines[2:]] == [
        "Positive 30 (75%)",
        "Negative 10 (25%)",
        "Neutral 0 (0%)",
        "Not scored 60 (60%)",
    ]
    none = report_of(counts={3: (0, 0, 0, 0, 0, 7)})
    assert report_texts.numbers(none)[1].startswith("Mean score none")
    assert report_texts.headline(none.total) == "7 documents, mean score none"
    assert "between" not in report_texts.alternative_text(none)


def test_quoted_document_has_no_sentiment():
    """It is NEUTRAL in the JSON only."""
    cited = {"text": "Sehr gut", "source": "x", "created_at": "2026-05-20T10:00:00Z"}
    cited |= {"sentiment": "NEUTRAL", "unscored": "unsupported_language"}
    one = replace(report_of(), digest={"documents": [cited], "sentences": [], "model": None})
    assert quotations(one) == ["- Sehr gut (x, 2026-05-20T10:00:00Z, not scored)"]


def test_a_wave_in_another_language_is_no_change_of_the_mean():
    """It is one of the volume."""
    hours = range(NOON, NOON + 3)
    counts = series(range(23 * DAY), rhythm, lambda _: 0.6)
    first, last = at(hours.start), at(hours.stop)
    wave = [
        replace(one, unscored=4 * one.total) if first <= one.hour < last else one for one in counts
    ]
    [(_, _, _, changes)] = summary(found(wave, NOON - 9, 23 * DAY))
    assert changes == {"+volume"}
