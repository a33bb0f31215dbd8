"""The aspects of the page Themes: what documents praise and criticise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters
from dashboard.data.formatting import score
from dashboard.data.messages import OWN_TEXTS, TEXTS, plural
from dashboard.data.themes import Documents, Size, filtered
from echostream_client.api import ApiClient


@dataclass(frozen=True, slots=True)
class Aspects:
    """A row of `table` for each aspect, and the sentences that praise and that criticise it.

    `read` documents of the period were read.
    """

    size: Size
    read: int
    table: pd.DataFrame
    praise: list[Documents]
    criticism: list[Documents]


def load(api: ApiClient, filters: Filters, is_masked: bool, now: datetime) -> Aspects:
    """Fetch the aspects of the filters, with masked texts or not. Raises `ServiceError`."""
    with translate_errors():
        return _aspects(api.aspects(**filtered(filters, is_masked, now)))


def _aspects(response: Mapping[str, Any]) -> Aspects:
    period, found = response["period"], response["aspects"]
    return Aspects(
        size=Size(int(period["documents"]), bool(period["complete"])),
        read=int(period["total"]),
        table=_table(found),
        praise=[list(one["praise"]) for one in found],
        criticism=[list(one["criticism"]) for one in found],
    )


def _table(found: Documents) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Aspect": [str(one["phrase"]) for one in found],
            "Documents": [int(one["documents"]) for one in found],
            "Praised": [int(one["praised"]) for one in found],
            "Criticised": [int(one["criticised"]) for one in found],
            "Mean score": [float(one["mean_compound"]) for one in found],
        }
    )


def read_text(aspects: Aspects) -> str:
    """How many documents were read, and how far the sentiment can be trusted."""
    read, documents = plural(aspects.read, "document"), f"{aspects.size.documents:,}"
    text = TEXTS["themes_read"] if aspects.size.is_complete else OWN_TEXTS["aspects_sample"]
    return f"{text.format(read=read, documents=documents)} {OWN_TEXTS['aspects_vader']}"


def no_aspect(aspects: Aspects) -> str:
    """Why there is no aspect; empty if there is one."""
    return OWN_TEXTS["no_aspect"] if aspects.table.empty else ""


def origin(sentence: Mapping[str, Any]) -> str:
    """The score of the clause that names the aspect, and the id of the document, not escaped."""
    return f"Score of the clause {score(sentence['compound'])}, document id {sentence['id']}"
