"""The sample documents: real texts, ratings kept, made up otherwise."""

from collections import Counter
from datetime import timedelta

import pytest

from echostream.domain.validation import AcceptedTimes, document_from_wire
from lambdas.producer.sample_feed import documents_at
from seed.dataset import DATASETS, documents, lexicon, samples
from tests.builders import NOW, RETENTION


@pytest.mark.parametrize(
    ("dataset", "number"),
    [("tweets", 4200), ("reviews", 300), ("film", 10605), ("editorials", 5190)],
)
def test_sizes(dataset, number):
    """Every row of the paper's data is there, reviews regrouped into whole ones."""
    found = samples(dataset)
    assert len(found) == number == len({sample.id for sample in found})
    assert all(-4 <= sample.rating <= 4 for sample in found)


def test_ratings_are_means_of_what_people_said():
    """The first tweet's rating, and a review's as the mean of its sentences'."""
    assert samples("tweets")[0].rating == pytest.approx(2.726315789)
    assert samples("reviews")[0].text.startswith("troubleshooting ad-2500")


@pytest.mark.parametrize("dataset", DATASETS)
def test_documents_are_acceptable(dataset):
    """Each passes the checks at the door, in time order, within the last 48 hours."""
    made = documents(dataset, 300, NOW)
    checked = [document_from_wire(raw, AcceptedTimes(NOW, RETENTION)) for raw in made]
    times = [document.created_at for document in checked]
    assert times == sorted(times)
    assert times[0] >= NOW - timedelta(hours=48)
    assert times[-1] <= NOW
    assert not any("&amp;" in raw["text"] or "@gmail" in raw["text"] for raw in made)


def test_the_lexicon_is_as_nltk_reads_it():
    """A word, its measure, no blank line."""
    lines = lexicon().split("\n")
    assert len(lines) == 7517
    assert all("\t" in line for line in lines)


def test_replay_names_documents_by_the_minute():
    """The same minute gives the same documents, the next minute the next ones."""
    stored = documents("tweets", 7, NOW)
    first = documents_at(stored, NOW, 3)
    assert first == documents_at(stored, NOW, 3)
    following = [
        d for m in range(1, 7) for d in documents_at(stored, NOW + timedelta(minutes=m), 3)
    ]
    texts = Counter(d["text"] for d in first + following)
    assert set(texts.values()) == {3}
    assert len({d["id"] for d in first + following}) == 21
