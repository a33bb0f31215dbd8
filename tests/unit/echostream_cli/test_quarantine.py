"""The quarantine: written to a file, mended, and stored again, each document once."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from moto import mock_aws
from typer.testing import CliRunner

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.consume import Consume, Record
from echostream.domain.errors import BadRequest, CallRefused, TryAgain
from echostream.domain.privacy import PLAIN
from echostream.domain.quarantine import document_item, record_item
from echostream.entrypoints import wiring
from echostream_cli import command, stages, users
from echostream_cli.__main__ import app
from echostream_cli.operate import quarantine_commands, quarantine_file
from echostream_cli.operate.requeue import Requeue
from echostream_cli.target import Target
from tests.aws import client
from tests.builders import NOW
from tests.fakes import MemoryErasures, MemoryLake, MemoryStore
from tests.unit.echostream.test_ingest import Failing, ingest, lines, total

GOOD = {"id": "good", "text": "I love it"}
OTHER = {"id": "good", "text": "another text"}
CONFLICT = BadRequest("conflict", "id: exists")


@pytest.fixture
def quarantine():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield S3Quarantine(client("s3"), "lake")


class Requeued:
    """A table and a lake, and a quarantine whose items are mended and stored."""

    def __init__(self, quarantine, path, lake=None, store=None):
        self.quarantine, self.path = quarantine, path
        self.lake, self.store = lake or MemoryLake(), store or MemoryStore()

    def mend(self, **changes):
        """Write the file, and change its lines."""
        self.path.unlink(missing_ok=True)
        quarantine_file.write(self.quarantine.items(), self.path)
        content = [json.loads(line) for line in self.path.read_text().splitlines()]
        self.path.write_text("".join(json.dumps({**line, **changes}) + "\n" for line in content))

    def run(self, **parts):
        pipeline = ingest(parts.get("lake", self.lake), parts.get("store", self.store))
        quarantine = parts.get("quarantine", self.quarantine)
        requeue = Requeue(
            pipeline, quarantine, parts.get("erasures", MemoryErasures()), lambda _: PLAIN
        )
        return requeue(quarantine_file.read(self.path), NOW)

    @property
    def texts(self):
        stored = self.store.get_many("acme", ["good", "better"])
        return {name: scored.document.text for name, scored in stored.items()}


@pytest.fixture
def requeued(quarantine, tmp_path):
    return Requeued(quarantine, tmp_path / "mend.jsonl")


def test_item_is_added_once(quarantine):
    """A second delivery changes nothing, not even the time of the first."""
    item = document_item("acme", GOOD, CONFLICT, NOW, NOW)
    assert quarantine.add(item)
    assert not quarantine.add(replace(item, quarantined_at=NOW.replace(year=2027)))
    assert list(quarantine.items()) == [item]
    assert quarantine.get(item.key) == item
    assert quarantine.get(item.key + "x") is None


@pytest.mark.parametrize(
    "data", [b"\xff\x00", b"poison \xf0\x9f\x98\x8d", b"", b"\x00" * 1_048_576]
)
def test_record_is_kept_as_it_was(quarantine, data):
    """Also if it is no text; it has no tenant, and no documents."""
    item = record_item(data, CONFLICT, NOW, NOW)
    quarantine.add(item)
    [stored] = quarantine.items()
    assert (stored, stored.payload, stored.documents) == (item, data, [])


def test_items_of_one_tenant_are_listed(quarantine):
    """And those of all."""
    quarantine.add(document_item("acme", GOOD, CONFLICT, NOW, NOW))
    quarantine.add(document_item("acme2", GOOD, CONFLICT, NOW, NOW))
    assert [item.tenant for item in quarantine.items("acme")] == ["acme"]
    assert len(list(quarantine.items())) == 2


def test_missing_bucket_is_an_operators_fault(quarantine):
    """The error names the call; the batch fails, and its items stay in the stream."""
    with pytest.raises(CallRefused, match=r"quarantine: .*PutObject"):
        S3Quarantine(client("s3"), "none").add(document_item("acme", GOOD, CONFLICT, NOW, NOW))


def test_mended_document_is_stored_once(requeued):
    """It leaves the quarantine; a second run of the same file adds nothing."""
    requeued.quarantine.add(document_item("acme", OTHER, CONFLICT, NOW, NOW))
    requeued.mend(documents=[{**OTHER, "id": "better"}])
    report = requeued.run()
    assert (report.documents, report.problems) == ({"stored": 1, "already stored": 0}, [])
    assert list(requeued.quarantine.items()) == []
    assert requeued.texts == {"better": "another text"}
    before = dict(requeued.lake.objects)
    assert requeued.run().documents == {"no longer in quarantine": 1}
    assert (total(requeued.store), requeued.lake.objects) == (1, before)


def test_document_that_still_cannot_be_stored_stays(requeued):
    """With the new reason, and one attempt more; its content does not change."""
    item = document_item("acme", {"text": ""}, CONFLICT, NOW, NOW)
    requeued.quarantine.add(item)
    requeued.mend()
    report = requeued.run()
    assert (report.documents["stored"], report.documents["still in quarantine"]) == (0, 1)
    [problem] = report.problems
    assert item.key in problem
    assert "text: must not be empty" in problem
    [stored] = requeued.quarantine.items()
    assert (stored.reason, stored.attempts, stored.payload) == ("empty", 2, item.payload)


def test_documents_of_a_record_are_entered_by_hand(requeued):
    """With their tenant; without documents the line is a problem, and nothing else."""
    requeued.quarantine.add(record_item(b"poison", CONFLICT, NOW, NOW))
    requeued.mend()
    [problem] = requeued.run().problems
    assert problem == (
        "line 1: documents: is empty; enter the documents of the record, and its tenant"
    )
    requeued.mend(tenant="acme", documents=[GOOD, {**GOOD, "id": "better"}])
    assert requeued.run().documents["stored"] == 2
    assert list(requeued.quarantine.items()) == []


@pytest.mark.parametrize("tenant", [None, "", "../x", 1, ["acme"]])
def test_bad_tenant_is_refused(requeued, tenant):
    """The item stays."""
    requeued.quarantine.add(record_item(b"poison", CONFLICT, NOW, NOW))
    requeued.mend(tenant=tenant, documents=[GOOD])
    assert len(requeued.run().problems) == 1
    assert len(list(requeued.quarantine.items())) == 1


@pytest.mark.parametrize(
    "line",
    [b"no json", b"[]", b"{}", b"\xff", b"[" * 9_000, b'{"key": "raw/x", "tenant": "a"}'],
)
def test_invalid_line_does_not_stop_the_others(requeued, line):
    """It is named by its number."""
    requeued.quarantine.add(document_item("acme", OTHER, CONFLICT, NOW, NOW))
    requeued.mend()
    requeued.path.write_bytes(line + b"\n\n" + requeued.path.read_bytes())
    report = requeued.run()
    assert report.documents["stored"] == 1
    [problem] = report.problems
    assert problem.startswith("line 1: ")


def test_object_outside_of_the_quarantine_is_not_touched(requeued):
    """A key of the file selects no other object of the bucket."""
    requeued.quarantine.add(document_item("acme", OTHER, CONFLICT, NOW, NOW))
    requeued.mend(key="raw/tenant_id=acme/x.json")
    assert requeued.run().problems == ["line 1: key: must begin with quarantine/items/"]


@pytest.mark.parametrize(
    ("part", "method", "call"),
    [("lake", "write", 1), ("store", "put", 1), ("quarantine", "remove", 1)],
)
def test_run_after_a_failure_completes_the_work(requeued, part, method, call):
    """The item leaves the quarantine after its document is stored; the document is stored once."""
    requeued.quarantine.add(document_item("acme", GOOD, CONFLICT, NOW, NOW))
    requeued.mend()
    with pytest.raises(TryAgain):
        requeued.run(**{part: Failing(getattr(requeued, part), method, call)})
    assert len(list(requeued.quarantine.items())) == 1
    requeued.run()
    assert list(requeued.quarantine.items()) == []
    assert requeued.texts == {"good": "I love it"}
    assert len(lines(requeued.lake, "raw")) == 1
    assert total(requeued.store) == 1


def test_stored_text_wins_over_a_requeued_one(requeued):
    """A conflict that was not mended stays in quarantine."""
    batch = json.dumps(
        {
            "version": 1,
            "tenant": "acme",
            "arrived_at": "2026-05-20T12:30:00Z",
            "documents": [GOOD, OTHER],
        }
    ).encode()
    pipeline = ingest(requeued.lake, requeued.store)
    assert (
        Consume(pipeline, requeued.quarantine, MemoryErasures(), lambda _: PLAIN)(
            [Record(batch, NOW)], NOW
        ).quarantined
        == 1
    )
    requeued.mend()
    assert len(requeued.run().problems) == 1
    assert requeued.texts == {"good": "I love it"}


def test_file_is_not_replaced(requeued):
    """A person's work may be in it."""
    requeued.mend()
    with pytest.raises(FileExistsError):
        quarantine_file.write([], requeued.path)


@pytest.fixture
def targets(requeued, monkeypatch):
    """The deployments that the command `requeue` used; each has the table, the lake and the items
    of `requeued`.
    """
    used = []

    def use(found):
        def find(target):
            used.append(target)
            return found

        return find

    pipeline = ingest(requeued.lake, requeued.store)
    monkeypatch.setattr(Target, "outputs", lambda _: {"LakeBucket": "lake"})
    monkeypatch.setattr(command, "use_settings_of_processor", use(None))
    monkeypatch.setattr(users, "directory", use(SimpleNamespace(privacy=lambda _: PLAIN)))
    monkeypatch.setattr(quarantine_commands, "_open", use(requeued.quarantine))
    monkeypatch.setattr(wiring, "ingest", lambda: pipeline)
    monkeypatch.setattr(wiring, "erasures", MemoryErasures)
    return used


def run_command(*arguments):
    result = CliRunner().invoke(app, ["requeue", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_command_stores_the_items_of_its_file(requeued, targets):
    """Of this file and no other, in the sandbox of this machine."""
    now = datetime.now(UTC)  # the command's, too
    requeued.quarantine.add(document_item("acme", OTHER, CONFLICT, now, now))
    requeued.mend(documents=[{**OTHER, "id": "better"}])
    empty = requeued.path.with_name("empty.jsonl")
    empty.touch()
    assert run_command("--from", empty) == "nothing to requeue\n"
    assert requeued.texts == {}
    assert run_command("--from", requeued.path) == "1 stored\n"
    assert requeued.texts == {"better": "another text"}
    assert all(target.is_sandbox for target in targets)


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4999"])
def test_command_uses_the_deployment_of_its_options(requeued, targets, endpoint):
    """For the processor's settings, the quarantine and the privacy options of tenants."""
    requeued.mend()
    run_command("--from", requeued.path, "--stage", "staging", "--endpoint", endpoint)
    assert targets == [stages.target("staging", endpoint)] * 3
    assert all(not target.is_sandbox for target in targets)
    assert {target.endpoint for target in targets} == {endpoint or None}
