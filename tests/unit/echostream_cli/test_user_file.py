"""Files of users: columns, rows, and the messages about invalid files and rows."""

import csv
import json
from typing import Any

import pytest

from echostream.domain.codec import to_json
from echostream_cli.data.import_file import ImportResult, send, write_rejected
from echostream_cli.data.user_file import UserFile
from echostream_cli.errors import UserError


@pytest.fixture
def file(tmp_path):
    def file(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def read(path, **options):
    user_file = UserFile(path, options)
    return list(user_file.rows(user_file.columns()))


class Api:
    """Accepts every document except those with the text "reject me"; records the batches."""

    def __init__(self):
        self.batches = []

    def ingest(self, documents):
        self.batches.append(documents)
        rejected = [i for i, one in enumerate(documents) if one["text"] == "reject me"]
        return {
            "ids": [one["text"] for i, one in enumerate(documents) if i not in rejected],
            "rejected": [{"index": i, "message": "text: rejected"} for i in rejected],
        }


def test_columns_are_detected_by_name(file):
    """In any case; without a source column, the source is the file's name."""
    [row] = read(file("Review,Customer,Date\nGood,ann,2026-11-20\n"))
    assert row.document == {
        "text": "Good",
        "author": "ann",
        "created_at": "2026-11-20T00:00:00+00:00",
        "source": "reviews",
    }


def test_options_name_the_columns(file):
    """A SOURCE that is not a column is the source of every row."""
    path = file("a,b\nhello,ann\n")
    [row] = read(path, text="a", author="b", source="shop")
    assert row.document == {"text": "hello", "author": "ann", "source": "shop"}


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a,b\n1,2\n", {}, "TEXT: .* has no column .* such as text.*set TEXT= to one of: a, b"),
        ("text\nx\n", {"id": "nr"}, "ID: .* has no column 'nr'; columns: text"),
        ("", {}, "csv: empty; the first line must name the columns"),
        ("text,text\n", {}, "two columns are named 'text'"),
        ('text\nok\n"open\n', {}, "line 3: .*quote"),
        ("text\nok\ncaf\xe9\n".encode("latin-1"), {}, "line 3 is not UTF-8.*iconv"),
        ("text\nok\n".encode("utf-16"), {}, "line 1 is not UTF-8"),
    ],
    ids=["no text", "no such column", "empty", "same names", "open quote", "latin-1", "utf-16"],
)
def test_unreadable_file_is_refused(file, content, options, message):
    """The message names the file, the line or the column, and the fix."""
    with pytest.raises(UserError, match=message):
        read(file(content), **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_detected(file, delimiter):
    """As Excel writes it: with a byte order mark, and quotes over several lines."""
    content = f'\ufefftext{delimiter}author\r\n"one,;\n""two"""{delimiter}ann\r\n'
    [row] = read(file(content))
    assert row.document["text"] == 'one,;\n"two"'
    assert row.line == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("hello,21/11/2026", "date: '21/11/2026' is not a time; use 2026-11-01"),
        (",2026-11-01", "text: empty"),
        ("hello", "1 fields, but the header names 2"),
        ("hello,2026-11-01,x", "3 fields, but the header names 2"),
    ],
)
def test_invalid_row_does_not_affect_other_rows(file, row, reason):
    """The reason names the column."""
    before, invalid, after = read(file(f"text,date\na,\n{row}\nb,2026-11-01T10:00:00+02:00\n"))
    assert invalid.reason.startswith(reason)
    assert (invalid.line, invalid.document) == (3, {})
    assert before.document == {"text": "a", "source": "reviews"}
    assert after.document["created_at"] == "2026-11-01T10:00:00+02:00"


def test_json_lines_are_rows(file):
    """Numbers become text, and a line that is not an object is rejected alone."""
    path = file('{"id": 7, "text": "a"}\n\nnot json\n[1]\n{"text": "b"}\n', "r.jsonl")
    first, second, third, fourth = read(path)
    assert first.document == {"id": "7", "text": "a", "source": "r"}
    assert second.reason.startswith("not JSON: ")
    assert (third.reason, third.line) == ("not a JSON object", 4)
    assert fourth.document["text"] == "b"


def test_json_lines_of_any_depth_and_size_are_rows(file):
    """A line that Python cannot parse costs only itself; a long number is text as it is."""
    digits, brackets = "9" * 5000, "[" * 20_000 + "]" * 20_000
    lines = [f'{{"text": {digits}}}', f'{{"text": {brackets}}}', '{"text": "b"}']
    first, second, third = read(file("\n".join(lines), "r.jsonl"))
    assert first.document["text"] == digits
    assert second.reason == "not JSON: nested too deeply"
    assert third.document["text"] == "b"


def test_rejected_rows_are_written_next_to_the_file(file):
    """Rejected by us or by the API: line, reason and values. A run without any removes the file."""
    path = file("text,author\nfine,ann\nreject me,bob\n,eve\n")
    api: Any = Api()
    result = ImportResult()
    send(api, read(path), result)
    rejected_path = write_rejected(path, result.rejected)
    assert rejected_path
    assert list(csv.reader(rejected_path.open())) == [
        ["line", "reason", "text", "author"],
        ["3", "text: rejected", "reject me", "bob"],
        ["4", "text: empty", "", "eve"],
    ]
    assert (result.rows, result.ids) == (3, {"fine"})
    assert write_rejected(path, []) is None
    assert not rejected_path.exists()


def test_row_that_no_request_can_hold_is_rejected(file):
    """A row of megabytes, and half a surrogate pair; the rows around them are sent."""
    half, large = '{"text": "\\ud83d"}', json.dumps({"text": "x" * 5_000_000})
    path = file("\n".join(['{"text": "a"}', half, large, '{"text": "b"}']), "r.jsonl")
    api: Any = Api()
    result = ImportResult()
    send(api, read(path), result)
    assert result.ids == {"a", "b"}
    assert [row.reason.split(" ")[0] for row in result.rejected] == ["text:", "more"]
    rejected_path = write_rejected(path, result.rejected)
    assert rejected_path
    assert "ud83d" in rejected_path.read_text()


def test_requests_stay_under_the_limits_of_the_api(file):
    """At most 250 documents and 4 MB each, as Lambda receives them; every row is sent."""
    quotes = '"' + '""' * 30_000 + '"'
    path = file("text\n" + "short\n" * 600 + f"{'x' * 60_000}\n" * 75 + f"{quotes}\n" * 75)
    api: Any = Api()
    send(api, read(path), ImportResult())
    assert [len(batch) for batch in api.batches][:2] == [250, 250]
    assert sum(len(batch) for batch in api.batches) == 750
    assert all(len(to_json(to_json(batch))) <= 4_001_000 for batch in api.batches)
