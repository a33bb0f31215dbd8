"""Whatever a row has: it becomes a document that the API accepts, or has a reason."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_import.documents.plan import Options, make_plan
from echostream_import.rows import FileError, Row
from tests.unit.echostream_import.rows_in_memory import NOW, MemoryFile

NAMES = st.sampled_from(
    [
        "text",
        "date",
        "id",
        "user",
        "url",
        "lang",
        "stars",
        "title",
        "source",
        "channel",
        "score",
        "line",
        "reason",
        "tweet",
        "content",
        "created_at",
        "extra",
        "What?",
        "",
    ]
)
WORDS = st.sampled_from(
    [
        "03/04/2026",
        "24.11.2026",
        "n/a",
        "4/5",
        "English",
        "www.example.com/x",
        "1795511100",
        "7",
        "99999999999999999999",
        "0002-01-01",
        "9999-12-31T23:59:59-14:00",
        "00/00/00",
        "★★",
        "²",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | WORDS
    | st.datetimes(min_value=datetime(2, 1, 1)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=8), min_size=1, max_size=6)
ACCEPTED = AcceptedTimes(NOW, NOW - datetime(1, 1, 1, 1, tzinfo=UTC))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, ROWS)
def test_every_row_is_a_document_or_has_a_reason(sample, rows):
    """Also rows that differ from those of the plan. What is sent, the API accepts."""
    try:
        plan = make_plan(MemoryFile(sample), Options(), NOW)
    except FileError:
        return
    given_rows = [Row("x.jsonl", line, row) for line, row in enumerate([*sample, *rows], start=1)]
    converted = list(plan.documents(given_rows))
    assert len(converted) == len(given_rows)
    for one in converted:
        assert bool(one.document) != bool(one.reason)
        if one.document:
            document_from_wire(one.document, ACCEPTED)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["Good", "Bad", "ok"]), min_size=1, max_size=20), st.data())
def test_ids_are_unique_and_stable(answers, data):
    """Equal rows have different ids; rows that are added leave the others' ids."""
    rows = [{"text": answer} for answer in answers]
    more = [{"text": data.draw(st.sampled_from(["Good", "new"]))}]
    ids = [one.document["id"] for one in _converted(rows)]
    assert len(set(ids)) == len(ids)
    assert set(ids) < {one.document["id"] for one in _converted(more + rows)}


def _converted(rows):
    file = MemoryFile(rows)
    return make_plan(file, Options(), NOW).documents(file.rows())
