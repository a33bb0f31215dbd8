"""Documents of a period: all of them, or a sample that has the shares of all."""

from collections import Counter
from datetime import timedelta

import pytest

from echostream.domain.model import Sentiment, hour_of, sort_time
from echostream.domain.query import Question
from echostream.domain.themes import sampling
from echostream.domain.themes.sampling import MAX_READ, sample
from tests.builders import NOW, scored
from tests.fakes import MemoryCounters, MemoryStore

HOUR = timedelta(hours=1)
END = hour_of(NOW)


class CountingStore(MemoryStore):
    """A store that counts the documents that it returns and the reads of a round."""

    def __init__(self):
        super().__init__(shards=4)
        self.read, self.largest_round = 0, 0

    def newest(self, tenant, queries):
        pages = super().newest(tenant, queries)
        self.largest_round = max(self.largest_round, len(queries))
        self.read += sum(len(page.documents) for page in pages)
        return pages


def stored(hours, **fields):
    """A store with a number of documents in each hour before END, by the age in hours."""
    store = CountingStore()
    for age, number in hours.items():
        step = HOUR / number
        store.put(
            "acme",
            [scored(f"{age}-{n}", at=END - age * HOUR + step * n, **fields) for n in range(number)],
            NOW,
        )
    return store


def take(store, limit, start=10, **filters):
    question = Question(END - start * HOUR, END, **filters)
    return sample(store, MemoryCounters(store), "acme", question, limit)


def ages(taken):
    return Counter(one.document.id.split("-")[0] for one in taken.scored)


@pytest.mark.parametrize("number", [0, 1, 499, 1_000])
def test_few_documents_are_read_completely(number):
    """Each once, whatever the size of a page."""
    taken = take(stored({1: number, 3: 7} if number else {}), 2_000)
    expected = number + 7 if number else 0
    assert taken.is_complete
    assert (
        taken.documents
        == len(taken.scored)
        == len({m.document.id for m in taken.scored})
        == expected
    )


def test_only_documents_of_the_period_are_read():
    """From its start, without its end, also in the middle of an hour."""
    store = stored({1: 60, 2: 60})
    question = Question(END - 1.5 * HOUR, END - 0.5 * HOUR)
    taken = sample(store, MemoryCounters(store), "acme", question, 1_000)
    assert ages(taken) == {"2": 30, "1": 30}
    assert taken.documents == 60


def test_sample_has_the_shares_of_the_hours():
    """A busy hour has as large a part of its documents in the sample as a quiet one."""
    store = stored({1: 4_000, 2: 2_000, 3: 1_000, 4: 100})
    taken = take(store, 710)
    found = ages(taken)
    assert not taken.is_complete
    assert taken.documents == 7_100
    assert found["1"] == pytest.approx(400, rel=0.1)
    assert found["2"] == pytest.approx(200, rel=0.1)
    assert found["3"] == pytest.approx(100, rel=0.1)
    assert found["4"] == pytest.approx(10, abs=2)
    assert store.read < 2_500


def test_sample_is_from_all_of_an_hour():
    """Not only from its end: each quarter has documents in it."""
    taken = take(stored({1: 4_000}), 400)
    minutes = Counter(
        (one.document.created_at - (END - HOUR)) // timedelta(minutes=15) for one in taken.scored
    )
    assert set(minutes) == {0, 1, 2, 3}


def test_sample_has_no_document_twice():
    """Also if the documents before two moments are the same."""
    taken = take(stored({1: 4_000}), 3_900)
    assert len({one.document.id for one in taken.scored}) == len(taken.scored)


def test_filter_reads_more_to_find_as_many():
    """A third of the documents have the source, so twice as many are taken, the most that are."""
    store = stored({1: 2_000})
    step = HOUR / 1_000
    other = [scored(f"x{n}", at=END - HOUR + step * n, source="other") for n in range(1_000)]
    store.put("acme", other, NOW)
    taken = take(store, 100, source="other")
    assert 50 <= len(taken.scored) <= 130
    assert 250 <= store.read <= 1_000
    assert {one.document.source for one in taken.scored} == {"other"}
    assert taken.documents == 1_000


def test_burst_of_some_minutes_is_in_the_sample():
    """A source that is read at once has its documents within minutes: as many of them."""
    store = stored({1: 2_000})
    burst = [
        scored(f"burst-{n}", at=END - HOUR / 2 + n * timedelta(seconds=0.3)) for n in range(1_000)
    ]
    store.put("acme", burst, NOW)
    assert 60 <= ages(take(store, 300))["burst"] <= 140


def test_rare_documents_bound_what_is_read():
    """Of a source that few documents have, some are found, and not all documents are read."""
    store = stored({1: 9_000})
    store.put("acme", [scored(f"x{n}", at=END - HOUR / 2, source="rare") for n in range(200)], NOW)
    taken = take(store, 100, source="rare")
    assert store.read <= 3.2 * MAX_READ * 100
    assert not taken.is_complete
    assert taken.documents == 200


def test_sentiment_is_counted():
    """The number of documents with a sentiment comes from the counters."""
    store = stored({1: 2_000}, compound=0.5)
    store.put("acme", [scored(f"b{n}", at=END - HOUR / 2, compound=-0.5) for n in range(50)], NOW)
    assert take(store, 400, sentiment=Sentiment.NEGATIVE).documents == 50
    assert take(store, 400, sentiment=Sentiment.POSITIVE).documents == 2_000


def test_another_tenant_has_no_part():
    """A sample is of one tenant."""
    store = stored({1: 10})
    store.put("beta", [scored("theirs", at=END - HOUR / 2)], NOW)
    assert "theirs" not in {one.document.id for one in take(store, 100).scored}


def test_uncounted_documents_do_not_read_without_a_bound(monkeypatch):
    """The counters are some seconds behind; a flood of new documents is not read completely."""
    monkeypatch.setattr(sampling, "PAGE", 50)
    store = stored({1: 3_000})
    question = Question(END - 10 * HOUR, END)
    taken = sample(store, MemoryCounters(), "acme", question, 100)
    assert not taken.is_complete
    assert MAX_READ * 100 <= store.read < 600
    assert taken.documents == len(taken.scored)


def test_large_texts_bound_what_is_read(monkeypatch):
    """Texts of 64 KiB would take too long and too much memory; the newest are read."""
    monkeypatch.setattr(sampling, "MAX_CHARACTERS", 100_000)
    monkeypatch.setattr(sampling, "SIDE_BY_SIDE", 1)
    taken = take(stored({1: 20, 2: 20, 3: 20}, text="x" * 10_000), 1_000)
    assert not taken.is_complete
    assert ages(taken)["1"] > 0
    assert "3" not in ages(taken)
    assert taken.documents == 60


def test_reads_of_a_round_are_bounded():
    """A month has thousands of partitions."""
    store = stored(dict.fromkeys(range(1, 60), 4))
    assert len(take(store, 1_000, start=72).scored) == 59 * 4
    assert store.largest_round <= sampling.SIDE_BY_SIDE


def test_position_is_in_the_period():
    """The bound of a partition is not after the end of the period."""
    taken = take(stored({1: 500}), 50)
    assert max(sort_time(one.document.created_at) for one in taken.scored) < sort_time(END)
