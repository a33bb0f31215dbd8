"""The stream path on a separate sandbox: accepted documents are stored or in quarantine."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.soak.__main__ import serve_faulty_proxy
from bench.soak.run import Soak
from echostream.adapters.s3_quarantine import S3Quarantine
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load
from echostream_client.send import send
from seed.dataset import documents
from tests.accounts import Account
from tests.commands import run
from tests.own_sandbox import own_environment
from tests.polling import wait_until
from tests.traces import traces

SEED = 7
POISON = [b"not json", b"\xff\x00", b'{"version": 1, "tenant": "demo"', b"\x00" * 1_048_576]


@pytest.fixture(scope="module")
def environment(tmp_path_factory, mode):
    """The environment variables of a separate sandbox; the module's end removes it."""
    variables = own_environment(tmp_path_factory.mktemp("stream"), mode, "echostream-stream")
    yield variables
    lifecycle.down(load(variables, ROOT / "no.env"), volumes=True)


@pytest.fixture(scope="module")
def proxy(environment):
    """The proxy between functions and emulator. Calls fail during a soak only."""
    url = f"http://127.0.0.1:{free_port()}"
    settings = replace(load(environment, ROOT / "no.env"), meter_url=url)
    if settings.in_docker:  # its containers cannot reach a process of this machine
        yield None
        return
    with serve_faulty_proxy(settings, SEED) as proxy:
        yield proxy


class Sandbox:
    """The sandbox on one of the ingest paths; without containers, behind the proxy."""

    def __init__(self, environment, path, proxy):
        self.environment = {**environment, "INGEST": path}
        self.settings = load(self.environment, ROOT / "no.env")
        if proxy:
            self.settings = replace(self.settings, meter_url=proxy.url)
        lifecycle.start(self.settings)
        self.outputs = outputs(self.settings)
        self.api = api(self.settings, self.outputs)

    def stored(self, prefix):
        """The texts of all stored documents whose id begins with a prefix, by id."""
        texts: dict[str, str] = {}
        cursor = None
        while True:
            page = self.api.query(limit=500, cursor=cursor)
            texts |= {d["id"]: d["text"] for d in page["documents"] if d["id"].startswith(prefix)}
            cursor = page["cursor"]
            if not cursor:
                return texts

    def put(self, *records):
        """Write records to the stream, as another program would; shard and sequence numbers."""
        entries = [{"Data": data, "PartitionKey": f"{i}"} for i, data in enumerate(records)]
        client = self.settings.target.client("kinesis")
        response = client.put_records(StreamName=self.outputs["STREAM_NAME"], Records=entries)
        return [(r["ShardId"], r["SequenceNumber"]) for r in response["Records"]]

    def quarantined(self):
        """The items of the quarantine."""
        s3, bucket = self.settings.target.client("s3"), self.outputs["LAKE_BUCKET"]
        return list(S3Quarantine(s3, bucket).items())

    def requeue(self, path):
        return run(self.environment, "requeue", "--from", str(path))


@pytest.fixture
def sandbox(environment, proxy):
    return Sandbox(environment, "stream", proxy)


def tweets(prefix, number):
    batch = documents("tweets", number, datetime.now(UTC))
    return [{**document, "id": f"{prefix}-{document['id']}"} for document in batch]


def test_accepted_documents_are_stored_beside_poison(sandbox, name):
    """Each once; what other programs write to the stream stops no shard, and is in quarantine."""
    batch = tweets(name, 300)
    sandbox.put(*POISON)
    assert send(sandbox.api, batch[:150]).accepted == 150
    sandbox.put(*POISON)
    assert send(sandbox.api, batch[100:]).accepted == 200
    assert wait_until(lambda: len(sandbox.stored(name)) == len(batch))
    assert sandbox.stored(name) == {document["id"]: document["text"] for document in batch}
    assert wait_until(lambda: {item.payload for item in sandbox.quarantined()} >= set(POISON))
    items = [item for item in sandbox.quarantined() if item.payload in POISON]
    assert sorted(item.payload for item in items) == sorted(POISON)
    assert {item.reason for item in items} == {"invalid_record"}


def test_queued_documents_are_private(sandbox, name, tmp_path):
    """Neither in the stream nor behind it; mended documents of the quarantine likewise."""
    account = Account(sandbox.settings, sandbox.outputs, name, tenant=name).with_password()
    options = ("--authors", "pseudonym", "--redact", "on")
    assert run(sandbox.environment, "tenant", "privacy", name, *options).returncode == 0
    address, author = f"ann.{name}@example.org", f"Ann Keller of {name}"
    first, second = (
        {"id": name, "text": f"{n} of {name} to {address}", "author": author} for n in "12"
    )
    assert account.api.ingest([first, second])["accepted"] == 2
    path = tmp_path / "mend.jsonl"
    assert wait_until(lambda: name in str(sandbox.quarantined()))
    assert run(sandbox.environment, "quarantine", "--to", str(path)).returncode == 0
    [line] = [line for line in path.read_text().splitlines() if name in line]
    assert address not in line
    path.write_text(line.replace("[email]", address).replace(f'"id": "{name}"', '"id": "mended"'))
    assert sandbox.requeue(path).stdout == "1 stored\n"
    stored = account.api.query()["documents"]
    assert {one["text"] for one in stored} == {f"{n} of {name} to [email]" for n in "12"}
    assert len({one["author"] for one in stored}) == 1
    assert wait_until(lambda: sum("enriched" in key for key in _search(sandbox, name)) > 0)
    assert _search(sandbox, address, author) == []


def _search(sandbox, *texts):
    """Where texts are: the items of the table, the objects of the lake, the stream's records."""
    target = sandbox.settings.target
    clients = target.client("dynamodb"), target.client("s3")
    places = sandbox.outputs["TABLE_NAME"], sandbox.outputs["LAKE_BUCKET"]
    kinesis, stream = target.client("kinesis"), sandbox.outputs["STREAM_NAME"]
    found = traces(*clients, *places, *texts)
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamName=stream, **start)["ShardIterator"]
        records = kinesis.get_records(ShardIterator=iterator, Limit=10_000)["Records"]
        assert records != []
        found += ["stream" for one in records if any(t.encode() in one["Data"] for t in texts)]
    return found


def test_queued_documents_are_counted(sandbox, name):
    """`counted_to` reaches their time of arrival after they are stored and counted."""
    batch = [{"id": f"{name}-{n}", "text": "a joy", "source": name} for n in range(20)]
    response = sandbox.api.ingest(batch)
    assert response["received_at"]
    assert sandbox.api.wait_until_counted(response["received_at"])
    totals = {source["source"]: source["total"] for source in sandbox.api.stats()["sources"]}
    assert totals[name] == len(batch)


def test_conflicting_document_is_mended_and_stored_once(sandbox, name, tmp_path):
    """The sender got 202; the text is in quarantine until its id is changed."""
    response = sandbox.api.ingest([{"id": name, "text": "first"}, {"id": name, "text": "second"}])
    assert (response["accepted"], response["rejected"]) == (2, [])
    path = tmp_path / "mend.jsonl"
    assert wait_until(lambda: name in str(sandbox.quarantined()))
    assert sandbox.stored(name) == {name: "first"}
    assert run(sandbox.environment, "quarantine", "--to", str(path)).returncode == 0
    [line] = [line for line in path.read_text().splitlines() if name in line]
    path.write_text(line.replace(f'"id": "{name}"', f'"id": "{name}-2"'))
    first, second = sandbox.requeue(path), sandbox.requeue(path)
    assert (first.stdout, first.returncode) == ("1 stored\n", 0), first.stderr
    assert (second.stdout, second.returncode) == ("1 no longer in quarantine\n", 0)
    assert sandbox.stored(name) == {name: "first", f"{name}-2": "second"}
    assert name not in str(sandbox.quarantined())


def test_failed_batch_is_fetched_from_the_stream(sandbox, name):
    """Lambda's message has positions only; the documents move to quarantine, the message goes."""
    record = {
        "version": 1,
        "tenant": "demo",
        "arrived_at": datetime.now(UTC).isoformat(),
        "documents": [{"id": name, "text": "stored, but its batch failed"}],
    }
    [(shard, number)] = sandbox.put(json.dumps(record).encode())
    target = sandbox.settings.target
    stream = target.client("kinesis").describe_stream_summary(
        StreamName=sandbox.outputs["STREAM_NAME"]
    )
    info = {
        "shardId": shard,
        "startSequenceNumber": number,
        "endSequenceNumber": number,
        "approximateArrivalOfFirstRecord": record["arrived_at"],
        "batchSize": 1,
        "streamArn": stream["StreamDescriptionSummary"]["StreamARN"],
    }
    sqs, url = target.client("sqs"), target.outputs()["DeadLettersUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"KinesisBatchInfo": info}))
    process = run(sandbox.environment, "quarantine", "--json")
    [item] = [item for item in json.loads(process.stdout) if name in item["payload"]]
    assert (item["tenant"], item["reason"]) == ("demo", "batch_failed")
    one = run(sandbox.environment, "quarantine", "--show", item["id"])
    assert json.loads(one.stdout)["payload"] == item["payload"]
    length = "ApproximateNumberOfMessages"
    response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[length])
    assert response["Attributes"][length] == "0"


def soak(sandbox, proxy, **options):
    """The result of some hundred documents while calls fail and workers die."""
    result = Soak(sandbox.settings, proxy, 300, **options).run()
    print("\n".join(result.lines()))
    assert result.problems == []
    assert result.disturbances.done["workers killed"] >= 3
    assert result.audit.stored > 250
    return result


def test_nothing_is_lost_on_the_stream_path(sandbox, proxy):
    """Accepted = stored + quarantined, and /stats equals a recount. A shard is split, and the
    sandbox stops and starts again."""
    if not proxy:
        pytest.skip("the proxy is a process on this machine; MODE=local runs it")
    result = soak(sandbox, proxy, seed=SEED)
    done = result.disturbances.done
    assert (done["shards split"], done["restarts"]) == (1, 1)
    assert result.audit.reasons.keys() >= {"conflict", "refused", "invalid_record", "out_of_range"}


def test_return_to_the_direct_path_loses_nothing(sandbox, environment, proxy, name):
    """The rest of the stream is read before it is deleted; then requests are stored at once, also
    while calls fail and workers die. What the table refuses is rejected."""
    batch = tweets(name, 40)
    for document in batch:
        sandbox.api.ingest([document])
    direct = Sandbox(environment, "direct", proxy)
    assert "STREAM_NAME" not in direct.outputs
    assert len(direct.stored(name)) == len(batch)
    direct.api.ingest([{"id": f"{name}-last", "text": "direct"}])
    assert f"{name}-last" in direct.stored(name)
    if not proxy:
        return
    result = soak(direct, proxy, seed=SEED + 1, restarts=False)
    assert result.sent.rejected.keys() >= {"conflict", "refused", "empty"}
