"""Computes the threshold of the cascade: `python -m bench.engines.cascade_threshold`.

The cascade uses the paid engine if VADER's |compound| is below a threshold. The accuracy and the
price of every threshold are computed from the scores of both engines for the same rated texts. The
stand-in was not trained on these texts. Each data set has the same weight.

A frame of scored texts has the columns `dataset`, `truth`, `vader` and `paid` (labels of
`metrics.LABELS`), `compound` (VADER's, -1 to 1) and `units` (that the paid engine charges).
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
from echostream.adapters.comprehend import MAX_BATCH, cut
from echostream.adapters.paid_calls import AWS_MODEL, MODEL_HEADER
from echostream.adapters.vader import Vader
from echostream.domain.model import POSITIVE_THRESHOLD, Document
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from echostream.domain.spend import units_of
from echostream_cli.errors import UserError
from echostream_cli.settings import load_running
from seed.dataset import DATASETS, Sample

NEUTRAL_BAND = 4 * POSITIVE_THRESHOLD
"""A text with a smaller |mean rating| (-4 to 4) is neutral: the paper's 0.05 on its scale from -1
to 1."""
THRESHOLDS = tuple(round(step / 20, 2) for step in range(21))
"""0 is VADER alone, 1 the paid engine alone."""


def score(rows: Sequence[Sample], comprehend: Any) -> pd.DataFrame:
    """The labels of the raters, VADER and Comprehend (a boto3 client) for rated rows.

    One line a row, with the columns above and `id`, `text`, `rating`, `label` (Comprehend's own,
    which may be MIXED), the four scores, and `model` (the source of the response). `paid` is the
    largest of the three scores without MIXED, because the ratings have no class MIXED.
    """
    results = [result for batch in _batches(rows) for result in detect(comprehend, batch)]
    now = datetime.now(UTC)
    documents = [Document(row.id, row.text, "evaluation", now, language="en") for row in rows]
    frame = pd.DataFrame(results).assign(
        id=[row.id for row in rows],
        dataset=[row.id.split("-")[0] for row in rows],
        text=[row.text for row in rows],
        rating=[row.rating for row in rows],
        truth=[label_of(row.rating, NEUTRAL_BAND) for row in rows],
        compound=[enrichment.compound for enrichment in Vader().enrich(documents, now)],
        units=[units_of([row.text]) for row in rows],
    )
    frame["vader"] = [label_of(compound, POSITIVE_THRESHOLD) for compound in frame["compound"]]
    frame["paid"] = frame[list(LABELS)].idxmax(axis=1)
    return frame


def detect(comprehend: Any, rows: Sequence[Sample]) -> list[dict[str, Any]]:
    """Label, scores and model of up to 25 rows, in one call. RuntimeError for a failed item."""
    texts = [cut(row.text) for row in rows]
    response = comprehend.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    if response["ErrorList"]:
        raise RuntimeError(f"Comprehend did not score all texts: {response['ErrorList'][0]}")
    model = response["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
    return [
        {"label": result["Sentiment"], "model": model}
        | {name.upper(): value for name, value in result["SentimentScore"].items()}
        for result in sorted(response["ResultList"], key=lambda result: result["Index"])
    ]


def _batches(rows: Sequence[Sample]) -> list[Sequence[Sample]]:
    return [rows[start : start + MAX_BATCH] for start in range(0, len(rows), MAX_BATCH)]


def is_correct(frame: pd.DataFrame, threshold: float) -> pd.Series:
    """Whether the cascade gives each text the label of its raters."""
    is_unsure = frame["compound"].abs() < threshold
    return frame["paid"].where(is_unsure, frame["vader"]) == frame["truth"]


def curve(frame: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> pd.DataFrame:
    """For each threshold (the index): `accuracy`, `paid` and `dollars`.

    `accuracy` and `paid` (the share of texts that the paid engine scores) are means over the data
    sets. `dollars` is the price of API calls for a million such texts (us-east-1, first tier).
    """
    lines = []
    for threshold in thresholds:
        is_unsure = frame["compound"].abs() < threshold
        per_text = pd.DataFrame(
            {
                "accuracy": is_correct(frame, threshold),
                "paid": is_unsure,
                "dollars": is_unsure * frame["units"] * COMPREHEND_DOLLARS_PER_UNIT * 1e6,
            }
        ).astype(float)
        lines.append(per_text.groupby(frame["dataset"]).mean().mean())
    return pd.DataFrame(lines, index=pd.Index(thresholds, name="threshold"))


def choose_threshold(frame: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> float:
    """The lowest and thus cheapest threshold within one standard error of the best accuracy.

    Source: the one-standard-error rule (Breiman et al., Classification and Regression Trees, 1984).
    """
    accuracies = curve(frame, thresholds)["accuracy"].to_numpy()
    best = int(accuracies.argmax())
    is_close = accuracies >= accuracies[best] - standard_error(frame, thresholds[best])
    return float(min(np.asarray(thresholds)[is_close]))


def standard_error(frame: pd.DataFrame, threshold: float) -> float:
    """The standard error of the accuracy of a threshold, as a mean over the data sets."""
    grouped = is_correct(frame, threshold).astype(float).groupby(frame["dataset"])
    return float(np.sqrt((grouped.var() / grouped.size()).sum())) / len(grouped)


def main() -> None:
    rows = [row for dataset in DATASETS for row in held_out_rows(dataset)]
    try:
        frame = score(rows, load_running().target.client("comprehend"))
    except UserError as error:
        sys.exit(f"error: {error}")
    except EndpointConnectionError as error:
        sys.exit(f"error: {error}. Start the sandbox with: make up")
    print(f"{len(frame):,} texts, scored by VADER and {', '.join(sorted(set(frame['model'])))}")
    print(curve(frame).round(4).to_string())
    print(f"chosen: {choose_threshold(frame)}")
    for dataset, texts in frame.groupby("dataset"):
        print(f"  {dataset} alone: {choose_threshold(texts)}")


if __name__ == "__main__":
    main()
