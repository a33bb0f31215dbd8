"""Items of the counters: their size, their number, and those of older versions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count as numbers

import pytest

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.table_counts import CountRow, count_update, row_from_item
from echostream.adapters.table_items import EXPIRY
from echostream.adapters.table_keys import PARTITION, SORT, key_of
from echostream.domain.model import Count, count
from echostream.entrypoints.queries import stats_response
from echostream_cli.costs.dynamodb_units import item_bytes
from tests.aws import client, mock_table, new_client
from tests.builders import NOW, RETENTION, TABLE, scored
from tests.counters_contract import change, non_zero
from tests.unit.echostream_cli.filled_table import create_table

TENANTS = numbers()
MIDNIGHT = NOW.replace(hour=0, minute=0)
RESERVED = {"as", "at", "by", "do", "go", "if", "in", "is", "no", "of", "on", "or", "to", "up"}
"""The words of two letters that DynamoDB refuses as names."""


@pytest.fixture(scope="module")
def table() -> Iterator[str]:
    with mock_table():
        create_table(client("dynamodb"), "counted")
        yield "counted"


@pytest.fixture
def tenant():
    return f"t{next(TENANTS)}"


@pytest.fixture
def counters(table):
    return DynamoDBCounters(client("dynamodb"), table, RETENTION, shards=1)


def busy_day(source):
    """Five-digit counts of each sentiment and sums of four decimals, in each hour."""
    return [
        Count(MIDNIGHT + timedelta(hours=n), source, 12_345, 23_456, 34_567, 45_678, -4567.8901)
        for n in range(24)
    ]


def item_of(row, hours):
    """The item after an update of a row that was not counted before."""
    update = count_update(row, hours, 0, RETENTION)
    values = update["ExpressionAttributeValues"]
    others = {name[1:]: value for name, value in values.items() if name != ":expiry"}
    return {**update["Key"], EXPIRY: values[":expiry"], **others}


def add(counters, tenant, *batch):
    changes = [change(n, tenant, NOW, *count([one])) for n, one in enumerate(batch)]
    counters.add(tenant, changes, is_behind=False)


def buckets(counters, tenant, now=NOW, **parameters):
    response = stats_response(counters, tenant, parameters, now, TABLE)
    return [(bucket["start"], bucket["total"]) for bucket in response["buckets"]]


def test_busy_day_fits_into_one_write_unit():
    """Of 1,024 bytes, with room for the names of the tenant and of the source."""
    source = "customer-reviews"
    item = item_of(CountRow("northwind-traders", source, NOW.date()), busy_day(source))
    assert item_bytes(item) < 900


def test_names_of_numbers_are_free():
    """Each hour has its own; none is the name of another attribute or a word of DynamoDB."""
    row = CountRow("acme", "x", NOW.date())
    names = set(item_of(row, busy_day("x"))) - {PARTITION, SORT, EXPIRY}
    assert len(names) == 5 + 24 * 5
    assert not {name.lower() for name in names} & RESERVED


def test_day_of_a_source_is_one_update(table, tenant):
    """Beside the position; a batch of several hours and sentiments adds to one item."""
    transactions = []

    def keep(params, **_):
        transactions.append(params["TransactItems"])

    recording = new_client("dynamodb")
    recording.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", keep)
    counters = DynamoDBCounters(recording, table, RETENTION, shards=1)
    batch = [scored("a", at=NOW - timedelta(hours=n), compound=n / 10 - 0.5) for n in range(9)]
    add(counters, tenant, *batch)
    [[_, counts]] = transactions
    assert counts["Update"]["Key"][SORT]["S"] == f"{NOW:%Y-%m-%d}#forum"


def test_counts_of_two_years_are_found(counters, tenant):
    """Both years have partitions of their own."""
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    old, new = (scored("a", at=new_year + timedelta(minutes=n)) for n in (-30, 30))
    add(counters, tenant, old, new)
    hours = counters.hours(tenant, new_year - timedelta(hours=1), new_year + timedelta(hours=1))
    assert non_zero(hours) == count([old, new])
    days = counters.days(tenant, old.document.created_at.date(), new_year.date())
    assert [day.hour for day in non_zero(days)] == [datetime(2025, 12, 31, tzinfo=UTC)]


def test_expired_hours_of_a_day_are_not_shown(table, counters, tenant):
    """The item stays until all hours have expired; /stats ends at the retention."""
    batch = [scored("a", at=MIDNIGHT + timedelta(hours=n)) for n in (3, 9, 20)]
    add(counters, tenant, *batch)
    later = MIDNIGHT + RETENTION + timedelta(hours=9, minutes=30)
    hours = buckets(counters, tenant, later)
    assert hours == [("2026-05-20T09:00:00Z", 1), ("2026-05-20T20:00:00Z", 1)]
    assert buckets(counters, tenant, later, bucket="day") == [("2026-05-20T00:00:00Z", 2)]
    items = client("dynamodb").scan(TableName=table)["Items"]
    [item] = [one for one in items if one[PARTITION]["S"].startswith(f"count#{tenant}#")]
    end = MIDNIGHT + timedelta(days=1) + RETENTION
    assert int(item[EXPIRY]["N"]) == end.timestamp()


@pytest.mark.parametrize(
    ("partition", "sort"),
    [
        ("2026-05-20", "2026-05-20T11:00:00Z#3#forum"),  # version 1.0
        ("2026-05#0", "2026-05-20T11:00:00Z#forum"),
        ("2026#0", "2026-05-20#forum"),
    ],
)
def test_other_counts_are_not_read(table, counters, tenant, partition, sort):
    """Those of version 1.0, of other periods, and numbers with other names."""
    item = {
        PARTITION: {"S": f"count#{tenant}#{partition}"},
        SORT: {"S": sort},
        **{name: {"N": "7"} for name in ("positive", "negative", "neutral", "mixed")},
        "compound_sum": {"N": "0.5"},
    }
    client("dynamodb").put_item(TableName=table, Item=item)
    is_of_year = partition == "2026#0"
    assert row_from_item(item) == (CountRow(tenant, "forum", NOW.date()) if is_of_year else None)
    assert buckets(counters, tenant, bucket="day") == []
    add(counters, tenant, scored("a"))
    assert buckets(counters, tenant) == [("2026-05-20T12:00:00Z", 1)]
    assert buckets(counters, tenant, bucket="day") == [("2026-05-20T00:00:00Z", 1)]
    stored = client("dynamodb").get_item(TableName=table, Key=key_of(item))["Item"]
    assert stored["positive"] == item["positive"]
