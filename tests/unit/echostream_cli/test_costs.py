"""Prices, bills, plans and the page that is made of them."""

import json

import pytest

from echostream.domain.engine import ENGINES
from echostream_cli.costs import measured, prices, tables, template
from echostream_cli.costs.bill import added, bill_of, scaled
from echostream_cli.costs.calls import Exchange, name_of
from echostream_cli.costs.lambda_logs import EVENT_BYTES, access_line_bytes, ran
from echostream_cli.costs.measured import MANY
from echostream_cli.costs.meter import Meter
from echostream_cli.costs.plan import BadPlan, affordable, monthly, simple_design
from echostream_cli.paths import ROOT

MILLION = 1_000_000


def test_every_price_says_where_it_is_from():
    """A page of AWS's own, and a day."""
    assert len(prices.prices()) > 20
    for price in prices.prices().values():
        assert price.source.startswith("https://aws.amazon.com/"), price.name
        assert price.date.year >= 2026


GOOD = (
    "{part: P, what: w, unit: u, dollars: 1, per: 1, free: 0, source: 'https://a',"
    " date: 2026-01-01}"
)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (GOOD.replace("dollars: 1, ", ""), "dollars"),
        (GOOD.replace("dollars: 1", "dollars: cheap"), "dollars is 'cheap'"),
        (GOOD.replace("per: 1", "per: 0"), "per more than 0"),
        (GOOD.replace("https://a", "hearsay"), "source must be a page"),
        (GOOD.replace("2026-01-01", "soon"), "date"),
    ],
)
def test_a_bad_price_is_named(wrong, named):
    """The message names the price and the field."""
    with pytest.raises(prices.BadPrices, match=f"^thing: .*{named}"):
        prices.parse(f"prices: {{thing: {wrong}}}")


def test_a_bill_is_quantity_times_price():
    """The free tier is apart, and never takes off more than there is."""
    bill = bill_of({"s3_put": 200, "lambda_request": 1_500_000, "logs_ingested": 2})
    assert [(one.part, one.dollars, one.free) for one in bill.lines] == [
        ("Lambda", pytest.approx(0.30), pytest.approx(0.20)),
        ("S3", pytest.approx(0.001), 0),
        ("Logs", 1, 1),
    ]
    assert bill.total == pytest.approx(1.301)
    assert bill.after_free == pytest.approx(0.101)
    assert sum(dollars for dollars, _ in bill.by_part().values()) == pytest.approx(bill.total)


def test_what_has_no_price_is_no_bill():
    """A usage with a wrong name is an error, not zero."""
    with pytest.raises(KeyError, match="s3_putt"):
        bill_of({"s3_putt": 1})


def request(method, path, **headers):
    return Exchange(method, path, headers, b"")


def signed(service):
    return (
        f"AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/{service}/aws4_request, Signature=x"
    )


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        (
            request("POST", "/", **{"x-amz-target": "DynamoDB_20120810.PutItem"}),
            ("dynamodb", "PutItem"),
        ),
        (request("POST", "/_aws/execute-api/abc/ingest?x=1"), ("execute-api", "POST /ingest")),
        (request("PUT", "/b/a/key", authorization=signed("s3")), ("s3", "PutObject")),
        (request("GET", "/b/a/key", authorization=signed("s3")), ("s3", "GetObject")),
        (request("GET", "/b?list-type=2", authorization=signed("s3")), ("s3", "ListObjects")),
        (request("POST", "/b?delete", authorization=signed("s3")), ("s3", "PostObjects")),
        (
            request("PUT", "/b/k?uploadId=1&partNumber=1", authorization=signed("s3")),
            ("s3", "PutPart"),
        ),
        (request("GET", "/"), ("unknown", ".")),
    ],
)
def test_calls_say_what_they_are(exchange, name):
    """By target, by path, or by signature and path."""
    assert name_of(exchange) == name


def metered(exchange):
    meter = Meter(dynamodb=None)
    meter.after(exchange, meter.before(exchange))
    return meter.take()


def comprehend(operation, asked, answer, status=200):
    headers = {"x-amz-target": f"Comprehend_20171127.{operation}"}
    body, said = json.dumps(asked).encode(), json.dumps(answer).encode()
    return metered(Exchange("POST", "/", headers, body, status, said)).total


def test_comprehend_charges_for_what_it_answered():
    """100 characters a unit, 3 at least a text; items that failed and refused calls are free."""
    texts = {"TextList": ["short", "x" * 301, "é" * 300]}
    answered = {"ResultList": [{"Index": 0}, {"Index": 1}], "ErrorList": [{"Index": 2}]}
    assert comprehend("BatchDetectSentiment", texts, answered) == {"comprehend_unit": 3 + 4}
    assert comprehend("DetectSentiment", {"Text": "é" * 300}, {}) == {"comprehend_unit": 3}
    assert comprehend("BatchDetectSentiment", texts, {}, status=400) == {}


def test_an_api_request_is_metered_by_its_size():
    """Steps of 512 KB, and the answer's bytes go to the internet."""
    found = metered(Exchange("POST", "/_aws/execute-api/a/ingest", {}, b"x" * 600_000, 202, b"y"))
    assert found.total == {"api_request": 2, "data_out": 1 / 2**30}


def test_objects_cost_by_what_is_done():
    """PUT and LIST at one price, GET at another, DELETE free; what is put is stored."""
    auth = {"authorization": signed("s3")}
    for method, usage in (("PUT", {"s3_put": 1}), ("GET", {"s3_get": 1}), ("DELETE", {})):
        assert metered(Exchange(method, "/b/k", auth, b"abc", 200, b"")).total == usage
    assert metered(Exchange("PUT", "/b/k", auth, b"abc", 200, b"")).gauges == {"lake_bytes": 3}


def test_functions_are_metered_by_lambdas_own_lines():
    """Invocations are counted, their time is that of the quickest, lines cost by their bytes."""
    lines = ["START", *(_report(ms) for ms in (20, 12, 900))]
    found = ran(lines)
    reading = found.reading()
    assert reading.usage["lambda_request"] == 3
    assert reading.usage["lambda_gb_second"] == pytest.approx(3 * 0.012 * 0.5)
    assert reading.gauges == {"billed_ms": 932}
    size = sum(len(line) + EVENT_BYTES for line in lines)
    assert reading.usage["logs_ingested"] == size / 2**30
    assert ran([]).reading().usage["lambda_request"] == 0


def _report(ms):
    return (
        f"REPORT RequestId: a\tDuration: {ms} ms\tBilled Duration: {ms} ms\tMemory Size: 512 MB\t"
    )


def test_metrics_in_log_lines_are_counted_once():
    """Each name with its dimensions is a metric, however often it is written."""
    body = {
        "Namespace": "N",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "A"}, {"Name": "B"}],
    }
    line = json.dumps({"_aws": {"CloudWatchMetrics": [body]}, "service": "s", "A": 1, "B": 2})
    assert ran([line, line]).metrics == {"N A ['s']", "N B ['s']"}


def test_a_line_of_the_access_log():
    """The format's variables stand for values."""
    assert access_line_bytes('{"s":"$context.status"}') == len('{"s":"202"}') + EVENT_BYTES


# What is kept, and what is said of it


def test_the_page_is_what_was_metered():
    """docs/costs.md is made of measured.json and prices.yaml, by no other hand."""
    page = (ROOT / "docs" / "costs.md").read_text()
    assert page == tables.page(measured.measured()), "run: make cost, or echostream cost --page"


def test_every_metered_dollar_has_a_call():
    """The bill of a run is the sum of its calls' bills, and no call's units lack a price."""
    assert measured.measured().runs
    for run in measured.measured().runs.values():
        of_calls = sum(bill_of(usage).total for usage in run.metered.usage.values())
        assert bill_of(run.metered.total).total == pytest.approx(of_calls)
        assert set(run.metered.usage) == set(run.metered.calls)


def million(usage):
    return bill_of(scaled(usage, MILLION))


@pytest.mark.parametrize("engine", ENGINES)
def test_batches_cost_at_most_half(engine):
    """Of one call, one object and one write each; Comprehend's own charge no batch can lower."""
    found = measured.measured()
    simple = million(simple_design(found, engine))
    batches = million(found.runs[engine, MANY].per_document())

    def own(bill):
        return bill.total - bill.by_part().get("Comprehend", (0, 0))[0]

    assert own(batches) <= own(simple) / 2
    if engine != "comprehend":
        assert batches.total <= simple.total / 2


def test_documents_are_metered_alike_in_any_number():
    """Requests, objects and invocations of a run follow from documents and batch alone."""
    assert measured.measured().runs
    for (_, batch), run in measured.measured().runs.items():
        calls = -(-run.documents // batch)
        assert run.metered.calls["execute-api POST /ingest"] == calls
        assert run.metered.total["lambda_request"] == calls
        assert run.metered.calls["s3 PutObject"] >= 2 * calls
        assert run.metered.total["dynamodb_write"] >= 3 * run.documents


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plan_lies_between_the_metered_ones(engine):
    """At the metered batches a plan uses the metered figures; between them it lies between."""
    found = measured.measured()
    for batch in (1, MANY):
        planned = found.per_document(engine, batch)
        metered_ = found.runs[engine, batch].per_document()
        assert planned == pytest.approx(dict(metered_), abs=1e-12)
    one, ten, many = (monthly(10_000, engine=engine, batch=b).total for b in (1, 10, MANY))
    assert one > ten > many


def test_a_month_of_nothing_costs_what_stands():
    """Nobody sends: pages, the night and alarms are left; twice the documents cost no less."""
    idle = monthly(0)
    assert 0 < idle.after_free < 1
    assert {line.part for line in idle.lines} >= {"Lambda", "Athena", "Cognito"}
    assert idle.total < monthly(1000).total < monthly(2000).total


def test_comprehend_ends_at_the_cap():
    """The spend cap of the template is the most that a month pays Comprehend."""
    bill = monthly(1_000_000, engine="comprehend")
    (line,) = (line for line in bill.lines if line.part == "Comprehend")
    assert line.quantity == template.number("SpendCap", {})
    assert line.dollars == pytest.approx(15)


def test_how_much_a_budget_pays_for():
    """One document a day more would cost more than the budget."""
    rate = affordable(25, "vader", 100, lambda bill: bill.total)
    assert monthly(rate).total <= 25 < monthly(rate + 1).total
    assert affordable(0, "vader", 100, lambda bill: bill.total) == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"documents_per_day": -1}, "DOCS_PER_DAY"),
        ({"documents_per_day": 1, "engine": "oracle"}, "ENGINE.*'oracle'"),
        ({"documents_per_day": 1, "batch": 501}, "BATCH.*501"),
    ],
)
def test_what_cannot_be_planned_for(arguments, named):
    """The message names the setting."""
    with pytest.raises(BadPlan, match=named):
        monthly(arguments.pop("documents_per_day"), **arguments)


def test_fewer_documents_do_not_overwrite_more(tmp_path):
    """A quick look leaves what the tables are made of."""
    kept = tmp_path / "measured.json"
    assert measured.keep({"documents": 1000}, kept)
    assert not measured.keep({"documents": 200}, kept)
    assert measured.keep({"documents": 1000, "as_of": "later"}, kept)
    assert json.loads(kept.read_text())["as_of"] == "later"


def test_usages_add_up():
    """By price."""
    assert added({"a": 1.0}, {"a": 2.0, "b": 1.0}) == {"a": 3, "b": 1}
