"""The values of partition columns that a condition requires."""

import pyarrow.compute as pc
import pytest

from aws_companion.athena.partition_filter import required_values

DT, TENANT, TEXT = pc.field("dt"), pc.field("tenant_id"), pc.field("text")
DAY = DT == "2026-03-01"


@pytest.mark.parametrize(
    ("condition", "names", "values"),
    [
        (DAY, ["dt"], ("2026-03-01",)),
        (DAY & (TENANT == "demo"), ["tenant_id", "dt"], ("demo", "2026-03-01")),
        (DAY & (DT <= "2026-12-31"), ["dt"], ("2026-03-01",)),
        (DAY & TENANT.isin(["a", "b"]), ["dt"], ("2026-03-01",)),
        (DAY & TEXT.is_valid() & (TEXT == 'or "quoted" (dt == "x")'), ["dt"], ("2026-03-01",)),
    ],
)
def test_equality_requires_a_value(condition, names, values):
    """Equalities joined by AND require one value of each column; other conditions do not matter."""
    assert required_values(condition, names) == values


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (None, ["dt"]),
        (DAY, ["tenant_id", "dt"]),
        (DAY | (TENANT == "demo"), ["dt"]),
        (~DAY, ["dt"]),
        (DT > "2026-03-01", ["dt"]),
        (DT.isin(["2026-03-01"]), ["dt"]),
        (pc.field("dt") == 5, ["dt"]),
        (pc.if_else(DAY, True, True), ["dt"]),
        (DT == 'a"b', ["dt"]),
        (TEXT == '(dt == "2026-03-01")', ["dt"]),
        (TEXT == 'x") and (dt == "2026-03-01', ["dt"]),
    ],
)
def test_other_conditions_require_no_value(condition, names):
    """Several partitions may match, or the value cannot be parsed."""
    assert required_values(condition, names) is None
