"""The soak: its traffic, its proxy's faults, and what its audit finds."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bench.soak import audit
from bench.soak.__main__ import parser
from bench.soak.audit import Accepted, Stores
from bench.soak.faulty_proxy import Fault, FaultyForwarder, _response
from bench.soak.traffic import BAD_KINDS, REFUSED, make_traffic
from echostream.domain.door import check
from echostream.domain.errors import BadRequest
from echostream.domain.stream_record import parse
from echostream.domain.validation import AcceptedTimes
from echostream_cli.costs.calls import Exchange
from echostream_cli.costs.proxy import ConnectionCut, Forwarder, serve
from echostream_cli.settings import Settings
from tests.aws import client, mock_table
from tests.builders import RETENTION
from tests.make_targets import calls
from tests.unit.echostream_cli.filled_table import create_table

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)


def test_traffic_has_bad_documents_and_repeats():
    """1% are bad, of which a quarter passes the door; 5% are sent twice."""
    traffic = make_traffic(20_000, "stream", 1, NOW)
    rows = [row for request in traffic.requests for row in request.rows]
    assert len(rows) == 21_000
    accepted, rejected = check(rows, AcceptedTimes(NOW, RETENTION))
    documents = [one.document for one in accepted.values()]
    assert 150 <= len(rejected) <= 170
    assert len({d.id for d in documents if REFUSED in d.text}) == 25
    assert len(traffic.records) + len(traffic.impossible) == 101
    for record in traffic.records:
        with pytest.raises(BadRequest):
            parse(record)
    for record in traffic.impossible:
        assert abs(parse(record).arrived_at - NOW) >= timedelta(days=1)
    assert max(map(len, traffic.records)) == 1_048_576
    assert make_traffic(20_000, "stream", 1, NOW) == traffic


def test_small_traffic_has_each_kind_of_bad_document():
    """A test of some hundred documents has all of them."""
    traffic = make_traffic(300, "direct", 1, NOW)
    rows = [row for request in traffic.requests for row in request.rows]
    _, rejected = check(rows, AcceptedTimes(NOW, RETENTION))
    assert len({rejection.message for rejection in rejected}) >= BAD_KINDS - 2
    assert traffic.records == []


class Upstream(Forwarder):
    """In place of the emulator: keeps requests, and answers each entry of a batch."""

    def __init__(self):
        self.bodies: list[dict[str, Any]] = []

    def forward(self, request):
        self.bodies.append(json.loads(request.body))
        entries = self.bodies[-1].get("Statements") or self.bodies[-1].get("Records") or []
        name = "Responses" if "Statements" in self.bodies[-1] else "Records"
        body = json.dumps({name: [{"done": entry} for entry in entries]}).encode()
        exchange = Exchange("POST", "/", {}, request.body, 200, body)
        return urllib3.HTTPResponse(b"", status=200), exchange


@pytest.fixture
def upstream(monkeypatch):
    upstream = Upstream()
    monkeypatch.setattr(Forwarder, "forward", lambda _, request: upstream.forward(request))
    return upstream


def call(target, **content):
    signature = "Credential=test/20260520/us-east-1/kinesis/aws4_request"
    headers = {"x-amz-target": target, "authorization": signature, "host": "aws"}
    return Exchange("POST", "/", headers, json.dumps(content).encode())


INSERT = "DynamoDB_20120810.BatchExecuteStatement"


def test_statement_with_the_mark_is_refused_alone(upstream):
    """The others reach the table; each result is in its place."""
    proxy = FaultyForwarder(Settings(Path()), seed=1)
    statements = [{"Parameters": [text]} for text in ("a", f"{REFUSED}, 1", "b")]
    _, exchange = proxy.forward(call(INSERT, Statements=statements))
    responses = json.loads(exchange.response)["Responses"]
    assert [r.get("Error", {}).get("Code") for r in responses] == [None, "ValidationError", None]
    assert upstream.bodies == [{"Statements": [statements[0], statements[2]]}]


def test_changed_request_of_a_session_is_signed_with_its_secret(monkeypatch):
    """The proxy learns the secret from the response with which STS issued it."""
    issued = "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>"

    def respond(_, request):
        return _response(request, 200, issued.encode())

    monkeypatch.setattr(Forwarder, "forward", respond)
    proxy = FaultyForwarder(Settings(Path()), seed=1)
    signature = "Credential=AKIA1/20260520/us-east-1/sts/aws4_request"
    proxy.forward(Exchange("POST", "/", {"authorization": signature}, b"Action=AssumeRole"))
    assert proxy._secret_of("ASIA1") == "hidden"


def test_faults_come_before_after_and_in_a_part_of_the_work(upstream):
    """Every kind is injected; only one that comes after the work has reached the service."""
    proxy = FaultyForwarder(Settings(Path()), seed=1)
    proxy.share = 1.0
    outcomes: Counter[tuple[str, int]] = Counter()
    for _ in range(60):
        before = len(upstream.bodies)
        try:
            _, exchange = proxy.forward(call("Kinesis_20131202.PutRecords", Records=[1, 2, 3]))
            content = json.loads(exchange.response)
            result = str(exchange.status)
            if exchange.status == 200:
                assert [("ErrorCode" in record) for record in content["Records"]] == [1, 0, 1]
                assert upstream.bodies[-1]["Records"] == [2]
        except ConnectionCut:
            result = "cut"
        outcomes[result, len(upstream.bodies) - before] += 1
    assert set(outcomes) == {("400", 0), ("500", 0), ("200", 1), ("cut", 0), ("cut", 1)}
    assert set(proxy.injected) == {f"kinesis {fault.name.lower()}" for fault in Fault}


def test_outage_refuses_the_next_calls_of_a_service(upstream):
    """And no other calls."""
    proxy = FaultyForwarder(Settings(Path()), seed=1)
    proxy.start_outage("kinesis", 2)
    request = call("Kinesis_20131202.PutRecords", Records=[1])
    statuses = [proxy.forward(request)[1].status for _ in range(3)]
    assert statuses == [400, 400, 200]


def test_client_of_a_cut_connection_gets_no_response(monkeypatch):
    """As if the service, or the network, had gone."""

    def cut(*_):
        raise ConnectionCut

    monkeypatch.setattr(Forwarder, "forward", cut)
    with (
        serve(Forwarder("", "", ()), 0) as url,
        pytest.raises(urllib3.exceptions.ProtocolError),
    ):
        urllib3.request("GET", url, retries=False, timeout=10)


@pytest.fixture
def stores():
    """The table has a, b and e, the lake all of a, and a part of b and e, the quarantine c."""
    with mock_table():
        create_table(client("dynamodb"), "soak")
        client("s3").create_bucket(Bucket="soak")
        for name in ("a", "b", "e"):
            document: Any = {"text": name, "source": "x", "created_at": "2026-05-20T12:30:00Z"}
            document |= {"sentiment": "NEUTRAL", "compound": 0.1}
            item = {"pk": {"S": f"doc#acme#{name}"}, "sk": {"S": "doc"}}
            item["document"] = {"S": json.dumps(document)}
            client("dynamodb").put_item(TableName="soak", Item=item)
        put = client("s3").put_object
        for zone, names in (("raw", "ae"), ("enriched", "ab")):
            body = "\n".join(json.dumps({"id": name, "text": name}) for name in names)
            key = f"{zone}/tenant_id=acme/dt=2026-05-20/hour=12/1.json.gz"
            put(Bucket="soak", Key=key, Body=gzip.compress(body.encode()))
        for name, kind, payload in (("1", "document", '{"text": "c"}'), ("2", "record", "no")):
            wire = {"tenant": "acme", "kind": kind, "reason": "conflict", "encoding": "utf-8"}
            content = json.dumps({**wire, "payload": payload})
            put(Bucket="soak", Key=f"quarantine/items/tenant_id=acme/{name}.json", Body=content)
        yield Stores(client("dynamodb"), client("s3"), "soak", "soak")


def test_audit_tells_where_each_document_is(stores):
    """In table and lake, in quarantine, missing (also from a zone of the lake), or unknown."""
    rows = {"a": {"id": "a", "text": "a"}, "c": {"text": "c"}, "d": {"id": "d", "text": "d"}}
    accepted = [Accepted("acme", name, row) for name, row in rows.items()]
    result = audit.audit(stores, [*accepted, accepted[0]], [b"no", b"lost"])
    assert (result.accepted, result.stored, result.quarantined) == (3, 1, 1)
    assert (result.missing, result.strangers) == (
        [("acme", "d")],
        [("acme", "b"), ("acme", "e")],
    )
    assert result.missing_records == 1
    in_a_part = [Accepted("acme", name, {"id": name, "text": name}) for name in "be"]
    assert audit.audit(stores, in_a_part).missing == [("acme", "b"), ("acme", "e")]


def test_recount_is_what_stats_must_return(stores):
    """By hour, with the mean; and by source."""
    table = stores.documents()
    expected = {"total": 3, "positive": 0, "negative": 0, "neutral": 3, "mixed": 0, "unscored": 0}
    counts = audit.recount(table, "acme")
    assert counts == {"2026-05-20T12:00:00Z": {**expected, "mean_compound": 0.1}}
    assert audit.recount_sources(table, "acme") == {"x": 3}


def test_make_passes_its_variables(tmp_path):
    """Each variable of the target is an option."""
    *_, (_, _, _, _, *words) = calls(tmp_path, "soak", "N=7", "INGEST=direct", "SEED=3")
    options = parser().parse_args(words)
    assert (options.number, options.path, options.seed) == (7, "direct", 3)
