"""Files of users: what is found in them, and what is said of what is wrong."""

import csv
import json

import pytest

from echostream_cli.data.import_file import Imported, keep_rejected, send
from echostream_cli.data.user_file import UserFile
from echostream_cli.errors import UserError


@pytest.fixture
def file(tmp_path):
    def file(content, name="reviews.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def read(path, **given):
    found = UserFile(path, given)
    return list(found.rows(found.columns()))


class Api:
    """Takes everything but texts that say so, and remembers what it was sent."""

    def __init__(self):
        self.batches = []

    def ingest(self, documents):
        self.batches.append(documents)
        wrong = [i for i, one in enumerate(documents) if one["text"] == "refuse me"]
        return {
            "ids": [one["text"] for i, one in enumerate(documents) if i not in wrong],
            "rejected": [{"index": i, "message": "text: refused"} for i in wrong],
        }


def test_columns_are_guessed_by_name(file):
    """Whatever their case; the file's name is the source where no column is."""
    [row] = read(file("Review,Customer,Date\nGood,ann,2026-11-20\n"))
    assert row.document == {
        "text": "Good",
        "author": "ann",
        "created_at": "2026-11-20T00:00:00+00:00",
        "source": "reviews",
    }


def test_columns_are_what_the_user_says(file):
    """A column by its name, and a source that is no column."""
    path = file("a,b\nhello,ann\n")
    [row] = read(path, text="a", author="b", source="shop")
    assert row.document == {"text": "hello", "author": "ann", "source": "shop"}


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        ("a,b\n1,2\n", {}, "which column is the text? say TEXT=column; there are: a, b"),
        ("text\nx\n", {"id": "nr"}, "ID: .* has no column 'nr'; there are: text"),
        ("", {}, "is empty"),
        ("text,text\n", {}, "two columns are named 'text'"),
        ('text\nok\n"open\n', {}, "line 3: .*quote"),
        ("text\nok\ncaf\xe9\n".encode("latin-1"), {}, "line 3 is not UTF-8.*iconv"),
        ("text\nok\n".encode("utf-16"), {}, "line 1 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(file, content, given, said):
    """The message names the file, the line or the column, and what to do."""
    with pytest.raises(UserError, match=said.replace("?", r"\?")):
        read(file(content), **given)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_marks(file, delimiter):
    """What Excel and others write: delimiters, a byte order mark, quotes over lines."""
    content = f'\ufefftext{delimiter}author\r\n"one,;\n""two"""{delimiter}ann\r\n'
    [row] = read(file(content))
    assert row.document["text"] == 'one,;\n"two"'
    assert row.line == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("hello,21/11/2026", "date: '21/11/2026' is no time; write it like 2026-11-01"),
        (",2026-11-01", "text: empty"),
        ("hello", "1 fields, the header names 2"),
        ("hello,2026-11-01,x", "3 fields, the header names 2"),
    ],
)
def test_a_row_that_is_no_document_costs_only_itself(file, row, reason):
    """The reason names the column; the rows around it are fine."""
    before, wrong, after = read(file(f"text,date\na,\n{row}\nb,2026-11-01T10:00:00+02:00\n"))
    assert wrong.reason.startswith(reason)
    assert (wrong.line, wrong.document) == (3, {})
    assert before.document == {"text": "a", "source": "reviews"}
    assert after.document["created_at"] == "2026-11-01T10:00:00+02:00"


def test_json_lines(file):
    """A line an object; numbers become text, and a line that is none is refused alone."""
    path = file('{"id": 7, "text": "a"}\n\nno json\n[1]\n{"text": "b"}\n', "r.jsonl")
    first, second, third, fourth = read(path)
    assert first.document == {"id": "7", "text": "a", "source": "r"}
    assert second.reason.startswith("no JSON (")
    assert (third.reason, third.line) == ("no JSON object", 4)
    assert fourth.document["text"] == "b"


def test_what_is_refused_lies_beside_the_file(file):
    """By us or by the API: with its line, the reason and what it said; next time it is gone."""
    path = file("text,author\nfine,ann\nrefuse me,bob\n,eve\n")
    api, done = Api(), Imported()
    send(api, read(path), done)
    beside = keep_rejected(path, done.rejected)
    assert list(csv.reader(beside.open())) == [
        ["line", "reason", "text", "author"],
        ["3", "text: refused", "refuse me", "bob"],
        ["4", "text: empty", "", "eve"],
    ]
    assert (done.rows, done.ids) == (3, {"fine"})
    assert keep_rejected(path, []) is None
    assert not beside.exists()


def test_what_no_request_can_hold_costs_only_itself(file):
    """A row of megabytes, and half a character, are refused here; their neighbours are sent."""
    half, large = '{"text": "\\ud83d"}', json.dumps({"text": "x" * 5_000_000})
    path = file("\n".join(['{"text": "a"}', half, large, '{"text": "b"}']), "r.jsonl")
    api, done = Api(), Imported()
    send(api, read(path), done)
    assert done.ids == {"a", "b"}
    assert [row.reason.split(" ")[0] for row in done.rejected] == ["text:", "more"]
    assert "ud83d" in keep_rejected(path, done.rejected).read_text()


def test_requests_stay_under_the_apis_limits(file):
    """At most 250 documents and 4 MB each; nothing is left out."""
    path = file("text\n" + "short\n" * 600 + f"{'x' * 60_000}\n" * 150)
    api = Api()
    send(api, read(path), Imported())
    assert [len(batch) for batch in api.batches][:2] == [250, 250]
    assert sum(len(batch) for batch in api.batches) == 750
    assert all(sum(len(d["text"]) for d in batch) < 4_000_000 for batch in api.batches)
