"""Metering of calls: the service, the operation and the units that AWS would bill."""

import json

import pytest

from echostream_cli.costs.calls import Exchange, MeteredUsage, Reading, identify
from echostream_cli.costs.lambda_logs import EVENT_BYTES, access_line_bytes, parse_log
from echostream_cli.costs.meter import Meter


def make_request(method, path, **headers):
    return Exchange(method, path, headers, b"")


def sign_for(service):
    return (
        f"AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/{service}/aws4_request, Signature=x"
    )


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        (
            make_request("POST", "/", **{"x-amz-target": "DynamoDB_20120810.PutItem"}),
            ("dynamodb", "PutItem"),
        ),
        (make_request("POST", "/_aws/execute-api/abc/ingest?x=1"), ("execute-api", "POST /ingest")),
        (make_request("PUT", "/b/a/key", authorization=sign_for("s3")), ("s3", "PutObject")),
        (make_request("GET", "/b/a/key", authorization=sign_for("s3")), ("s3", "GetObject")),
        (
            make_request("GET", "/b?list-type=2", authorization=sign_for("s3")),
            ("s3", "ListObjects"),
        ),
        (make_request("POST", "/b?delete", authorization=sign_for("s3")), ("s3", "PostObjects")),
        (
            make_request("PUT", "/b/k?uploadId=1&partNumber=1", authorization=sign_for("s3")),
            ("s3", "PutPart"),
        ),
        (
            Exchange(
                "POST", "/", {"authorization": sign_for("sts")}, b"Version=1&Action=AssumeRole"
            ),
            ("sts", "AssumeRole"),
        ),
        (
            make_request("POST", "/model/a/converse", authorization=sign_for("bedrock")),
            ("bedrock-runtime", "."),
        ),
        (make_request("GET", "/"), ("unknown", ".")),
    ],
)
def test_service_and_operation_of_a_call_are_identified(exchange, name):
    """From the target header, the path, or the signature and the path."""
    assert identify(exchange) == name


def test_sessions_of_tenants_are_free():
    """STS charges nothing."""
    headers = {"authorization": sign_for("sts")}
    usage = meter(Exchange("POST", "/", headers, b"Action=AssumeRole", 200, b"<x/>"))
    assert usage.calls == {"sts AssumeRole": 1}
    assert usage.total == {}


def meter(exchange):
    """The usage of one call."""
    meter = Meter(dynamodb=None)
    meter.after(exchange, meter.before(exchange))
    return meter.take()


def meter_comprehend(operation, request, response, status=200):
    headers = {"x-amz-target": f"Comprehend_20171127.{operation}"}
    bodies = json.dumps(request).encode(), status, json.dumps(response).encode()
    return meter(Exchange("POST", "/", headers, *bodies)).total


def test_comprehend_is_metered_by_units_of_texts_with_a_result():
    """100 characters a unit, at least 3 for a text; errors are free."""
    texts = {"TextList": ["short", "x" * 301, "é" * 300]}
    response = {"ResultList": [{"Index": 0}, {"Index": 1}], "ErrorList": [{"Index": 2}]}
    usage = meter_comprehend("BatchDetectSentiment", texts, response)
    assert usage == {"comprehend_unit": 3 + 4}
    assert meter_comprehend("DetectSentiment", {"Text": "é" * 300}, {}) == {"comprehend_unit": 3}
    assert meter_comprehend("BatchDetectSentiment", texts, {}, status=400) == {}


def test_api_request_is_metered_by_its_size():
    """In steps of 512 KB; the bytes of the response are transfer to the internet."""
    usage = meter(Exchange("POST", "/_aws/execute-api/a/ingest", {}, b"x" * 600_000, 202, b"y"))
    assert usage.total == {"api_request": 2, "data_out": 1 / 2**30}


def test_s3_requests_are_metered_by_operation():
    """PUT at one price, GET at another, DELETE free; the body of a PUT is stored."""
    auth = {"authorization": sign_for("s3")}
    for method, usage in (("PUT", {"s3_put": 1}), ("GET", {"s3_get": 1}), ("DELETE", {})):
        assert meter(Exchange(method, "/b/k", auth, b"abc", 200, b"")).total == usage
    assert meter(Exchange("PUT", "/b/k", auth, b"abc", 200, b"")).gauges == {"lake_bytes": 3}


def test_queue_is_metered_by_the_size_of_its_messages():
    """In steps of 64 KB."""
    target = {"x-amz-target": "AmazonSQS.SendMessage"}
    for size, requests in ((1, 1), (65_536, 1), (65_537, 2)):
        usage = meter(Exchange("POST", "/", target, b"x" * size, 200, b"{}"))
        assert usage.calls == {"sqs SendMessage": 1}
        assert usage.total == {"sqs_request": requests}


def test_functions_are_metered_by_the_report_lines_of_their_logs():
    """Number and 10th percentile of the durations; all lines are billed by their bytes."""
    lines = ["START", *(_report(ms) for ms in (20, 12, 900))]
    reading = parse_log(lines).to_reading()
    assert reading.usage["lambda_request"] == 3
    assert reading.usage["lambda_gb_second"] == pytest.approx(3 * 0.012 * 0.5)
    assert reading.gauges == {"billed_ms": 932}
    usage = parse_log(lines).to_reading(are_alike=False).usage
    assert usage["lambda_gb_second"] == pytest.approx(0.932 * 0.5)
    size = sum(len(line) + EVENT_BYTES for line in lines)
    assert reading.usage["logs_ingested"] == size / 2**30
    assert parse_log([]).to_reading().usage["lambda_request"] == 0


def test_cold_start_is_the_duration_of_the_first_call_beyond_the_others():
    """In GB-seconds; 0 if the function was warm."""
    log = parse_log([_report(ms) for ms in (20, 12, 900)])
    assert log.extra_of(parse_log([_report(2012), _report(9)])) == pytest.approx(2 * 0.5)
    assert log.extra_of(parse_log([_report(5)])) == 0


def _report(ms):
    return (
        f"REPORT RequestId: a\tDuration: {ms} ms\tBilled Duration: {ms} ms\tMemory Size: 512 MB\t"
    )


def test_calls_of_another_function_are_named_by_it():
    """Sums and gauges contain both measurements; the function's invocations keep their name."""
    metered, counting = MeteredUsage(), MeteredUsage()
    metered.add("dynamodb GetItem", Reading({"dynamodb_read": 1}, {"bytes": 1}))
    counting.add("dynamodb GetItem", Reading({"dynamodb_read": 2}, {"bytes": 2}), times=3)
    counting.add("lambda derive", Reading({"lambda_request": 1}))
    metered.merge(counting, "derive")
    assert metered.calls == {
        "dynamodb GetItem": 1,
        "dynamodb GetItem (derive)": 3,
        "lambda derive": 1,
    }
    assert metered.total == {"dynamodb_read": 3, "lambda_request": 1}
    assert metered.gauges == {"bytes": 3}


def test_custom_metrics_in_log_lines_are_counted_once():
    """A metric is a name with dimensions, whatever the number of its lines."""
    body = {
        "Namespace": "N",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "A"}, {"Name": "B"}],
    }
    line = json.dumps({"_aws": {"CloudWatchMetrics": [body]}, "service": "s", "A": 1, "B": 2})
    assert parse_log([line, line]).metrics == {"N A ['s']", "N B ['s']"}


def test_size_of_an_access_log_line_is_computed_from_its_format():
    """With typical values in place of the variables."""
    assert access_line_bytes('{"s":"$context.status"}') == len('{"s":"202"}') + EVENT_BYTES
