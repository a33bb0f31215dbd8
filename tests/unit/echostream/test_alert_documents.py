"""The documents behind an alert."""

from datetime import timedelta
from functools import partial

from echostream.domain.alerts.alert import ALL, Alert, Subject
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric
from echostream.domain.alerts.documents import documents_behind
from echostream.domain.themes.sampling import sample
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream.theme_texts import TOPICS, about, documents

TENANT = "acme"
START = NOW.replace(minute=0)
LATER = START + timedelta(minutes=40)


def alert(subject=ALL, metric=Metric.VOLUME, deviations=9.0):
    change = Deviation(START, metric, 1, 0, deviations)
    return Alert(subject, START, START + HOUR, (change,), START + HOUR)


def behind(one, *stored, since=START - HOUR):
    """The documents behind an alert, after some are stored."""
    store = MemoryStore()
    store.put(TENANT, [one for group in stored for one in group], NOW, RETENTION)
    take = partial(sample, store, MemoryCounters(store), TENANT)
    return documents_behind(take, one, since)


def topics_of(one):
    """The topics whose words a document has."""
    return {topic for topic, words in TOPICS.items() if {*words} & {*one.terms}}


def test_each_of_the_largest_themes_has_a_document():
    """A newer document without a theme comes after them."""
    newest = documents(["only here"], at=LATER, author="late")
    found = behind(alert(), about("battery", 30), about("courier", 20), newest)
    assert [topics_of(one) for one in found] == [{"battery"}, {"courier"}, set()]
    assert found[2].author == "late"


def test_documents_have_the_sentiment_that_changed():
    """Of the source of the alert, in its hours."""
    texts = [f"only{n} here{n}" for n in range(5)]
    bad = documents(texts, at=LATER, compound=-0.6, source="shop")
    good = documents(texts, at=LATER, compound=0.6, source="shop")
    other = documents(texts, at=LATER, compound=-0.6, source="forum")
    early = documents(texts, at=START - HOUR, compound=-0.6, source="shop")
    for deviations, expected in ((-9.0, bad), (9.0, good)):
        one = alert(Subject("shop"), Metric.SENTIMENT, deviations)
        found = behind(one, bad, good, other, early)
        assert len(found) == 3
        assert {one.id for one in found} <= {one.document.id for one in expected}


def test_documents_of_a_theme_have_one_of_its_terms():
    """Not all documents of the hour."""
    one = alert(Subject(terms=("battery", "charger")))
    found = behind(one, about("battery", 30, at=LATER), about("courier", 60, at=LATER))
    assert found
    assert all({"battery", "charger"} & {*one.terms} for one in found)


def test_each_document_is_of_another_author():
    """One author does not fill a message; without a document it quotes none."""
    flood = documents(["only here"] * 9, at=LATER, author="bot")
    assert len(behind(alert(), flood)) == 1
    assert behind(alert()) == []


def test_older_documents_are_not_quoted():
    """A tenant may keep its documents for a day; an alert can last longer."""
    stored = documents(["only here"], at=START + timedelta(minutes=5))
    assert behind(alert(), stored) != []
    assert behind(alert(), stored, since=LATER) == []
