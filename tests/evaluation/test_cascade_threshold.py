"""The threshold of the cascade comes from data, and so does the figure that shows it."""

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


class Client:
    """What a boto3 client answers, from the companion's own code without the wire."""

    def __init__(self, model="stand-in/test"):
        self._service = ComprehendService(SentimentModel.load(), Cassette(Path("no-such-folder")))
        self._headers = {"x-echostream-model": model} if model else {}

    def batch_detect_sentiment(self, **request):
        assert len(request["TextList"]) <= 25
        body = self._service.respond("BatchDetectSentiment", request, None).body
        return {**body, "ResponseMetadata": {"HTTPHeaders": self._headers}}


def texts(*groups):
    """Judged texts from (number, compound, vader's label, paid label); people say POSITIVE."""
    lines = [(c, v, p) for number, c, v, p in groups for _ in range(number)]
    frame = pd.DataFrame(lines, columns=["compound", "vader", "paid"])
    return frame.assign(truth=P, dataset="tweets", units=3)


def test_what_a_threshold_buys():
    """Below it the paid engine's label counts and is paid for, from it on VADER's."""
    frame = texts((50, -0.2, N, P), (50, 0.8, P, N))
    found = cascade_threshold.curve(frame, [0, 0.2, 0.25, 1])
    assert found["accuracy"].tolist() == [0.5, 0.5, 1.0, 0.5]
    assert found["paid"].tolist() == [0, 0, 0.5, 1]
    assert found["dollars"].tolist() == pytest.approx([0, 0, 150, 300])


def test_data_sets_weigh_the_same():
    """However many texts each has."""
    many, few = texts((90, 0.5, P, N)), texts((10, 0.5, N, P)).assign(dataset="film")
    assert cascade_threshold.curve(pd.concat([many, few]), [0])["accuracy"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("frame", "chosen"),
    [
        (texts((50, 0.3, N, P), (50, 0.8, P, P)), 0.35),
        (texts((50, 0.3, P, P), (50, 0.8, P, P)), 0.0),
        (texts((500, 0.0, N, P), (1, 0.6, N, P), (500, 0.9, P, P), (99, 0.95, N, N)), 0.05),
    ],
    ids=["what pays", "nothing to gain", "a gain within chance"],
)
def test_the_cheapest_threshold_that_is_as_good_as_the_best(frame, chosen):
    """But for one standard error."""
    assert cascade_threshold.choose_threshold(frame) == chosen


def test_the_pipelines_threshold_is_the_one_that_the_data_choose():
    """Over every row that the stand-in did not learn from, each data set with the same weight."""
    rows = [row for dataset in DATASETS for row in held_out_rows(dataset)]
    assert cascade_threshold.choose_threshold(cascade_threshold.judge(rows, Client())) == THRESHOLD


def test_judging_keeps_ids_and_order():
    """A row a text, with who answered; without the header it is AWS."""
    rows = engine_data.rows(80)
    frame = cascade_threshold.judge(rows, Client(model=""))
    assert frame["id"].tolist() == [row.id for row in rows]
    assert set(frame["model"]) == {"aws"}
    assert set(frame["paid"]) <= {"NEGATIVE", "NEUTRAL", "POSITIVE"}


def test_a_text_that_was_not_scored_is_an_error():
    """Half an answer must not pass for a whole one."""
    with pytest.raises(RuntimeError, match="did not score"):
        cascade_threshold.judge([Sample("tweets-0", "x" * 5001, 0.0)], TooBig())


class TooBig:
    def batch_detect_sentiment(self, **_):
        errors = [{"Index": 0, "ErrorCode": "X", "ErrorMessage": "too big"}]
        return {"ResultList": [], "ErrorList": errors}


def test_rows_are_held_out_and_of_every_set():
    """As many of each, always the same, none that the stand-in learnt from."""
    rows = engine_data.rows(100)
    sets = [row.id.split("-")[0] for row in rows]
    assert {name: sets.count(name) for name in DATASETS} == dict.fromkeys(DATASETS, 25)
    held_out = {row.id for name in DATASETS for row in held_out_rows(name)}
    assert {row.id for row in rows} <= held_out
    assert rows == engine_data.rows(100)


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
def test_kinds_of_text(text, kinds):
    """Patterns find what they are named after."""
    [line] = pd.DataFrame({"text": [text], "compound": [0.1]}).itertuples()
    found = {kind for kind, belongs in engine_analysis.KINDS.items() if belongs(line)}
    assert found - {kind for kind in found if "characters" in kind} == kinds
    assert any("characters" in kind for kind in found)


def test_examples_are_of_texts_that_may_be_shown():
    """Tweets and product reviews only, and only where the engines say the opposite."""
    rows = engine_data.rows(600)
    frame = cascade_threshold.judge(rows, Client())
    found = engine_analysis.examples(frame, right="vader", wrong="paid", number=50)
    assert len(found)
    assert set(frame.loc[found.index, "dataset"]) <= {"tweets", "reviews"}
    assert not (found["vader"] == found["paid"]).any()
