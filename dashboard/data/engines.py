"""The data of the page Engines: one text by each engine, and documents scored by both."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd
from botocore.config import Config

from dashboard.data.auth import Member
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.live import engines_in_use
from dashboard.data.messages import GLOSSARY, LABELS, SENTIMENTS, fallback, sentiment_name
from dashboard.data.spend import caps_of
from echostream.adapters.comprehend import Comprehend
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.language_detector import LanguageDetector
from echostream.adapters.paid_calls import AWS_MODEL, UNAVAILABLE, PaidCalls
from echostream.adapters.vader import Vader
from echostream.domain.languages import EnglishOnly
from echostream.domain.model import Document, Scores, Sentiment
from echostream.domain.query import MAX_LIMIT
from echostream.domain.spend import SpendGuard
from echostream_cli.target import Target
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


def compare(text: str, member: Member) -> tuple[EngineScore, EngineScore]:
    """The scores of VADER and of Comprehend (in the sandbox: of its stand-in)."""
    return _vader(text), _comprehend(text, member)


@cache
def _engine() -> EnglishOnly:
    return EnglishOnly(Vader(), LanguageDetector())


def _vader(text: str) -> EngineScore:
    document = Document("text", text, "dashboard", datetime.now(UTC))
    [result] = _engine().enrich([document], datetime.now(UTC))
    if result.unscored:
        name = sentiment_name({"unscored": result.unscored, "language": result.language})
        return EngineScore("VADER", failure=f"{name}. {GLOSSARY['Not scored']}")
    scores = _shares(result.scores)
    note = f"{result.engine_version}; VADER has no mixed sentiment"
    return EngineScore("VADER", result.sentiment.value, result.compound, scores, note)


def _comprehend(text: str, member: Member) -> EngineScore:
    """Comprehend's score, charged to the tenant's cap like the score of a stored document."""
    try:
        with translate_errors():
            engine = Comprehend(_paid_calls(deployment().target, member.tenant), free=_engine())
            document = Document("text", text, "dashboard", datetime.now(UTC))
            [scored] = engine.enrich([document], datetime.now(UTC))
    except ServiceError as error:
        return EngineScore("Comprehend", failure=error.message)
    if scored.fallback == UNAVAILABLE:
        return EngineScore("Comprehend", failure=ServiceError("unreachable").message)
    if scored.fallback:
        reason = fallback(scored.fallback)
        return EngineScore("Comprehend", failure=f"There is no score: {reason}.")
    model = scored.engine_version
    return EngineScore(
        title="Comprehend" if model == AWS_MODEL else f"Comprehend, by {model}",
        sentiment=scored.sentiment.value,
        compound=scored.compound,
        scores=_shares(scored.scores),
        note="" if model == AWS_MODEL else "A local stand-in for AWS's model; AWS's scores differ",
    )


def _shares(scores: Scores) -> dict[str, float]:
    return {one.value: getattr(scores, one.lower()) for one in Sentiment}


def _paid_calls(target: Target, tenant: str) -> PaidCalls:
    """Calls of Comprehend that the deployment's spend guard meters. Raises `UserError`."""
    caps, table = caps_of(target), target.outputs()["TableName"]
    ledger = DynamoDBLedger(target.client("dynamodb"), table)
    guard = SpendGuard(ledger, tenant, caps["TenantSpendCap"], caps["SpendCap"])
    return PaidCalls(target.client("comprehend", ONCE), guard)


def stored(api: ApiClient) -> Stored:
    """Read the newest documents. Raises `ServiceError`."""
    with translate_errors():
        documents = list(_newest(api))
        return Stored(len(documents), engines_in_use(documents), scored_by_both(documents))


def scored_by_both(documents: list[dict[str, Any]]) -> pd.DataFrame:
    """The documents that both engines have scored, one row each.

    Columns: text, source, and for each engine its label, `_compound` and `_version`.
    """
    rows = [_row(document) for document in documents]
    columns = ["text", "source"]
    columns += [name + suffix for name in ENGINES for suffix in ("", "_compound", "_version")]
    return pd.DataFrame([row for row in rows if row], columns=columns)


def _newest(api: ApiClient) -> Iterator[dict[str, Any]]:
    cursor, number = None, 0
    while number < DOCUMENTS:
        page = api.query(limit=MAX_LIMIT, cursor=cursor)
        yield from page["documents"]
        number += len(page["documents"])
        cursor = page["cursor"]
        if not cursor:
            return


def _row(document: dict[str, Any]) -> dict[str, Any] | None:
    every = (*document["others"], document)
    scores = {one["engine"]: one for one in every if not one.get("unscored")}
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
