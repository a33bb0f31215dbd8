"""Ids: of rows without one, of a column, and of files that EchoStream wrote itself."""

import csv
import hashlib
import json

import pytest

from echostream_import.documents.fingerprints import Fingerprints, Occurrences
from echostream_import.documents.plan import Options, make_plan
from echostream_import.documents.row_ids import normal_name
from echostream_import.documents.values import canonical
from echostream_import.reading.opening import open_rows
from tests.unit.echostream_import.rows_in_memory import (
    NOW,
    MemoryFile,
    convert,
    documents,
    plan_of,
    table,
)

ANSWERS = [{"answer": text, "date": "2026-11-23"} for text in ["Good"] * 30 + ["Bad"] * 10 + ["ok"]]


def ids(rows, **options):
    return [one.document["id"] for one in convert(rows, **options)]


def test_equal_rows_stay_as_many_documents():
    """Two respondents with the same answer on the same day are two."""
    assert len(set(ids(ANSWERS))) == len(ANSWERS)


def test_same_file_again_has_the_same_ids():
    """Also under the name of a copy, and with rows added to it at the end or at the start."""
    before = ids(ANSWERS)
    assert ids(ANSWERS, part="reviews (1).csv") == before
    more = [{"answer": "Good", "date": "2026-11-23"}, {"answer": "New", "date": "2026-11-24"}]
    assert ids([*ANSWERS, *more])[: len(ANSWERS)] == before
    assert set(before) < set(ids([*more, *ANSWERS]))


def test_other_file_has_other_ids():
    """Chat exports of two rooms can have equal rows."""
    assert not set(ids(ANSWERS)) & set(ids(ANSWERS, part="other.csv"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reviews", "reviews"),
        ("reviews.csv.gz", "reviews"),
        ("reviews (1).csv", "reviews"),
        ("reviews(12)", "reviews"),
        ("reviews - Copy", "reviews"),
        ("reviews - Copy (2).xlsx", "reviews"),
        ("Copy of reviews", "reviews"),
        ("reviews copy 2", "reviews"),
        ("reviews.csv.rejected.csv", "reviews"),
        ("reviews.rejected", "reviews"),
        ("reviews (1).csv.rejected (2).csv", "reviews"),
        ("My Reviews", "My Reviews"),
        ("2026-11", "2026-11"),
        (".csv", ".csv"),
        ("(1)", "(1)"),
    ],
)
def test_name_of_a_copy(name, expected):
    """A copy of a file is the file; a name is never empty."""
    assert normal_name(name) == expected


def test_id_of_a_column_is_scoped_to_the_source():
    """To the row's own source, if it has one."""
    rows = table("id|text|source", "a7|Great|shop", "a8|Bad|")
    assert ids(rows) == ["shop:a7", "reviews:a8"]
    assert ids(table("id|text", "a7|Great"), source="web") == ["web:a7"]


@pytest.mark.parametrize("odd", ["x" * 130, "a\x00b", "a\nb"])
def test_long_and_odd_ids_are_hashed(odd):
    """The same id gives the same hash, in another source another."""
    [document] = documents([{"id": odd, "text": "Great"}])
    assert len(document["id"]) == 32
    assert documents([{"id": odd, "text": "Great"}]) == [document]
    assert documents([{"id": odd, "text": "Great"}], source="x")[0]["id"] != document["id"]


def test_numbers_are_ids_as_they_are_written():
    """Whole numbers of any size, also as decimals."""
    rows = [{"id": 1050118621198921728, "text": "a"}, {"id": 77.0, "text": "b"}]
    assert ids(rows) == ["reviews:1050118621198921728", "reviews:77"]


@pytest.mark.parametrize("start", [0, 1])
def test_row_numbers_are_no_ids(start):
    """The ids are those of the rows, whatever their numbers: a note says so."""
    rows = [{"id": str(start + place), "text": f"t{place}"} for place in range(5)]
    plan = plan_of(rows)
    assert "id" not in plan.fields
    assert "'id' is not taken as id: it only numbers the rows." in plan.notes
    shifted = [{"id": str(start), "text": "new"}] + [
        {"id": str(start + place + 1), "text": f"t{place}"} for place in range(5)
    ]
    assert set(ids(rows)) < set(ids(shifted))
    assert ids(rows, id="id") == [f"reviews:{start + place}" for place in range(5)]


def test_ids_that_are_not_in_order_are_ids():
    """Numbers of a database."""
    assert ids(table("id|text", "3|a", "1|b", "2|c")) == ["reviews:3", "reviews:1", "reviews:2"]


def test_ids_that_mostly_repeat_are_no_ids():
    """They are of the product, not of the review."""
    plan = plan_of(table("id|text", "B1|a", "B1|b", "B1|c", "B2|d"))
    assert "'id' is not taken as id: most of its values repeat." in plan.notes


def test_ids_that_a_spreadsheet_has_rounded_are_no_ids():
    """1.05012E+18 is many ids."""
    rows = table("id|text", "1.05012E+18|a", "1.06E+18|b", "1.07E+18|c")
    assert "'id' is not taken as id: a spreadsheet has rounded its numbers." in plan_of(rows).notes


def test_second_row_with_an_id_and_another_text_is_refused():
    """The first keeps the id; the same text again is a repeat."""
    rows = table("id|text", "B1|Loved it", "B1|Hated it", "B2|Fine", "B1|Loved it", "B3|x", "B4|y")
    converted = convert(rows)
    assert [one.reason for one in converted] == [
        "",
        "id: 'B1' is the id of an earlier row with another text",
        *[""] * 4,
    ]
    assert converted[3].document["id"] == "reviews:B1"


def test_none_switches_the_guess_off():
    """ID=none, unless a column has that name."""
    assert len(ids(table("id|text", "a|x"), id="none")[0]) == 32
    assert ids(table("none|text", "a|x"), id="none") == ["reviews:a"]


def test_row_without_an_id_in_a_column_of_ids():
    """It gets that of its values."""
    first, second = ids(table("id|text", "a7|x", "|y"))
    assert (first, len(second)) == ("reviews:a7", 32)


EXPORT = {
    "id": "shop:7",
    "text": "'=1+1 is great",
    "source": "shop",
    "channel": "",
    "created_at": "2026-11-20T10:00:00Z",
    "author": "'@bob",
    "url": "",
    "sentiment": "POSITIVE",
    "scores_positive": "0.9",
    "compound": "0.5",
    "engine": "vader",
    "engine_version": "3.9",
    "language": "en",
    "truncated": "False",
    "rating": "2",
    "attributes.country": "DE",
    "attributes": '{"app": "2.1"}',
}


def test_export_keeps_its_ids():
    """Without the apostrophes that guard spreadsheets; scores are left out, ratings not scaled."""
    rows = [EXPORT, {**EXPORT, "id": "8", "text": "  - fine", "rating": "10"}]
    first, second = convert(rows, name="documents")
    assert first.document == {
        "text": "=1+1 is great",
        "id": "shop:7",
        "source": "shop",
        "created_at": "2026-11-20T10:00:00Z",
        "author": "@bob",
        "language": "en",
        "rating": 2,
        "attributes": {"country": "DE", "app": "2.1"},
    }
    assert (second.document["id"], second.document["text"]) == ("8", "  - fine")
    assert second.dropped == ("rating: not on the scale of 1 to 5",)


def rejected(rows, lines):
    """Rows as a file of rejected rows has them; a reader numbers columns with the same name."""
    taken = {"line": "line (2)", "reason": "reason (2)"}
    return [
        {"line": str(line), "reason": "wrong"} | {taken.get(k, k): v for k, v in row.items()}
        for line, row in zip(lines, rows, strict=True)
    ]


@pytest.mark.parametrize("header", ["id|text|date", "line|text|date", "nr|text|reason"])
def test_rejected_rows_go_on_as_their_file(header):
    """The same source and ids; also if the file itself has columns `line` and `reason`."""
    rows = table(header, "A7|Great|2026-11-20", "A8|Bad|2026-11-21")
    again = rejected(rows, [5, 9])
    name = "reviews.csv.rejected"
    assert documents(again, name=name) == documents(rows)
    file = MemoryFile(again, name, part="reviews.csv.rejected.csv")
    assert convert(again, name=name)[0].row.values == rows[0]
    assert file.columns[:2] == ["line", "reason"]


def test_rejected_rows_of_a_file_with_row_numbers():
    """Numbers that are at most the line in the file are row numbers still."""
    rows = [{"id": str(place), "text": f"t{place}"} for place in range(1, 30)]
    some = [rows[6], rows[20]]
    again = rejected(some, [8, 22])
    assert ids(again) == [ids(rows)[6], ids(rows)[20]]


def test_fingerprints_remember_hashes():
    """As a set of them does."""
    numbers = [mixed(number) for number in range(2000)]
    numbers += [number ^ 1 for number in numbers[:500]]
    found, expected = Fingerprints(), set()
    for number in [*numbers, *numbers, 0, 2**50 - 1]:
        assert found.add(number) == (number not in expected)
        expected.add(number)
    assert all(number in found for number in expected)
    assert 12345 not in found


def mixed(number):
    """A hash of 64 bits."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8])


def test_occurrences_count_each_hash(monkeypatch):
    """Also when the counts of the last hashes have been forgotten."""
    monkeypatch.setattr("echostream_import.documents.fingerprints._MAX_COUNTS", 3)
    found = Occurrences()
    expected: dict[int, int] = {}
    for place in range(3000):
        number = mixed(mixed(place) % 50)
        assert found.next(number) == expected.get(number, 0)
        expected[number] = expected.get(number, 0) + 1


def test_rejected_rows_through_the_reader_of_files(tmp_path):
    """As they are written beside the file and read again, whatever their types."""
    lines = [
        {"text": "Great", "n": 5, "deep": {"b": 1, "a": [True, None]}, "empty": None},
        {"text": "Bad", "n": 1.5},
    ]
    path = tmp_path / "reviews.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    again = tmp_path / "reviews.jsonl.rejected.csv"
    with again.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "reason", *lines[0]])
        for number, line in enumerate(lines, start=1):
            cells = [canonical(line.get(name)) for name in lines[0]]
            writer.writerow([number, "wrong", *cells])
    found = []
    for one in (path, again):
        file = open_rows(one)
        plan = make_plan(file, Options(), NOW)
        found.append(
            [(row.document["source"], row.document["id"]) for row in plan.documents(file.rows())]
        )
    assert found[0] == found[1]
    assert found[0][0][0] == "reviews"
