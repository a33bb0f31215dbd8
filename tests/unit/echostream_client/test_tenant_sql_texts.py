"""Tenant SQL over arbitrary text: as a statement, and inside one."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.dialects import Trino

from echostream.domain.errors import QueryRefused
from echostream_client.tenant_sql import TABLES, restrict_to_tenant
from tests.statements import quoted
from tests.unit.echostream_client.test_tenant_sql import (
    ACCEPTED,
    REFUSED,
    assert_reads_only,
    for_tenant,
)

WORDS = r"""
SELECT * FROM documents raw enriched WHERE tenant_id = 'acme' 'demo' ( ) , JOIN ON TRUE WITH a AS
UNION TABLE "documents" "documents$partitions" x.documents -- /* */ ' " U&'\0041' LATERAL UNNEST
VALUES 1 ; EXISTS IN LIMIT \ `documents` ORDER BY id a.id RECURSIVE TABLESAMPLE U&'+0041' U&'(1'
UESCAPE '+' '(' '\' '' FETCH FIRST OFFSET CASE WHEN END [ ] { } ? :: -> => INTERVAL DATE X'zz' 1e
GROUPING SETS OVER FILTER AT TIME ZONE ROWS PERCENT BETWEEN ANY NOT"""


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(ACCEPTED), st.text(min_size=1, max_size=12))
def test_any_tenant_name_is_quoted(sql, tenant):
    """No name of a tenant ends its literal."""
    tables = assert_reads_only(restrict_to_tenant(for_tenant(sql, tenant), tenant), tenant)
    assert (tables > 0) == any(table in sql.lower() for table in TABLES)


FRAGMENTS = (*WORDS.split(), *(f"{name}(" for name in sorted(Trino.Parser.FUNCTIONS)))
WORD_LISTS = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=16),
    st.tuples(
        st.sampled_from([*ACCEPTED, *REFUSED]).map(str.split),
        st.lists(st.tuples(st.integers(0, 12), st.sampled_from(FRAGMENTS)), max_size=3),
    ).map(lambda parts: with_insertions(*parts)),
).map(" ".join)


def with_insertions(words, insertions):
    for index, word in insertions:
        words = [*words[:index], word, *words[index:]]
    return words


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(), st.text().map("SELECT {}".format), WORD_LISTS), st.sampled_from([None, 10])
)
def test_any_text_raises_only_a_refusal(sql, max_rows):
    """Nearly all of these texts are refused, so this is a test of the exception."""
    with suppress(QueryRefused):
        assert_reads_only(restrict_to_tenant(sql, "demo", max_rows), "demo")


def identifier(text):
    return '"x' + text.replace('"', '""') + '"'


TEXT_IN_STATEMENTS = {
    "literal": lambda text: f"SELECT {quoted(text)} FROM documents",
    "condition": lambda text: f"SELECT * FROM documents WHERE text <> {quoted(text)}",
    "column": lambda text: f"SELECT id AS {identifier(text)} FROM documents",
    "alias": lambda text: f"SELECT * FROM documents AS {identifier(text)}",
    "with": lambda text: f"WITH {identifier(text)} AS (TABLE raw) TABLE {identifier(text)}",
    "comment": lambda text: f"SELECT id /*{text.replace('*', '')}*/ FROM documents",
    "line comment": lambda text: f"SELECT id --{''.join(text.splitlines())}\nFROM documents",
}


@pytest.mark.parametrize("place", TEXT_IN_STATEMENTS)
@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(" ".join)))
def test_any_text_in_quotes_or_comments_is_accepted(place, text):
    """SQL in a literal, a name or a comment is no SQL: the statement reads one table.

    `documents` is replaced by two.
    """
    sql = TEXT_IN_STATEMENTS[place](text)
    expected = 1 if place == "with" else 2
    assert assert_reads_only(restrict_to_tenant(sql, "demo"), "demo") == expected
