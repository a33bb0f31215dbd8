"""Prices, bills, plans, and the generated page docs/costs.md."""

import json

import pytest
from typer.testing import CliRunner

from echostream.domain.engine import ENGINES
from echostream_cli.__main__ import app
from echostream_cli.costs import measurements, prices, tables, template
from echostream_cli.costs.bill import add, make_bill, scale
from echostream_cli.costs.measurements import MANY, SIZES
from echostream_cli.costs.plan import (
    InvalidPlan,
    find_affordable_rate,
    plan_month,
    simple_design,
)
from echostream_cli.costs.sources import (
    ANSWER_SECONDS,
    METERED_SOURCES,
    MONTH,
    compute_sources,
)
from echostream_cli.paths import ROOT

MILLION = 1_000_000
MEASURED = measurements.load()


@pytest.mark.parametrize("price", prices.prices().values(), ids=lambda price: price.name)
def test_price_has_a_source_and_a_date(price):
    """The source is a page of AWS."""
    assert price.source.startswith("https://aws.amazon.com/")
    assert price.date.year >= 2026


VALID = (
    "{part: P, what: w, unit: u, dollars: 1, per: 1, free: 0, source: 'https://a',"
    " date: 2026-01-01}"
)


def test_valid_price_is_parsed():
    """The price that the next test invalidates is valid."""
    assert prices.parse(f"prices: {{thing: {VALID}}}")["thing"].of(3) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dollars: 1, ", "", "dollars$"),
        ("dollars: 1", "dollars: cheap", "dollars has the wrong type, is 'cheap'"),
        ("per: 1", "per: 0", "per more than 0"),
        ("https://a", "hearsay", "source must be an https URL"),
        ("2026-01-01", "soon", "date has the wrong type"),
    ],
)
def test_invalid_price_is_refused(old, new, message):
    """The message names the price and the field."""
    assert old in VALID
    with pytest.raises(prices.InvalidPrices, match=f"^thing: .*{message}"):
        prices.parse(f"prices: {{thing: {VALID.replace(old, new)}}}")


def test_bill_is_quantity_times_price():
    """The free tier is a separate amount, at most that of the line."""
    bill = make_bill({"s3_put": 200, "lambda_request": 1_500_000, "logs_ingested": 2})
    assert [(line.part, line.dollars, line.free) for line in bill.lines] == [
        ("Lambda", pytest.approx(0.30), pytest.approx(0.20)),
        ("S3", pytest.approx(0.001), 0),
        ("Logs", 1, 1),
    ]
    assert bill.total == pytest.approx(1.301)
    assert bill.after_free == pytest.approx(0.101)
    assert sum(dollars for dollars, _ in bill.by_part().values()) == pytest.approx(bill.total)


def test_usage_without_a_price_is_an_error():
    """A misspelled name must not cost 0."""
    with pytest.raises(KeyError, match="s3_putt"):
        make_bill({"s3_putt": 1})


def test_page_is_generated_from_measurements_and_prices():
    """docs/costs.md is not edited by hand."""
    page = (ROOT / "docs" / "costs.md").read_text()
    assert page == tables.format_page(MEASURED), "run: make cost, or echostream cost --page"


RUNS = {f"{engine}/{batch}": run for (engine, batch), run in MEASURED.runs.items()}


def test_every_engine_was_metered_singly_and_in_batches():
    """The tables need these runs."""
    assert set(MEASURED.runs) == {(engine, batch) for engine in ENGINES for batch in SIZES}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_every_call_of_a_run_has_a_price(run):
    """No unit of a call is unknown to the price file, and no call is unbilled by mistake."""
    bills = {call: make_bill(usage).total for call, usage in run.metered.usage.items()}
    assert bills
    assert [call for call, dollars in bills.items() if dollars <= 0] == []


def make_bill_of_million(usage):
    return make_bill(scale(usage, MILLION))


@pytest.mark.parametrize("engine", ENGINES)
def test_batches_cost_at_most_a_quarter_of_the_simple_design(engine):
    """Except for Comprehend's price of a text, which batches cannot reduce."""
    simple = make_bill_of_million(simple_design(MEASURED, engine))
    batches = make_bill_of_million(MEASURED.runs[engine, MANY].per_document())

    def get_other_cost(bill):
        return bill.total - bill.by_part().get("Comprehend", (0, 0))[0]

    assert get_other_cost(batches) <= get_other_cost(simple) / 4
    if engine != "comprehend":
        assert batches.total <= simple.total / 4


def test_cost_of_batches_and_single_documents():
    """With VADER: a fifth of the simple design in batches, and little more than it singly."""
    simple = make_bill_of_million(simple_design(MEASURED, "vader")).total
    for batch, share in ((1, 1.2), (MANY, 0.2)):
        documents = MEASURED.runs["vader", batch].per_document()
        assert make_bill_of_million(documents).total <= share * simple


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_calls_of_a_run_follow_from_documents_and_batch(run):
    """Requests, invocations, objects and write units."""
    calls = -(-run.documents // run.batch)
    usage = run.metered.usage
    assert run.metered.calls["execute-api POST /ingest"] == calls
    assert usage["lambda processor"]["lambda_request"] == calls
    assert run.metered.calls["s3 PutObject"] == calls
    assert (
        usage["lambda derive"]["lambda_request"] <= run.metered.calls["s3 PutObject (derive)"] * 2
    )
    assert usage["dynamodb BatchExecuteStatement"]["dynamodb_write"] >= 2 * run.documents
    counts = run.metered.calls["dynamodb TransactWriteItems (derive)"]
    assert usage["dynamodb TransactWriteItems (derive)"]["dynamodb_write"] >= 2 * counts


@pytest.mark.parametrize("engine", ENGINES)
def test_simple_design_has_one_call_one_object_and_one_write(engine):
    """For each document: the function that counts is no part of it."""
    usage = simple_design(MEASURED, engine)
    assert usage["lambda_request"] == usage["s3_put"] == pytest.approx(1)
    assert usage["api_request"] == pytest.approx(1)
    assert 2 <= usage["dynamodb_write"] < 2.1


@pytest.mark.parametrize("engine", ENGINES)
def test_plan_interpolates_between_the_metered_batches(engine):
    """At the metered batches it equals the measurements; larger batches cost less."""
    for batch in SIZES:
        planned = MEASURED.per_document(engine, batch)
        measured = MEASURED.runs[engine, batch].per_document()
        assert planned == pytest.approx(dict(measured), abs=1e-12)
    totals = [plan_month(10_000, engine=engine, batch=b).total for b in (1, 5, 10, 25, MANY, 500)]
    assert totals == sorted(set(totals), reverse=True)


def test_longer_window_costs_less():
    """More documents share an object and a count; the default is that of the template."""
    totals = [
        plan_month(30_000, batch=1, parameters={"DeriveWindow": str(seconds)}).total
        for seconds in (0, 60, 120, 240)
    ]
    assert totals == sorted(set(totals), reverse=True)
    assert plan_month(30_000, batch=1).total == totals[2]


def test_month_without_documents_has_fixed_costs_only():
    """Reads, the nightly compaction and alarms; more documents cost more."""
    idle = plan_month(0)
    assert 0 < idle.after_free < 1
    assert {line.part for line in idle.lines} >= {"Lambda", "Athena", "Cognito"}
    assert idle.total < plan_month(1000).total < plan_month(2000).total


def test_cost_of_comprehend_is_limited_by_the_spend_cap():
    """The template's default, $15 a month."""
    bill = plan_month(1_000_000, engine="comprehend")
    (line,) = (line for line in bill.lines if line.part == "Comprehend")
    assert line.quantity == template.get_number("SpendCap", {})
    assert line.dollars == pytest.approx(15)


def test_affordable_rate_is_the_highest_within_the_budget():
    """One more document a day would exceed it."""
    rate = find_affordable_rate(25, "vader", 100, lambda bill: bill.total)
    assert plan_month(rate).total <= 25 < plan_month(rate + 1).total
    assert find_affordable_rate(0, "vader", 100, lambda bill: bill.total) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"documents_per_day": -1}, "DOCS_PER_DAY"),
        ({"documents_per_day": 1, "engine": "oracle"}, "ENGINE.*'oracle'"),
        ({"documents_per_day": 1, "batch": 501}, "BATCH.*501"),
        ({"documents_per_day": 1, "sources": -1}, "SOURCES.*-1"),
    ],
)
def test_plan_with_an_invalid_setting_is_refused(arguments, message):
    """The message names the setting."""
    with pytest.raises(InvalidPlan, match=message):
        plan_month(**arguments)


def test_live_sources_cost_their_reads_and_credentials():
    """A fifth of them has a secret. An idle producer costs less than one that reads."""
    assert compute_sources(MEASURED, 0) == {}
    usage = compute_sources(MEASURED, METERED_SOURCES)
    reads = METERED_SOURCES * MONTH / 300
    assert usage["secret"] == 1
    assert usage["secret_call"] == pytest.approx(reads / 5)
    assert usage["lambda_request"] == pytest.approx(MONTH / 60)
    assert usage["dynamodb_write"] >= 3 * reads  # the claim, the cursor, the progress
    seconds = sum(ANSWER_SECONDS.values()) / 5
    assert usage["lambda_gb_second"] > reads * seconds * 0.5
    totals = [make_bill(compute_sources(MEASURED, 5, every)).total for every in (60, 300, 3600)]
    assert totals == sorted(totals, reverse=True)
    added = plan_month(1000, sources=5).total - plan_month(1000).total
    assert added == pytest.approx(totals[1])


def test_measurements_of_fewer_documents_are_not_saved(tmp_path):
    """A short run does not replace the measurements of a long one."""
    file = tmp_path / "measured.json"
    assert measurements.save({"documents": 1000}, file)
    assert not measurements.save({"documents": 200}, file)
    assert measurements.save({"documents": 1000, "as_of": "later"}, file)
    assert json.loads(file.read_text())["as_of"] == "later"


def test_usages_are_added_by_price():
    """Missing quantities count as 0."""
    assert add({"a": 1.0}, {"a": 2.0, "b": 1.0}) == {"a": 3, "b": 1}


def test_plan_as_json_has_the_bill_of_a_month():
    """Each line in dollars, their sum, and the sum after the free tier."""
    arguments = ["cost", "--per-day", "5000", "--engine", "cascade", "--batch", "25", "--json"]
    plan = json.loads(CliRunner().invoke(app, arguments).stdout)
    bill = plan_month(5000, engine="cascade", batch=25)
    assert (plan["documents_per_day"], plan["engine"], plan["batch"]) == (5000, "cascade", 25)
    assert plan["total"] == pytest.approx(bill.total)
    after_free = sum(line["dollars"] - line["free"] for line in plan["lines"])
    assert plan["after_free"] == pytest.approx(after_free)
    assert "Comprehend" in {line["part"] for line in plan["lines"]}
