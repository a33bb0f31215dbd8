"""Events of the stream: records, times and positions."""

import base64
import importlib.util
import json
from typing import Any

import pytest

from echostream.domain.consume import Consume
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.privacy import PLAIN
from echostream.entrypoints import stream_event, wiring
from echostream_cli.paths import ROOT
from tests.builders import NOW
from tests.fakes import MemoryErasures, MemoryLake, MemoryQuarantine, MemoryStore
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.echostream.test_ingest import Failing, ingest


def entry(data, number):
    """A record as Lambda delivers it."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "acme#1",
            "sequenceNumber": str(number),
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": NOW.timestamp(),
        },
        "eventSource": "aws:kinesis",
        "eventID": f"shardId-000000000000:{number}",
    }


def test_records_are_the_bytes_that_were_written():
    """In their order, whatever they are, with the time at which they were written."""
    event = {"Records": [entry(b"\xff\x00", 1), entry(b"", 2)]}
    assert stream_event.is_stream_event(event)
    records = stream_event.records(event)
    assert [(r.data, r.written_at) for r in records] == [(b"\xff\x00", NOW), (b"", NOW)]
    assert stream_event.position(event) == "shardId-000000000000:2"


def test_request_of_the_api_is_no_stream_event():
    """The processor serves both."""
    assert not stream_event.is_stream_event({"version": "2.0", "routeKey": "POST /ingest"})


@pytest.fixture(params=[(TryAgain, "try_again"), (CallRefused, "call_refused")])
def failure(request):
    """An error of the store, and its line in the log."""
    return request.param


@pytest.fixture
def processor(monkeypatch, failure):
    """The processor's handler, with a store that fails once."""
    path = ROOT / "lambdas" / "processor" / "handler.py"
    spec = importlib.util.spec_from_file_location("processor", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    store = Failing(MemoryStore(), "put", error=failure[0])
    consume = Consume(
        ingest(MemoryLake(), store), MemoryQuarantine(), MemoryErasures(), lambda _: PLAIN
    )
    monkeypatch.setattr(wiring, "consume", lambda: consume)
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    return module.handler


def test_processor_fails_for_a_dependency_and_not_for_poison(processor, failure, caplog):
    """A failed batch is delivered again; the log names its position only when it is done."""
    record = {"version": 1, "tenant": "acme", "arrived_at": NOW.isoformat()}
    documents = [{"id": f"{number}", "text": "a"} for number in range(501)]
    good = json.dumps({**record, "documents": documents}).encode()
    event = {"Records": [entry(b"poison", 1), entry(good, 2)]}
    with pytest.raises(failure[0]):
        processor(event, CONTEXT)
    assert failure[1] in caplog.messages
    assert not any(hasattr(line, "position") for line in caplog.records)
    assert processor(event, CONTEXT) == {}
    ingested: list[Any] = [line for line in caplog.records if line.message == "ingested"]
    assert [len(line.ids) for line in ingested] == [500, 1]
    assert {line.position for line in ingested} == {"shardId-000000000000:2"}
