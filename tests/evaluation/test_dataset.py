"""The sample documents: real texts and ratings, generated sources, authors and times."""

from datetime import timedelta
from statistics import fmean

import pytest

from echostream.domain.validation import AcceptedTimes, document_from_wire
from seed.dataset import DATASETS, documents, lexicon, samples, sentences
from tests.builders import NOW, RETENTION


@pytest.mark.parametrize(
    ("dataset", "number"),
    [("tweets", 4200), ("reviews", 300), ("film", 10605), ("editorials", 5190)],
)
def test_number_of_samples(dataset, number):
    """Every row of the paper's data, sentences of reviews joined; ids are unique."""
    rows = samples(dataset)
    assert len(rows) == number == len({row.id for row in rows})
    assert all(-4 <= row.rating <= 4 for row in rows)


def test_rating_of_a_tweet_is_the_mean_of_its_votes():
    """The first tweet of the file."""
    assert samples("tweets")[0].rating == pytest.approx(2.726315789)


def test_review_is_its_joined_sentences():
    """Text and mean rating of the first review of the file."""
    review = samples("reviews")[0]
    rows = [row for row in sentences("reviews") if row.id.startswith(f"{review.id}_")]
    assert review.text.startswith("troubleshooting ad-2500")
    assert len(rows) > 1
    assert review.text == " ".join(row.text for row in rows)
    assert review.rating == pytest.approx(fmean(row.rating for row in rows), abs=1e-4)


def test_reviews_have_the_ratings_of_their_readers():
    """As stars, with an attribute that says whose they are; other samples have none."""
    ratings = {one.id: one.rating for one in samples("reviews")}
    sent = documents("reviews", 300, NOW)
    assert [1 + 4 * (ratings[one["id"]] + 4) / 8 for one in sent] == pytest.approx(
        [one["rating"] for one in sent], abs=0.006
    )
    assert {one["attributes"]["rated by"] for one in sent} == {"readers"}
    assert "rating" not in documents("tweets", 1, NOW)[0]


@pytest.mark.parametrize("dataset", DATASETS)
def test_documents_are_valid(dataset):
    """Each passes the API's checks; they are in time order, within the last 48 hours."""
    raw_documents = documents(dataset, 300, NOW)
    times = [
        document_from_wire(raw, AcceptedTimes(NOW, RETENTION)).created_at for raw in raw_documents
    ]
    assert len(times) == 300
    assert times == sorted(times)
    assert times[0] >= NOW - timedelta(hours=48)
    assert times[-1] <= NOW
    assert not any("&amp;" in raw["text"] or "@gmail" in raw["text"] for raw in raw_documents)


def test_documents_are_the_same_without_days():
    """Their ids, texts and sources are fixed, and each text is sent once."""
    both = [documents("reviews", number, NOW) for number in (300, 20_000)]
    assert both[0] == both[1]
    first = [one["id"] for one in documents("tweets", 3, NOW)]
    assert first == ["tweets-2705", "tweets-2053", "tweets-2386"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_texts_repeat_with_days(dataset):
    """As documents of their own, in another order; the same command sends the same documents."""
    rows = samples(dataset)
    number = 2 * len(rows) + 100
    sent = documents(dataset, number, NOW, 30)
    assert len({one["id"] for one in sent}) == len(sent) == number
    assert {one["text"] for one in sent} == {row.text for row in rows}
    again = documents(dataset, number, NOW + timedelta(days=1), 30)
    assert by_id(again) == by_id(sent)
    assert {one["id"] for one in documents(dataset, len(rows), NOW)} <= {one["id"] for one in sent}
    names = [one["id"] for one in sent]
    repeats = [name.removesuffix("-2") for name in names if name.endswith("-2")]
    assert repeats != [name for name in names if name in set(repeats)]


def by_id(sent):
    """What is fixed of documents; times and order are those of the time of sending."""
    return {one["id"]: (one["text"], one["source"], one["author"]) for one in sent}


@pytest.mark.parametrize("days", [1, 30])
def test_documents_of_days_are_valid(days):
    """They are accepted for some minutes after they were made, which is when they are sent."""
    later = AcceptedTimes(NOW + timedelta(minutes=30), RETENTION)
    for raw in documents("tweets", 5000, NOW, days):
        assert document_from_wire(raw, later).created_at >= NOW - timedelta(days=days)


def test_lexicon_has_the_format_of_nltk():
    """A word and its values in each line, no blank line."""
    lines = lexicon().split("\n")
    assert len(lines) == 7517
    assert all("\t" in line for line in lines)
