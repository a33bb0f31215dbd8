"""The data of the page Engines: one text by each engine, and documents scored by both."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dashboard.data.errors import translate_errors
from dashboard.data.live import engines_in_use
from dashboard.data.messages import LABELS, SENTIMENTS
from echostream.adapters.comprehend import AWS_MODEL, MODEL_HEADER, cut
from echostream.adapters.vader import Vader
from echostream.domain.model import Document
from echostream_cli import sam
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient

ENGINES = ("vader", "comprehend")
DOCUMENTS = 2_000
"""The number of newest documents to read."""
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=5)


@dataclass(frozen=True, slots=True)
class EngineScore:
    """The score of one engine for a text, or the reason for having none."""

    title: str
    sentiment: str = ""
    compound: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    note: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The engines of the newest documents, and the documents that both engines have scored."""

    number: int
    in_use: pd.DataFrame
    both: pd.DataFrame


def compare(text: str) -> tuple[EngineScore, EngineScore]:
    """The scores of VADER and of Comprehend (in the sandbox: of its stand-in)."""
    return _vader(text), _comprehend(text)


@cache
def _engine() -> Vader:
    return Vader()


def _vader(text: str) -> EngineScore:
    document = Document("text", text, "dashboard", datetime.now(UTC))
    [result] = _engine().enrich([document], datetime.now(UTC))
    scores = {name: getattr(result.scores, name.lower()) for name in SENTIMENTS}
    note = f"{result.engine_version}; VADER has no mixed sentiment"
    return EngineScore("VADER", result.sentiment.value, result.compound, scores, note)


def _comprehend(text: str) -> EngineScore:
    settings = load_running()
    client = sam.client(settings, "comprehend", ONCE)
    try:
        answer = client.detect_sentiment(Text=cut(text), LanguageCode="en")
    except (ClientError, BotoCoreError):
        return EngineScore(
            "Comprehend", failure="The service did not respond. `make status` shows what runs here."
        )
    model = answer["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
    scores = {name: answer["SentimentScore"][name.capitalize()] for name in SENTIMENTS}
    return EngineScore(
        title="Comprehend" if model == AWS_MODEL else f"Comprehend, by {model}",
        sentiment=answer["Sentiment"],
        compound=scores["POSITIVE"] - scores["NEGATIVE"],
        scores=scores,
        note=""
        if model == AWS_MODEL
        else "A local model in place of AWS; AWS may score differently",
    )


def stored(api: ApiClient) -> Stored:
    """Read the newest documents. Raises `ServiceError`."""
    with translate_errors():
        documents = list(_newest(api))
        return Stored(len(documents), engines_in_use(documents), scored_by_both(documents))


def scored_by_both(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """The documents that both engines have scored, a row each.

    Columns: text, source, and for each engine its label, `_compound` and `_version`.
    """
    rows = [_row(document) for document in documents]
    columns = ["text", "source"]
    columns += [name + suffix for name in ENGINES for suffix in ("", "_compound", "_version")]
    return pd.DataFrame([row for row in rows if row], columns=columns)


def _newest(api: ApiClient) -> Iterator[dict[str, Any]]:
    cursor, number = None, 0
    while number < DOCUMENTS:
        page = api.query(limit=500, cursor=cursor)
        yield from page["documents"]
        number += len(page["documents"])
        cursor = page["cursor"]
        if not cursor:
            return


def _row(document: dict[str, Any]) -> dict[str, Any] | None:
    scores = {one["engine"]: one for one in (*document["others"], document)}
    if not scores.keys() >= set(ENGINES):
        return None
    row = {"text": document["text"], "source": document["source"]}
    for name in ENGINES:
        row[name] = scores[name]["sentiment"]
        row[f"{name}_compound"] = scores[name]["compound"]
        row[f"{name}_version"] = scores[name]["engine_version"]
    return row


def agreement(both: pd.DataFrame) -> pd.DataFrame:
    """Counts of documents by VADER's label (rows) and Comprehend's (columns)."""
    table = pd.crosstab(both["vader"], both["comprehend"])
    labels = [name for name in SENTIMENTS if name in table.index or name in table.columns]
    return table.reindex(index=labels, columns=labels, fill_value=0).rename(
        index=LABELS, columns=LABELS
    )


def largest_differences(both: pd.DataFrame, most: int = 20) -> pd.DataFrame:
    """The documents whose two scores differ most."""
    difference = (both["vader_compound"] - both["comprehend_compound"]).abs()
    rows = both.loc[difference.nlargest(most).index]
    return pd.DataFrame(
        {
            "Text": rows["text"],
            "VADER": rows["vader"].map(LABELS),
            "VADER's score": rows["vader_compound"],
            "Comprehend": rows["comprehend"].map(LABELS),
            "Comprehend's score": rows["comprehend_compound"],
            "Source": rows["source"],
        }
    )


def engine_names(both: pd.DataFrame) -> str:
    """The versions of Comprehend that scored these documents."""
    return ", ".join(sorted(both["comprehend_version"].unique()))
