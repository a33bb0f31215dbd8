"""Rated texts in the running sandbox, and the scores of both engines."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import boto3
import pandas as pd

from bench.engines import cascade_threshold, metrics
from bench.stand_in.split import held_out_rows
from echostream.adapters.comprehend import MAX_BATCH
from echostream.adapters.paid_calls import AWS_MODEL
from echostream.adapters.vader import ENGINE, Vader
from echostream.domain.model import Document
from echostream.domain.query import MAX_LIMIT
from echostream_cli.outputs import running_api
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient
from echostream_client.send import send
from seed.dataset import DATASETS, Sample

QUERY_TIMEOUT = 30.0
"""Seconds until `/query` must return an accepted text."""
ENDPOINT = "AWS_ENDPOINT_URL_COMPREHEND"


@dataclass(frozen=True, slots=True)
class Source:
    """The models behind the paid engine, as named in the header of its responses."""

    models: tuple[str, ...]

    @property
    def is_aws(self) -> bool:
        """Whether all scores are Amazon Comprehend's own, live or recorded."""
        parts = {part for model in self.models for part in model.split("+")}
        return parts <= {AWS_MODEL, "cassette"}

    @property
    def name(self) -> str:
        """The engine's name in a legend."""
        return "Comprehend" if self.is_aws else "stand-in"

    @property
    def noun(self) -> str:
        """The engine's name in a sentence."""
        return self.name if self.is_aws else f"the {self.name}"

    @property
    def title(self) -> str:
        """The source in a figure's title."""
        names = {AWS_MODEL: "AWS", "cassette": "cassette of AWS"}
        parts = sorted({part for model in self.models for part in model.split("+")})
        text = " and ".join(names.get(part, part.replace("/", " ")) for part in parts)
        return f"source: {text}"


def select_rows(number: int) -> list[Sample]:
    """A fixed selection of about `number` rated texts, the same number from each data set.

    The stand-in was not trained on them.
    """
    per_dataset = -(-number // len(DATASETS))
    return [
        row
        for dataset in DATASETS
        for row in sorted(held_out_rows(dataset), key=_order)[:per_dataset]
    ]


def _order(row: Sample) -> bytes:
    return sha256(row.id.encode()).digest()


def store_rows(rows: Sequence[Sample], client: ApiClient | None = None) -> pd.DataFrame:
    """Send rows to the API of the running sandbox and read them back, one line a document.

    Stored documents do not change. Raises `UserError` if no sandbox runs, RuntimeError for a
    rejected text, TimeoutError if `/query` does not return all texts.
    """
    api = client or running_api()
    result = send(api, [_to_wire(row) for row in rows])
    if result.rejected:
        raise RuntimeError(f"the sandbox rejected a text: {result.rejected[0]}")
    ids = {row.id for row in rows}
    deadline = time.monotonic() + QUERY_TIMEOUT
    while len(documents := _fetch(api, ids)) < len(ids):
        if time.monotonic() > deadline:
            missing = len(ids) - len(documents)
            raise TimeoutError(f"/query does not return {missing} accepted texts")
    return pd.DataFrame([documents[row.id] for row in rows])


def _to_wire(row: Sample) -> dict[str, str]:
    return {"id": row.id, "text": row.text, "source": "evaluation", "language": "en"}


def _fetch(client: ApiClient, ids: set[str]) -> dict[str, dict[str, Any]]:
    """Documents by id, page by page, until all are read or there are no more."""
    documents: dict[str, dict[str, Any]] = {}
    cursor = None
    while True:
        page = client.query(limit=MAX_LIMIT, cursor=cursor)
        documents |= {document["id"]: document for document in page["documents"]}
        cursor = page["cursor"]
        if cursor is None or ids <= documents.keys():
            return {name: document for name, document in documents.items() if name in ids}


def comprehend_client() -> Any:
    """boto3's Comprehend client.

    With AWS_ENDPOINT_URL_COMPREHEND it calls that address with the environment's credentials, and
    otherwise the sandbox's companion.
    """
    settings, endpoint = load_running(), os.environ.get(ENDPOINT)
    if not endpoint:
        return settings.target.client("comprehend")
    make: Any = boto3.client
    return make("comprehend", endpoint_url=endpoint, region_name=settings.aws_region)


def score_documents(
    documents: pd.DataFrame, rows: Sequence[Sample], comprehend: Any
) -> pd.DataFrame:
    """The labels of raters, VADER and Comprehend for documents (see `cascade_threshold.score`).

    The texts are those of the API; ratings are joined by id. Adds `confidence`: the largest of
    Comprehend's three scores without MIXED, divided by their sum.
    """
    ratings = {row.id: row.rating for row in rows}
    samples = [Sample(d["id"], d["text"], ratings[d["id"]]) for d in documents.to_dict("records")]
    frame = cascade_threshold.score(samples, comprehend)
    three = frame[list(metrics.LABELS)]
    return frame.assign(confidence=three.max(axis=1) / three.sum(axis=1))


def count_equal_scores(frame: pd.DataFrame, documents: pd.DataFrame) -> tuple[int, int]:
    """The number of stored VADER compounds that equal those of `frame`, and the number stored."""
    stored = documents[documents["engine"] == ENGINE].set_index("id")["compound"]
    computed = frame.set_index("id")["compound"].reindex(stored.index)
    return int((computed == stored).sum()), len(stored)


def get_source(frame: pd.DataFrame) -> Source:
    """The source of the paid engine's scores in a frame."""
    return Source(tuple(sorted(set(frame["model"]))))


def measure_latencies(texts: Sequence[str], comprehend: Any, calls: int = 40) -> pd.DataFrame:
    """Milliseconds of each call: a column for each kind of call, a line for each call."""
    batches = [texts[start : start + MAX_BATCH] for start in range(0, len(texts), MAX_BATCH)]
    vader, now = Vader(), datetime.now(UTC)

    def score(batch: Sequence[str]) -> None:
        vader.enrich([Document("x", text, "x", now) for text in batch], now)

    score(texts[:1])
    calls_by_kind: Mapping[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
        "VADER, 1 text": (lambda text: score([text]), texts),
        "VADER, 25 texts": (score, batches),
        "detect_sentiment, 1 text": (
            lambda text: comprehend.detect_sentiment(Text=text, LanguageCode="en"),
            texts,
        ),
        "batch_detect_sentiment, 25 texts": (
            lambda batch: comprehend.batch_detect_sentiment(TextList=batch, LanguageCode="en"),
            batches,
        ),
    }
    return pd.DataFrame(
        {
            name: pd.Series([_milliseconds(call, argument) for argument in arguments[:calls]])
            for name, (call, arguments) in calls_by_kind.items()
        }
    )


def _milliseconds(call: Callable[[Any], Any], argument: Any) -> float:
    start = time.perf_counter()
    call(argument)
    return (time.perf_counter() - start) * 1e3
