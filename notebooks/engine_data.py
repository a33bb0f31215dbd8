"""Rated texts in the running sandbox, and what both engines say of them."""

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
from echostream.adapters.comprehend import AWS_MODEL, MAX_BATCH
from echostream.adapters.vader import ENGINE, Vader
from echostream.domain.model import Document
from echostream_cli.outputs import running_api
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient
from seed.dataset import DATASETS, Sample
from seed.send import send

PAGE = 500
PATIENCE = 30.0
"""Seconds until a text that was accepted must show up in `/query`."""
ENDPOINT = "AWS_ENDPOINT_URL_COMPREHEND"


@dataclass(frozen=True, slots=True)
class Source:
    """Who answered for Comprehend, as the answers' header says."""

    models: tuple[str, ...]

    @property
    def is_aws(self) -> bool:
        """Whether every answer is Amazon Comprehend's own, now or when it was recorded."""
        parts = {part for model in self.models for part in model.split("+")}
        return parts <= {AWS_MODEL, "cassette"}

    @property
    def name(self) -> str:
        """What a figure's legend calls the engine."""
        return "Comprehend" if self.is_aws else "stand-in"

    @property
    def noun(self) -> str:
        """What a sentence calls the engine."""
        return self.name if self.is_aws else f"the {self.name}"

    @property
    def title(self) -> str:
        """What every figure's title says of where its numbers come from."""
        names = {AWS_MODEL: "AWS", "cassette": "cassette of AWS"}
        parts = sorted({part for model in self.models for part in model.split("+")})
        told = " and ".join(names.get(part, part.replace("/", " ")) for part in parts)
        return f"source: {told}"


def rows(number: int) -> list[Sample]:
    """A fixed pick of about `number` rated texts, as many of each data set.

    Only rows that the stand-in did not learn from.
    """
    each = -(-number // len(DATASETS))
    return [
        row
        for dataset in DATASETS
        for row in sorted(held_out_rows(dataset), key=lambda row: sha256(row.id.encode()).digest())[
            :each
        ]
    ]


def stored(wanted: Sequence[Sample], client: ApiClient | None = None) -> pd.DataFrame:
    """The wanted texts as the API of the running sandbox gives them, one line a document.

    Those that are not stored yet are sent first; sending again what is there changes nothing.
    Raises `UserError` where no sandbox runs, TimeoutError where accepted texts
    do not show up.
    """
    api = client or running_api()
    sent = send(api, [_wire(row) for row in wanted], progress=False)
    if sent.rejected:
        raise RuntimeError(f"the sandbox did not take a text: {sent.rejected[0]}")
    names = {row.id for row in wanted}
    deadline = time.monotonic() + PATIENCE
    while len(found := _pages(api, names)) < len(names):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(names) - len(found)} accepted texts are not in /query")
    return pd.DataFrame([found[row.id] for row in wanted])


def _wire(row: Sample) -> dict[str, str]:
    return {"id": row.id, "text": row.text, "source": "evaluation", "language": "en"}


def _pages(client: ApiClient, names: set[str]) -> dict[str, dict[str, Any]]:
    """Documents by id, page by page, until all are found or there are no more."""
    found: dict[str, dict[str, Any]] = {}
    cursor = None
    while True:
        page = client.query(limit=PAGE, cursor=cursor)
        found |= {document["id"]: document for document in page["documents"]}
        cursor = page["cursor"]
        if cursor is None or names <= found.keys():
            return {name: document for name, document in found.items() if name in names}


def comprehend_client() -> Any:
    """boto3's Comprehend client.

    It asks AWS_ENDPOINT_URL_COMPREHEND with the environment's own credentials where that is set,
    else the sandbox's companion.
    """
    settings, endpoint = load_running(), os.environ.get(ENDPOINT)
    if not endpoint:
        return settings.target.client("comprehend")
    make: Any = boto3.client
    return make("comprehend", endpoint_url=endpoint, region_name=settings.aws_region)


def judged(documents: pd.DataFrame, wanted: Sequence[Sample], comprehend: Any) -> pd.DataFrame:
    """What people, VADER and Comprehend say of stored documents (see `cascade_threshold.judge`).

    Human ratings are joined by id; the texts are those that the API gave. Adds `confidence` (the
    largest of Comprehend's three scores, without MIXED, over their sum).
    """
    ratings = {row.id: row.rating for row in wanted}
    read = [Sample(d["id"], d["text"], ratings[d["id"]]) for d in documents.to_dict("records")]
    frame = cascade_threshold.judge(read, comprehend)
    three = frame[list(metrics.LABELS)]
    return frame.assign(confidence=three.max(axis=1) / three.sum(axis=1))


def same_as_stored(frame: pd.DataFrame, documents: pd.DataFrame) -> tuple[int, int]:
    """How many stored VADER compounds equal those worked out here, and how many are stored."""
    by_vader = documents[documents["engine"] == ENGINE].set_index("id")["compound"]
    here = frame.set_index("id")["compound"].reindex(by_vader.index)
    return int((here == by_vader).sum()), len(by_vader)


def source_of(frame: pd.DataFrame) -> Source:
    return Source(tuple(sorted(set(frame["model"]))))


def latencies(texts: Sequence[str], comprehend: Any, calls: int = 40) -> pd.DataFrame:
    """Milliseconds of each call, one column a kind of call, one line a call."""
    batches = [texts[start : start + MAX_BATCH] for start in range(0, len(texts), MAX_BATCH)]
    vader, now = Vader(), datetime.now(UTC)

    def score(batch: Sequence[str]) -> None:
        vader.enrich([Document("x", text, "x", now) for text in batch], now)

    score(texts[:1])
    timed: Mapping[str, tuple[Callable[[Any], Any], Sequence[Any]]] = {
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
            name: pd.Series([_milliseconds(call, one) for one in arguments[:calls]])
            for name, (call, arguments) in timed.items()
        }
    )


def _milliseconds(call: Callable[[Any], Any], argument: Any) -> float:
    start = time.perf_counter()
    call(argument)
    return (time.perf_counter() - start) * 1e3
