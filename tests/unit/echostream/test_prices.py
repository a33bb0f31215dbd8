"""The price of a scan, and the agreement of domain and price file."""

import pytest

from echostream.domain.prices import (
    ATHENA_DOLLARS_PER_TB,
    COMPREHEND_DOLLARS_PER_UNIT,
    scan_dollars,
)
from echostream_cli.costs.prices import prices

MB, TB = 2**20, 2**40


@pytest.mark.parametrize(
    ("scanned", "megabytes"),
    [(0, 0), (1, 10), (10 * MB, 10), (10 * MB + 1, 11), (11 * MB, 11), (TB, 2**20)],
)
def test_scans_are_billed_by_the_megabyte(scanned, megabytes):
    """Whole megabytes, at least 10; a statement that reads nothing is free."""
    assert scan_dollars(scanned) == pytest.approx(megabytes * MB / TB * 5)


def test_price_file_has_the_prices_of_the_domain():
    """Queries, the dashboard and the cost plan use the same prices."""
    assert prices()["athena_scanned"].of(1) == ATHENA_DOLLARS_PER_TB
    assert prices()["comprehend_unit"].of(1) == COMPREHEND_DOLLARS_PER_UNIT
