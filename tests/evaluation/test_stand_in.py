"""The stand-in's model: its weights, its split, and that its report tells the truth."""

import re

import numpy as np
import pytest

from aws_companion.comprehend.cassette import Cassette, Recording, text_key
from aws_companion.comprehend.model import SentimentModel
from bench.stand_in import record, report, split
from seed.dataset import DATASETS, ratings, samples, sentences

MODEL = SentimentModel.load()
REPORT = report.MODEL_CARD.read_text()


def test_the_report_is_reproduced():
    """Scoring the held-out rows gives the accuracy that the report states, .72 or better."""
    rows = report.held_out_rows()
    truth = report.ground_truth(rows).classes
    shares = np.array([MODEL.score(row.text) for row in rows])
    accuracy = report.accuracy(truth, shares[:, :3].argmax(axis=1))
    stated = re.search(r"accuracy, three classes \| ([0-9.]+)", REPORT)
    assert stated is not None
    assert accuracy == pytest.approx(float(stated[1]), abs=0.005)
    assert accuracy >= 0.72
    assert f"`{MODEL.version}`" in REPORT


def test_sides_share_no_document_and_no_text():
    """No sentence of a held-out text, and no text word for word, was learnt from."""
    for dataset in DATASETS:
        learnt, held = split.training_rows(dataset), split.held_out_rows(dataset)
        assert len(learnt) + len(held) == len(sentences(dataset))
        assert 0.17 < len(held) / len(sentences(dataset)) < 0.23
        assert not {row.text for row in learnt} & {row.text for row in held}
        if dataset in ("reviews", "editorials"):
            documents = [{row.id.split("_")[0] for row in side} for side in (learnt, held)]
            assert not documents[0] & documents[1]


def test_whole_reviews_have_a_side():
    """A review as a document is held out when its sentences are."""
    held = split.held_out("reviews")
    wholes = [sample.id for sample in samples("reviews") if sample.id in held]
    assert len(wholes) > 40
    assert all(split.split(name) == "held-out" for name in wholes)
    parts = [row.id for row in sentences("reviews") if row.id.rpartition("_")[0] in set(wholes)]
    assert set(parts) | set(wholes) == held


def test_an_unknown_id_has_no_side():
    """It is an error, not a guess."""
    with pytest.raises(KeyError):
        split.split("tweets-0")


def test_rows_and_ratings_match():
    """Each row of each data set has its individual ratings, whose mean is its rating."""
    for dataset in DATASETS:
        said = ratings(dataset)
        rows = sentences(dataset)
        assert len(rows) == len(said)
        assert all(np.mean(said[row.id]) == pytest.approx(row.rating) for row in rows[:300])


def test_auc_counts_pairs():
    """Against pairs counted one by one, ties half."""
    positive, scores = np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1])
    assert report.auc(positive, scores) == pytest.approx(3.5 / 4)


def test_recording_asks_only_for_what_is_missing(tmp_path):
    """A text that was recorded is not paid for again."""
    cassette = Cassette(tmp_path, replay_any=True)
    texts = record.unrecorded_texts(cassette, "tweets", 10)
    recording = Recording(
        text_key(texts[0], "en"), "DetectSentiment", "en", {"Sentiment": "MIXED"}, "aws", "2026"
    )
    cassette.record(recording)
    assert record.unrecorded_texts(Cassette(tmp_path), "tweets", 10) == texts[1:]
