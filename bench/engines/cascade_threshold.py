"""The threshold of the cascade, from data: `python -m bench.engines.cascade_threshold`.

The cascade asks the paid engine where VADER's |compound| is below a threshold. Here the accuracy
and the price of every threshold are worked out from what both engines say of the same rated
texts: rows that the stand-in did not learn from. Each data set weighs the same.

A frame of judged texts has the columns `dataset`, `truth`, `vader` and `paid` (labels of
`metrics.LABELS`), `compound` (VADER's, -1 to 1) and `units` (what the paid engine charges).
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from botocore.exceptions import EndpointConnectionError

from bench.engines.metrics import LABELS, label_of
from bench.stand_in.split import held_out_rows
from echostream.adapters.comprehend import AWS_MODEL, MAX_BATCH, MODEL_HEADER, cut
from echostream.adapters.vader import Vader
from echostream.domain.model import POSITIVE_THRESHOLD, Document
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from echostream.domain.spend import units_of
from echostream_cli.errors import UserError
from echostream_cli.settings import load_running
from seed.dataset import DATASETS, Sample

NEUTRAL_BAND = 4 * POSITIVE_THRESHOLD
"""A text is neutral to people where its mean rating (-4 to 4) is nearer to 0: the paper's 0.05 on
its scale from -1 to 1."""
THRESHOLDS = tuple(round(step / 20, 2) for step in range(21))
"""0 is VADER alone, 1 the paid engine alone."""


def judge(rows: Sequence[Sample], comprehend: Any) -> pd.DataFrame:
    """What people, VADER and Comprehend (a boto3 client) say of rated rows, one line a row.

    Beside the columns above: `id`, `text`, `rating`, `said` (Comprehend's own label, which may be
    MIXED), the four scores, and `model` (who answered). `paid` is the largest of the three scores
    without MIXED, for people's ratings do not know MIXED.
    """
    answers = [found for batch in _batches(rows) for found in ask(comprehend, batch)]
    now = datetime.now(UTC)
    made = [Document(row.id, row.text, "evaluation", now, language="en") for row in rows]
    frame = pd.DataFrame(answers).assign(
        id=[row.id for row in rows],
        dataset=[row.id.split("-")[0] for row in rows],
        text=[row.text for row in rows],
        rating=[row.rating for row in rows],
        truth=[label_of(row.rating, NEUTRAL_BAND) for row in rows],
        compound=[found.compound for found in Vader().enrich(made, now)],
        units=[units_of([row.text]) for row in rows],
    )
    frame["vader"] = [label_of(compound, POSITIVE_THRESHOLD) for compound in frame["compound"]]
    frame["paid"] = frame[list(LABELS)].idxmax(axis=1)
    return frame


def ask(comprehend: Any, rows: Sequence[Sample]) -> list[dict[str, Any]]:
    """One batch call: label, scores and model of up to 25 rows. RuntimeError for a failed item."""
    texts = [cut(row.text) for row in rows]
    answer = comprehend.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    if answer["ErrorList"]:
        raise RuntimeError(f"Comprehend did not score all texts: {answer['ErrorList'][0]}")
    model = answer["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
    return [
        {"said": result["Sentiment"], "model": model}
        | {name.upper(): score for name, score in result["SentimentScore"].items()}
        for result in sorted(answer["ResultList"], key=lambda result: result["Index"])
    ]


def _batches(rows: Sequence[Sample]) -> list[Sequence[Sample]]:
    return [rows[start : start + MAX_BATCH] for start in range(0, len(rows), MAX_BATCH)]


def right(judged: pd.DataFrame, threshold: float) -> pd.Series:
    """Whether the cascade gives each text the label that people gave it."""
    unsure = judged["compound"].abs() < threshold
    return judged["paid"].where(unsure, judged["vader"]) == judged["truth"]


def curve(judged: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> pd.DataFrame:
    """For each threshold (the index): `accuracy`, `paid` and `dollars`.

    Accuracy and the share of texts that are paid for are means over the data sets; dollars are of
    the API, for a million such texts, at the first tier's price in us-east-1.
    """
    lines = []
    for threshold in thresholds:
        unsure = judged["compound"].abs() < threshold
        per_text = pd.DataFrame(
            {
                "accuracy": right(judged, threshold),
                "paid": unsure,
                "dollars": unsure * judged["units"] * COMPREHEND_DOLLARS_PER_UNIT * 1e6,
            }
        ).astype(float)
        lines.append(per_text.groupby(judged["dataset"]).mean().mean())
    return pd.DataFrame(lines, index=pd.Index(thresholds, name="threshold"))


def choose_threshold(judged: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> float:
    """The lowest threshold, so the cheapest, within one standard error of the best accuracy.

    The one-standard-error rule (Breiman et al., Classification and Regression Trees, 1984): where
    the data cannot tell thresholds apart, the one that pays for the fewest texts is taken.
    """
    accuracies = curve(judged, thresholds)["accuracy"].to_numpy()
    best = int(accuracies.argmax())
    enough = accuracies >= accuracies[best] - standard_error(judged, thresholds[best])
    return float(min(np.asarray(thresholds)[enough]))


def standard_error(judged: pd.DataFrame, threshold: float) -> float:
    """Of the mean over the data sets of the accuracy that a threshold gives."""
    grouped = right(judged, threshold).astype(float).groupby(judged["dataset"])
    return float(np.sqrt((grouped.var() / grouped.size()).sum())) / len(grouped)


def main() -> None:
    rows = [row for dataset in DATASETS for row in held_out_rows(dataset)]
    try:
        judged = judge(rows, load_running().target.client("comprehend"))
    except UserError as error:
        sys.exit(f"error: {error}")
    except EndpointConnectionError as error:
        sys.exit(f"error: {error}. Start the sandbox with: make up")
    print(f"{len(judged):,} texts, scored by VADER and {', '.join(sorted(set(judged['model'])))}")
    print(curve(judged).round(4).to_string())
    print(f"chosen: {choose_threshold(judged)}")
    for dataset, texts in judged.groupby("dataset"):
        print(f"  {dataset} alone: {choose_threshold(texts)}")


if __name__ == "__main__":
    main()
