"""Fixtures of the tests of tenant SQL."""

import pytest

from echostream_client import tenant_sql
from echostream_client.tenant_sql import RESERVED
from tests.statements import quoted


@pytest.fixture(scope="module")
def documents_in_duckdb():
    """The rows of `documents` in SQL that DuckDB runs without translation, whatever the columns."""

    def documents_of(tenant, compacted_to):
        selects = (f"SELECT * FROM {name} WHERE tenant_id = {quoted(tenant)}" for name in RESERVED)
        return " UNION ALL ".join(selects)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tenant_sql, "documents_of", documents_of)
        tenant_sql._own_rows.cache_clear()
        yield
    tenant_sql._own_rows.cache_clear()
