"""docs/scale.md: generated, from the same numbers as the product and the bill."""

from dataclasses import replace
from math import inf

import pytest
from typer.testing import CliRunner

from echostream.adapters.insertions import MAX_STATEMENTS
from echostream_cli.__main__ import app
from echostream_cli.costs import measurements, template
from echostream_cli.costs.counting import BATCH_SIZE, WINDOW
from echostream_cli.costs.plan import DAYS, plan_month
from echostream_cli.scale import lake_loads, page, senders, simulations, stream_readers, tables
from echostream_cli.scale.limits import DESIGN, ITSELF, PARAMETER, QUOTA, Limit, all_limits
from echostream_cli.scale.loads import DIRECT, PEAK, SINGLY, STREAM, Load, processor_seconds
from echostream_cli.scale.many_tenants import Sharing, count_distinct

LIMITS = all_limits()
SETUPS = pytest.mark.parametrize("setup", [SINGLY, DIRECT, STREAM], ids=tables.NAMES.values())


def test_page_is_generated():
    """From measurements, prices, template, constants and the stored simulation."""
    text = page.PAGE.read_text()
    assert text == page.format_page(simulations.load()), "run: make scale PAGE=1"


def test_stored_simulation_is_that_of_the_code():
    """Some of its runs again, with today's store and counters: the same numbers."""
    stored = simulations.load()
    for name in simulations.WRITERS:
        writer_of = simulations.WRITERS[name]
        result, _ = senders.simulate(writer_of, 1, simulations.SENDERS_SECONDS)
        assert stored.senders[name][0] == result, "run: make scale"
    reader = stream_readers.simulate(1, 1, simulations.READERS_SECONDS)
    assert stored.reader(1, 1) == reader, "run: make scale"
    assert simulations.Simulated.from_json(stored.to_json()) == stored


def test_stored_simulation_has_no_contention_today():
    """With any number of senders; 1.0 had some with ten of them already."""
    stored = simulations.load().senders
    assert [one.senders for one in stored["today"]] == list(simulations.SENDERS)
    assert [one.cancelled for one in stored["today"]] == [0] * len(simulations.SENDERS)
    assert all(one.cancelled > 0 for one in stored["1.0"][1:])
    for before, today in zip(stored["1.0"], stored["today"], strict=True):
        assert today.documents_per_second > before.documents_per_second
        assert today.share_failed <= before.share_failed


def test_page_can_be_written_without_a_simulation(tmp_path, monkeypatch):
    """`echostream scale --page`: the same page, printed too."""
    monkeypatch.setattr(page, "PAGE", tmp_path / "scale.md")
    result = CliRunner().invoke(app, ["scale", "--page"])
    assert result.exit_code == 0
    assert page.PAGE.read_text() == page.format_page(simulations.load())
    assert result.stdout.startswith(page.PAGE.read_text())


@SETUPS
def test_load_follows_from_documents_a_day(setup):
    """Requests by the batch, processes by the duration of a request."""
    load = Load(setup, 8_640_000)
    assert (load.mean, load.peak) == (100, 100 * PEAK)
    assert load.requests == load.peak / setup.batch
    assert load.processors == pytest.approx(load.requests * processor_seconds(setup.batch))
    assert load.table_bytes > load.per_day * template.get_number("RetentionDays", {}) * 200


def test_units_are_those_of_the_bill():
    """The plan of a month has them."""
    load = Load(DIRECT, 1e6)
    line = next(ln for ln in plan_month(1e6).lines if ln.what == "write units, on demand")
    assert load.units * 1e6 * DAYS == pytest.approx(line.quantity)
    assert load.units >= measurements.load().runs["vader", 100].gauge("insert_units")


@SETUPS
def test_bill_has_the_compaction_of_all_documents(setup):
    """Beside the plan of a month: what Athena reads, and what is listed."""
    few, many = (Load(setup, per_day) for per_day in (1e6, 1e8))
    added = [lake_loads.bill_of_month(load).total - load.plan.total for load in (few, many)]
    assert 0 < 10 * added[0] < added[1]


def test_batch_of_changes_is_that_of_one_request_or_of_a_window():
    """At a low rate the changes of a request in a shard, at a high rate what Lambda passes."""
    low, high = Load(SINGLY, 1.0), Load(SINGLY, 1e10)
    assert low.changes_of_batch(low.mean) == pytest.approx(2 / 4 / (1 - 0.75**2), rel=1e-3)
    assert high.changes_of_batch(high.partitions * 1e6) == BATCH_SIZE


def test_batches_of_changes_are_those_of_the_template():
    """The constants of the bill and of the page."""
    mapping = template.get_properties("DeriveFunction")["Events"]["Changes"]["Properties"]
    assert (mapping["BatchSize"], mapping["ParallelizationFactor"]) == (BATCH_SIZE, 1)
    assert mapping["TumblingWindowInSeconds"] == WINDOW.total_seconds()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_limit_is_reached_where_its_use_is_one(limit):
    """More documents use more of it; what is changed is said."""
    assert limit.kind in (PARAMETER, QUOTA, DESIGN, ITSELF)
    assert limit.change
    for setup in (SINGLY, DIRECT, STREAM):
        reached = limit.documents_a_day(setup)
        if reached < inf:
            assert 0.9 < limit.get_use(Load(setup, reached)) <= 1
            assert limit.get_use(Load(setup, reached * 1.02)) > 1
        else:
            assert limit.get_use(Load(setup, 1e10)) <= 1


def test_limits_without_a_path_are_not_reached():
    """The shards of Kinesis do not concern the direct path."""
    kinesis = [limit for limit in LIMITS if "StreamShards" in limit.name]
    assert len(kinesis) == 2
    assert {limit.documents_a_day(DIRECT) for limit in kinesis} == {inf}
    assert all(limit.documents_a_day(STREAM) < inf for limit in kinesis)


def test_first_limit_of_single_documents_is_the_throttle_of_the_api():
    """100 requests a second by default; three times the mean is 2.9 million a day."""
    [throttle] = [limit for limit in LIMITS if "ThrottleRate" in limit.name]
    assert throttle.documents_a_day(SINGLY) == pytest.approx(100 / PEAK * 86_400, rel=1e-3)
    assert throttle.documents_a_day(DIRECT) == pytest.approx(100 * 100 / PEAK * 86_400, rel=1e-3)


def test_reached_limits_name_who_reaches_them_and_what_is_changed():
    """In the order in which batches reach them."""
    limits = [
        Limit("second", DESIGN, "more code", lambda load: load.peak / 2000),
        Limit("first", PARAMETER, "raise it", lambda load: load.requests / 5),
        Limit("never", QUOTA, "nothing", lambda _: 0.5),
    ]
    assert list(tables.list_reached(limits, 8_640_000 * 10)) == [
        "- first (singly, batches, stream; up to 600 times): raise it.",
        "- second (singly, batches, stream; up to 1.5 times): more code.",
    ]


def test_setting_is_the_default_or_what_is_needed():
    """And says if it is past the maximum."""
    default = f"{template.get_number('Shards', {}):.0f}"
    assert tables.setting("Shards", 0.2) == default
    assert tables.setting("Shards", 40.1) == "41"
    assert tables.setting("Shards", 100) == "100 (at most 64)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.0123, "0.012"),
        (3.14, "3.1"),
        (99.6, "100"),
        (12_345, "12,345"),
        (1e6, "1 million"),
        (28_800_000, "29 million"),
        (6.7e9, "6.7 billion"),
        (inf, "-"),
    ],
)
def test_numbers_have_the_digits_that_matter(number, text):
    """Two, or all digits up to a million."""
    assert tables.count(number) == text


def test_sizes_are_decimal():
    """As AWS bills them."""
    assert [tables.size(n) for n in (73, 7_300, 2.13e12)] == ["73 B", "7.3 KB", "2.1 TB"]


def test_batch_of_one_tenant_is_one_object():
    """Of many tenants, nearly one for each document."""
    one, many = Sharing(1000, 1), Sharing(1000, 100_000)
    assert (one.objects, one.transactions) == (1, 1)
    assert 990 < many.objects < 1000
    assert many.transactions > MAX_STATEMENTS // 5
    assert many.units > 100 * one.units
    assert many.seconds > 20 * one.seconds


def test_distinct_kinds_are_at_most_all():
    """The mean number of different faces of dice that are thrown."""
    assert count_distinct(6, 1) == pytest.approx(1)
    assert count_distinct(6, 2) == pytest.approx(11 / 6)
    assert count_distinct(6, 1000) == pytest.approx(6)


def test_full_table_has_more_partitions_than_a_young_one():
    """DynamoDB divides a partition by its size too."""
    load = Load(DIRECT, 1e8)
    assert load.partitions > 10 * load.young_partitions
    assert Load(DIRECT, 1.0).partitions == Load(DIRECT, 1.0).young_partitions


def test_stream_needs_shards_for_processing_before_it_needs_them_for_bytes():
    """Both are computed; the larger number counts."""
    load = Load(STREAM, 1e10)
    assert load.kinesis_shards > load.kinesis_shards_by_size > 1
    assert Load(STREAM, 1.0).kinesis_shards == 1


def test_result_of_a_simulation_without_requests_has_no_share():
    """Instead of a division by zero."""
    result = simulations.load().senders["today"][0]
    assert replace(result, stored=0, failed=0).share_failed == 0
