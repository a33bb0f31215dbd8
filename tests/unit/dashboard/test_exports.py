"""Exports of documents, opened in Excel and imported again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.data.explore import csv_of, parquet_of
from echostream.domain.codec import scored_to_wire
from echostream_import.documents.plan import Options, make_plan
from echostream_import.reading.opening import open_rows
from tests.builders import scored

TEXTS = ("plain", "=1+1", "'=1+1", "''-2", "'quoted'", "caf\u00e9 \U0001f60d\nline", " - a list")
FIELDS = ("id", "text", "source", "channel", "author", "rating", "attributes")
ATTRIBUTES = {"app version": "2.1", "formula": "=2", "a.b": "c"}


def documents():
    for number, text in enumerate(TEXTS):
        stored = scored(f"shop:{number}", text=text, channel="r/x")
        document = replace(stored.document, rating=4.5, attributes=ATTRIBUTES)
        yield scored_to_wire(replace(stored, document=document))


@pytest.mark.parametrize(("name", "export"), [("a.csv", csv_of), ("a.parquet", parquet_of)])
def test_an_export_comes_back_as_it_was(name, export, tmp_path):
    """The same ids, texts, ratings and attributes, so that all rows are repeats."""
    exported = list(documents())
    path = tmp_path / name
    path.write_bytes(export(exported))
    file = open_rows(path)
    plan = make_plan(file, Options(), datetime.now(UTC))
    sent = [one.document for one in plan.documents(file.rows())]
    assert [{name: one.get(name) for name in FIELDS} for one in sent] == [
        {name: one[name] for name in FIELDS} for one in exported
    ]


def test_excel_knows_the_encoding_of_an_export():
    """By the byte order mark."""
    assert csv_of(list(documents())).startswith(b"\xef\xbb\xbfid,")
