"""Tenant SQL over generated statements, compared with lakes that have one tenant each."""

import random
from collections import Counter
from contextlib import ExitStack
from functools import cache, partial
from itertools import chain
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from echostream.domain.errors import QueryRefused
from echostream.domain.lake_sql import FIRST_DAY
from echostream_client import tenant_sql
from echostream_client.tenant_sql import RESERVED, restrict_to_tenant
from tests.statements import (
    ACME,
    CONSTRUCTS,
    LAKE,
    OFFENCES,
    TENANTS,
    statements,
    write,
)
from tests.unit.echostream_client.test_tenant_sql import assert_reads_only

pytestmark = pytest.mark.usefixtures("documents_in_duckdb")


def rows(database, sql):
    """The rows of a result without their order."""
    return Counter(database.execute(sql).fetchall())


ONE_THREAD: dict[str, Any] = {"threads": 1}


@pytest.fixture(scope="module")
def shared_lake():
    """A lake with rows of each tenant, of another tenant, and of none."""
    with duckdb.connect(config=ONE_THREAD) as database:
        tables = (*RESERVED, "raw", "compacted", '"documents$partitions"')
        fill(database, tables, [*TENANTS, ACME, None])
        yield database


@pytest.fixture(scope="module")
def own_lakes():
    """By tenant, a lake with documents and raw texts of this tenant only."""
    with ExitStack() as stack:
        databases = {
            tenant: stack.enter_context(duckdb.connect(config=ONE_THREAD)) for tenant in TENANTS
        }
        for tenant, database in databases.items():
            fill(database, LAKE, [tenant])
        yield databases


def fill(database, tables, tenants):
    """Create tables with rows of each tenant: some in both tables, one of them twice.

    Those of `documents` are in the two tables that replace it.
    """
    rows_of = {"documents": (1, 2, 3), "compacted_documents": (1,), "enriched": (2, 3)}
    for table in tables:
        database.execute(f"CREATE TABLE {table} (id VARCHAR, tenant_id VARCHAR, text VARCHAR)")
        numbers = rows_of.get(table, (2, 3, 3, 4))
        values = [(f"{t}|{n}", t, f"{t}|some words {n}") for t in tenants for n in numbers]
        database.execute(
            f"INSERT INTO {table} VALUES {', '.join(['(?, ?, ?)'] * len(values))}",
            list(chain(*values)),
        )


def assert_isolated(statement, restricted, shared_lake, own_lakes, max_rows=None):
    """The restricted statement returns from the shared lake the tenant's own result."""
    result = rows(shared_lake, restricted)
    own = rows(own_lakes[statement.tenant], statement.sql)
    if max_rows is None:
        assert result == own
    else:
        assert result <= own
        assert result.total() == min(own.total(), max_rows + 1)
    others = {*TENANTS, ACME, None} - {statement.tenant}
    cells = {cell for row in result for cell in row if cell is not None}
    assert not cells & {other for other in others if other}
    assert not any(cell.startswith(f"{other}|") for cell in cells for other in others)


@settings(max_examples=120, deadline=None)
@given(statements(), st.sampled_from([None, None, 2]))
def test_any_statement_is_restricted_or_refused(shared_lake, own_lakes, statement, max_rows):
    """A statement returns what it would return without other tenants, or is refused."""
    if statement.codes:
        with pytest.raises(QueryRefused) as error:
            restrict_to_tenant(statement.sql, statement.tenant, max_rows)
        assert error.value.code in statement.codes
    else:
        restricted = restrict_to_tenant(statement.sql, statement.tenant, max_rows)
        assert_isolated(statement, restricted, shared_lake, own_lakes, max_rows)
        if "WITH before parentheses" not in statement.constructs:  # sqlglot's scopes lack that WITH
            assert (assert_reads_only(restricted, statement.tenant) > 0) == statement.reads_lake


@cache
def examples(number):
    """Statements of the grammar, the same in each run."""
    return [write(random.Random(seed).choice) for seed in range(number)]  # noqa: S311


def test_most_statements_of_the_grammar_are_accepted():
    """The property above mostly tests accepted statements, of every construct and tenant."""
    generated = examples(600)
    accepted = [statement for statement in generated if not statement.codes]
    assert len(accepted) > 0.7 * len(generated)
    assert sum(statement.reads_lake for statement in accepted) > 0.6 * len(generated)
    assert set().union(*(statement.constructs for statement in accepted)) == CONSTRUCTS
    assert {statement.tenant for statement in accepted} == set(TENANTS)


def test_one_offence_is_enough_to_refuse():
    """A statement with one offence is refused with its code, for each code."""
    refused = [statement for statement in examples(600) if len(statement.codes) == 1]
    assert set().union(*(statement.codes for statement in refused)) == OFFENCES
    for statement in refused:
        with pytest.raises(QueryRefused) as error:
            restrict_to_tenant(statement.sql, statement.tenant)
        assert {error.value.code} == statement.codes


def own_conditions(tree, own):
    """The conditions that the rewriting adds; those of the grammar qualify the column."""
    condition = own["raw"].args["where"]
    return [where for where in tree.find_all(exp.Where) if where == condition]


def no_rewriting(rewrite, tree, own):
    return tree


def another_tenant(rewrite, tree, own):
    return rewrite(tree, tenant_sql._own_rows(ACME, FIRST_DAY))


def one_table_missing(rewrite, tree, own):
    tree = rewrite(tree, own)
    own_conditions(tree, own)[-1].pop()
    return tree


def condition_always_true(rewrite, tree, own):
    tree = rewrite(tree, own)
    for where in own_conditions(tree, own):
        where.set("this", exp.or_(where.this, exp.true()))
    return tree


@pytest.mark.parametrize(
    "fault", [no_rewriting, another_tenant, one_table_missing, condition_always_true]
)
def test_faulty_rewriting_is_detected(fault, monkeypatch):
    """The verification refuses a statement with a table that is not restricted."""
    monkeypatch.setattr(tenant_sql, "_filtered", partial(fault, tenant_sql._filtered))
    accepted = [
        statement for statement in examples(20) if statement.reads_lake and not statement.codes
    ]
    assert len(accepted) > 10
    for statement in accepted:
        with pytest.raises(QueryRefused, match="is ambiguous"):
            restrict_to_tenant(statement.sql, statement.tenant)
