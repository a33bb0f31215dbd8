"""`make import` on the sandbox: files of several shapes, edited texts, a process that is killed."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from echostream_cli.paths import ROOT
from tests.commands import run
from tests.polling import wait_until

DAY = (datetime.now(UTC) - timedelta(days=3)).replace(hour=9, minute=30, second=0, microsecond=0)


@pytest.fixture
def import_file(settings, tmp_path):
    """A function that writes a file and imports it; the process, once it has ended."""

    def import_file(name, content, *options):
        path = tmp_path / name
        path.write_bytes(content)
        return run(settings.environment(), "import", f"--file={path}", *options)

    return import_file


@pytest.fixture
def stored(client):
    """A function that returns the documents of a source by text."""

    def stored(source):
        documents: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            page = client.query(source=source, limit=500, cursor=cursor or None)
            documents, cursor = documents + page["documents"], page["cursor"]
        by_text = {one["text"]: one for one in documents}
        assert len(by_text) == len(documents)
        return by_text

    return stored


def total(client, source):
    return sum(bucket["total"] for bucket in client.stats(source=source)["buckets"])


def in_lake(settings, source):
    """The number of rows and of texts of a source in the view `documents`."""
    sql = f"SELECT count(*), count(DISTINCT text) FROM documents WHERE source = '{source}'"
    process = run(settings.environment(), "query", "--sql", sql, "--format", "csv")
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()[1]


def last(process):
    return process.stdout.splitlines()[-1]


def table(name):
    """A German Excel's CSV: semicolons, Windows' letters, days before months."""
    lines = ["Bewertung;Kunde;Datum", f"Schöner Kessel, läuft;Jörg;{DAY:%d.%m.%Y}"]
    lines += [f"Good kettle;Ann;{DAY - timedelta(days=18):%d.%m.%Y}"]
    return f"{name}.csv", "\r\n".join(lines).encode("cp1252"), ["--text=Bewertung"]


def json_lines(name):
    """Objects within objects, and fields that only some rows have; compressed."""
    rows = [
        {"body": "Schöner Kessel, läuft", "user": {"screen_name": "Jörg"}, "created": f"{DAY:%c}"},
        {"body": "Good kettle"},
    ]
    content = "\n".join(map(json.dumps, rows)).encode()
    return f"{name}.jsonl.gz", gzip.compress(content), ["--created-at=created"]


def workbook(name):
    """Cells with times and numbers."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet: Any = book.active
    sheet.append(["Comment", "Author", "When"])
    sheet.append(["Schöner Kessel, läuft", "Jörg", DAY.replace(tzinfo=None)])
    sheet.append(["Good kettle", "Ann", None])
    book.save(content)
    return f"{name}.xlsx", content.getvalue(), []


@pytest.mark.parametrize("shape", [table, json_lines, workbook])
def test_file_is_imported_as_it_is(import_file, stored, name, shape):
    """Each row with its text, author and day."""
    file_name, content, options = shape(name)
    process = import_file(file_name, content, *options)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "2 rows: 2 stored" in process.stdout.splitlines()
    documents = stored(name)
    assert set(documents) == {"Schöner Kessel, läuft", "Good kettle"}
    first = documents["Schöner Kessel, läuft"]
    assert first["author"] == "Jörg"
    assert first["created_at"].startswith(f"{DAY:%Y-%m-%d}")


def rows_of(texts):
    rows = ({"id": f"r{number}", "text": text} for number, text in enumerate(texts))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_edited_texts_are_replaced_everywhere(import_file, settings, client, stored, name):
    """Table, counters, and SQL have each new text once; the rest are repeats."""
    before = [f"I love number {n}" for n in range(40)]
    assert import_file(f"{name}.jsonl", rows_of(before)).returncode == 0
    after = [f"I hate number {n}" if n < 12 else text for n, text in enumerate(before)]
    process = import_file(f"{name}.jsonl", rows_of(after))
    assert process.returncode == 1, process.stderr
    assert "40 rows: 0 stored, 28 repeats, 12 refused" in process.stdout
    assert last(process).endswith(f"/{name}.jsonl.rejected.csv")

    process = import_file(f"{name}.jsonl", rows_of(after), "--update")

    assert process.returncode == 0, process.stderr
    assert last(process) == "40 rows: 0 stored, 28 repeats, 12 updated"
    assert set(stored(name)) == set(after)
    assert in_lake(settings, name) == "40,40"
    assert wait_until(lambda: total(client, name) == 40)
    [counts] = [one for one in client.stats()["sources"] if one["source"] == name]
    assert (counts["positive"], counts["negative"]) == (28, 12)


def test_import_that_is_killed_continues(settings, client, tmp_path, name):
    """Every row is in once, and the account is of the whole file."""
    path, number = tmp_path / f"{name}.jsonl", 3_000
    path.write_bytes(rows_of(f"text {n}" for n in range(number)))
    arguments = ["import", f"--file={path}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "echostream_cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journals = settings.state_dir / "imports"
    wait_until(lambda: process.poll() is not None or any(journals.glob("*/journal.json")), 120)
    process.send_signal(signal.SIGKILL)
    process.wait()
    is_left = any(journals.glob("*/journal.json"))

    completed = run(settings.environment(), *arguments)

    assert completed.returncode == 0, completed.stderr
    assert ("continuing after row " in completed.stdout) == is_left
    assert last(completed).startswith(f"{number:,} rows: ")
    assert wait_until(lambda: total(client, name) == number)
    assert in_lake(settings, name) == f"{number},{number}"
    assert list(journals.iterdir()) == []
