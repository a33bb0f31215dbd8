"""Themes of an hour against those of the hours of its baseline."""

from datetime import timedelta
from functools import partial

import pytest

from echostream.domain.alerts.deviations import HOUR, WEEK, Metric
from echostream.domain.alerts.theme_watch import ThemeWatch
from echostream.domain.themes.sampling import sample
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream.theme_texts import TOPICS, about, documents

TENANT = "acme"
HOUR_START = NOW.replace(minute=0)
FIRST = HOUR_START - 4 * WEEK


def unusual(*stored, first=FIRST):
    """What is unusual in an hour, after the documents are stored."""
    store = MemoryStore()
    store.put(TENANT, [one for group in stored for one in group], NOW, RETENTION)
    take = partial(sample, store, MemoryCounters(store), TENANT)
    return ThemeWatch(take)(first, HOUR_START)


def usual(topic="courier", number=20, **fields):
    """Documents about a topic at the same hour of each of the weeks before."""
    weeks = (HOUR_START - WEEK * n + timedelta(minutes=5) for n in range(1, 5))
    return [one for at in weeks for one in about(topic, number, at=at, **fields)]


def words_of(subject):
    """The words of a theme's terms."""
    return {word for term in subject.terms for word in term.split()}


@pytest.mark.parametrize("compound", [0.0, -0.6])
def test_new_theme_is_unusual(compound):
    """Whatever its sentiment, which no documents of the baseline have."""
    found = unusual(usual(), about("courier", 20), about("battery", 30, compound=compound))
    [(subject, [change])] = found.items()
    assert words_of(subject) <= set(TOPICS["battery"])
    assert (change.metric, change.value, change.hour) == (Metric.VOLUME, 30, HOUR_START)
    assert change.expected == 0


def test_theme_with_its_usual_share_is_not_unusual():
    """Also if all themes have more documents: the source has its own alert then."""
    assert unusual(usual(), usual("battery"), about("courier", 60), about("battery", 60)) == {}


def test_theme_with_another_sentiment_is_unusual():
    """Its documents are as many as before; the mean score fell."""
    before = usual("battery", compound=0.5) + usual("courier", compound=0.5)
    now = about("battery", 25, compound=-0.5), about("courier", 25, compound=0.5)
    [(subject, [change])] = unusual(before, *now).items()
    assert words_of(subject) <= set(TOPICS["battery"])
    assert (change.metric, change.value, change.expected) == (Metric.SENTIMENT, -0.5, 0.5)
    assert change.deviations < -5


def test_theme_of_few_authors_is_not_unusual():
    """A program that sends one topic again and again raises nothing."""
    assert unusual(usual(), about("courier", 20), about("battery", 60, author="bot")) == {}


def test_theme_that_has_ended_is_not_unusual():
    """A theme with fewer documents than before has nothing to show."""
    assert unusual(usual(), usual("battery"), about("courier", 40)) == {}


def test_few_documents_are_not_compared():
    """Nor is an hour without a baseline."""
    assert unusual(usual(), about("battery", 15)) == {}
    assert unusual(about("battery", 60), first=HOUR_START - HOUR) == {}


def test_documents_of_other_hours_are_not_read():
    """The baseline are the same hours of the week and those beside them, no others."""
    at = HOUR_START - WEEK + 5 * HOUR
    elsewhere = [one for n in range(4) for one in about("battery", 20, at=at - n * WEEK)]
    assert unusual(usual(), elsewhere, about("courier", 20), about("battery", 30))


def test_unrelated_texts_have_no_theme():
    """Documents that share no term raise nothing, however many they are."""
    texts = [f"only{n} here{n}" for n in range(200)]
    assert unusual(usual(), documents(texts)) == {}
