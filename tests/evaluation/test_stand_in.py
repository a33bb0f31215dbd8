"""The stand-in: the split of its data, its model card, and recordings."""

import re
from statistics import fmean

import numpy as np
import pytest

from aws_companion.comprehend.cassette import Cassette, Recording, text_key
from aws_companion.comprehend.model import SentimentModel
from bench.stand_in import evaluation, model_card, record, split
from seed.dataset import DATASETS, ratings, samples, sentences

pytestmark = pytest.mark.no_cover
"""Tests that score whole data sets would take twice as long with coverage."""
MODEL = SentimentModel.load()
MODEL_CARD = model_card.MODEL_CARD.read_text()


def test_accuracy_of_the_model_card_is_reproduced():
    """The accuracy on the held-out rows is the one in the model card, and at least .72."""
    rows = evaluation.held_out_rows()
    truth = evaluation.ground_truth(rows).classes
    shares = np.array([MODEL.score(row.text) for row in rows])
    accuracy = evaluation.accuracy(truth, shares[:, :3].argmax(axis=1))
    match = re.search(r"accuracy, three classes \| ([0-9.]+)", MODEL_CARD)
    assert match is not None
    assert accuracy == pytest.approx(float(match[1]), abs=0.005)
    assert accuracy >= 0.72
    assert f"`{MODEL.version}`" in MODEL_CARD


@pytest.mark.parametrize("dataset", DATASETS)
def test_sides_have_no_text_in_common(dataset):
    """Neither a text nor, of reviews and editorials, sentences of one document."""
    training, held_out = split.training_rows(dataset), split.held_out_rows(dataset)
    assert len(training) + len(held_out) == len(sentences(dataset))
    assert 0.17 < len(held_out) / len(sentences(dataset)) < 0.23
    assert not {row.text for row in training} & {row.text for row in held_out}
    if dataset in ("reviews", "editorials"):
        first, second = ({row.id.split("_")[0] for row in side} for side in (training, held_out))
        assert not first & second


def test_whole_review_is_on_the_side_of_its_sentences():
    """A review is held out if its sentences are."""
    held_out = split.held_out("reviews")
    reviews = {review.id for review in samples("reviews") if review.id in held_out}
    assert len(reviews) > 40
    assert all(split.split(name) == "held-out" for name in reviews)
    rows = {row.id for row in sentences("reviews") if row.id.rpartition("_")[0] in reviews}
    assert rows | reviews == held_out


def test_unknown_id_is_an_error():
    """It has no side."""
    with pytest.raises(KeyError):
        split.split("tweets-0")


@pytest.mark.parametrize("dataset", DATASETS)
def test_rating_is_the_mean_of_the_votes(dataset):
    """For every row, to the last digit."""
    votes, rows = ratings(dataset), sentences(dataset)
    assert len(rows) == len(votes) > 0
    assert [row.id for row in rows if fmean(votes[row.id]) != row.rating] == []


def test_auc_counts_pairs():
    """Compared with pairs counted by hand; a tie counts half."""
    positive, scores = np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1])
    assert evaluation.auc(positive, scores) == pytest.approx(3.5 / 4)


def test_recorded_text_is_not_sent_again(tmp_path):
    """AWS would charge for it twice."""
    cassette = Cassette(tmp_path, replay_any=True)
    texts = record.unrecorded_texts(cassette, "tweets", 10)
    recording = Recording(
        text_key(texts[0], "en"), "DetectSentiment", "en", {"Sentiment": "MIXED"}, "aws", "2026"
    )
    cassette.record(recording)
    assert record.unrecorded_texts(Cassette(tmp_path), "tweets", 10) == texts[1:]
