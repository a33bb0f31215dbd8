"""The threshold of the cascade: computed from data, with the tables of the notebook."""

from pathlib import Path

import pandas as pd
import pytest

from aws_companion.comprehend.cassette import Cassette
from aws_companion.comprehend.model import SentimentModel
from aws_companion.comprehend.service import ComprehendService
from bench.engines import cascade_threshold
from bench.stand_in.split import held_out_rows
from echostream.domain.cascade import THRESHOLD
from notebooks import engine_analysis, engine_data
from seed.dataset import DATASETS, Sample

P, N = "POSITIVE", "NEGATIVE"
pytestmark = pytest.mark.no_cover
"""Tests that score whole data sets would take twice as long with coverage."""


class Client:
    """A boto3 client that calls the companion's code in process."""

    def __init__(self, model="stand-in/test"):
        self._service = ComprehendService(SentimentModel.load(), Cassette(Path("no-such-folder")))
        self._headers = {"x-echostream-model": model} if model else {}

    def batch_detect_sentiment(self, **request):
        assert len(request["TextList"]) <= 25
        body = self._service.respond("BatchDetectSentiment", request, None).body
        return {**body, "ResponseMetadata": {"HTTPHeaders": self._headers}}


def scored_texts(*groups):
    """Texts from (number, compound, VADER's label, paid label); the true label is POSITIVE."""
    lines = [(c, v, p) for number, c, v, p in groups for _ in range(number)]
    frame = pd.DataFrame(lines, columns=["compound", "vader", "paid"])
    return frame.assign(truth=P, dataset="tweets", units=3)


def test_curve_has_accuracy_and_price_of_each_threshold():
    """Below the threshold the paid engine scores a text, from the threshold on VADER."""
    frame = scored_texts((50, -0.2, N, P), (50, 0.8, P, N))
    curve = cascade_threshold.curve(frame, [0, 0.2, 0.25, 1])
    assert curve["accuracy"].tolist() == [0.5, 0.5, 1.0, 0.5]
    assert curve["paid"].tolist() == [0, 0, 0.5, 1]
    assert curve["dollars"].tolist() == pytest.approx([0, 0, 150, 300])


def test_data_sets_have_the_same_weight():
    """For any number of texts in each."""
    many = scored_texts((90, 0.5, P, N))
    few = scored_texts((10, 0.5, N, P)).assign(dataset="film")
    assert cascade_threshold.curve(pd.concat([many, few]), [0])["accuracy"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("frame", "threshold"),
    [
        (scored_texts((50, 0.3, N, P), (50, 0.8, P, P)), 0.35),
        (scored_texts((50, 0.3, P, P), (50, 0.8, P, P)), 0.0),
        (scored_texts((500, 0.0, N, P), (1, 0.6, N, P), (500, 0.9, P, P), (99, 0.95, N, N)), 0.05),
    ],
    ids=["a gain", "no gain", "a gain within the standard error"],
)
def test_cheapest_threshold_near_the_best_accuracy_is_chosen(frame, threshold):
    """Within one standard error of the best."""
    assert cascade_threshold.choose_threshold(frame) == threshold


def test_threshold_of_the_pipeline_is_the_one_from_the_data():
    """From every held-out row, with the same weight for each data set."""
    rows = [row for dataset in DATASETS for row in held_out_rows(dataset)]
    assert cascade_threshold.choose_threshold(cascade_threshold.score(rows, Client())) == THRESHOLD


def test_scored_frame_has_the_ids_and_the_order_of_the_rows():
    """And the model of the response, which is AWS if the header is missing."""
    rows = engine_data.select_rows(80)
    frame = cascade_threshold.score(rows, Client(model=""))
    assert frame["id"].tolist() == [row.id for row in rows]
    assert set(frame["model"]) == {"aws"}
    assert set(frame["paid"]) <= {"NEGATIVE", "NEUTRAL", "POSITIVE"}


class FailingClient:
    """A boto3 client whose response has an error for its only text."""

    def batch_detect_sentiment(self, **_):
        errors = [{"Index": 0, "ErrorCode": "X", "ErrorMessage": "too large"}]
        return {"ResultList": [], "ErrorList": errors}


def test_text_without_a_score_is_an_error():
    """A partial response must not be used as a complete one."""
    with pytest.raises(RuntimeError, match="did not score"):
        cascade_threshold.score([Sample("tweets-0", "x" * 5001, 0.0)], FailingClient())


def test_selected_rows_are_held_out():
    """The same number from each data set, and always the same rows."""
    rows = engine_data.select_rows(100)
    sets = [row.id.split("-")[0] for row in rows]
    assert {name: sets.count(name) for name in DATASETS} == dict.fromkeys(DATASETS, 25)
    held_out = {row.id for name in DATASETS for row in held_out_rows(name)}
    assert {row.id for row in rows} <= held_out
    assert rows == engine_data.select_rows(100)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I don't like it", {"negation"}),
        ("Nice, but slow", {"contrast (but, however)"}),
        ("Hello :-) there", {"emoticon"}),
        ("I 😍 this", {"emoji"}),
        ("Oh great, rain again", {"cue of sarcasm"}),
        ("It is knotty", set()),
    ],
)
def test_kinds_of_text_are_detected(text, kinds):
    """By pattern; each text also belongs to one class of length."""
    [line] = pd.DataFrame({"text": [text], "compound": [0.1]}).itertuples()
    detected = {kind for kind, belongs in engine_analysis.KINDS.items() if belongs(line)}
    lengths = {kind for kind in detected if "characters" in kind}
    assert detected - lengths == kinds
    assert len(lengths) == 1


@pytest.mark.parametrize(("right", "wrong"), [("vader", "paid"), ("paid", "vader")])
def test_examples_are_printable_texts_with_opposite_labels(right, wrong):
    """Tweets and product reviews only; one label is true, the other its opposite."""
    frame = cascade_threshold.score(engine_data.select_rows(600), Client())
    examples = engine_analysis.examples(frame, right=right, wrong=wrong, number=50)
    assert len(examples)
    assert set(frame.loc[examples.index, "dataset"]) <= {"tweets", "reviews"}
    assert (examples[right] == frame.loc[examples.index, "truth"]).all()
    pairs = set(zip(examples[right], examples[wrong], strict=True))
    assert pairs <= {(P, N), (N, P)}
