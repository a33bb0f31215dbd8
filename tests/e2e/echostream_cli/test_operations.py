"""The commands for operators, on a sandbox of their own."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.table_keys import DERIVED, key_of, kind_of
from echostream.domain.codec import scored_to_wire, time_to_wire
from echostream.domain.lake import Batch
from echostream_cli import stages, users
from echostream_cli.operate.backup import scan
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load
from echostream_client.cognito import SignedInUser, SignInFailed
from echostream_client.send import send
from seed.dataset import documents
from tests.builders import scored
from tests.commands import run
from tests.counted import wait_until_counted
from tests.own_sandbox import own_environment

NUMBER = 120
DIRECTORY = ("person", "members", "tenants")
"""The kinds of items of tenants and their members."""
STAGE = "prod"
"""A stage of samconfig.toml; the sandbox's stack has its name, so --stage selects it too."""


@pytest.fixture(scope="module")
def own(tmp_path_factory, mode):
    """Settings of a sandbox whose table is emptied and whose demo user gets another password."""
    environment = own_environment(
        tmp_path_factory.mktemp("operations"), mode, stages.load(STAGE).stack_name
    )
    settings = load(environment, ROOT / "no.env")
    try:
        lifecycle.start(settings)
        yield settings
    finally:
        lifecycle.down(settings, volumes=True)


@pytest.fixture
def operate(own):
    """Runs a command and returns its output, with the errors."""

    def operate(module, *arguments, code=0):
        process = run(own.environment(), module, *arguments)
        output = process.stdout + process.stderr
        assert process.returncode == code, output
        return output

    return operate


@pytest.fixture
def tweets(own, name):
    """Stored tweets with a source of this test."""
    tweets = documents("tweets", NUMBER, datetime.now(UTC))
    tweets = [{**tweet, "id": f"{name}-{tweet['id']}", "source": name} for tweet in tweets]
    assert send(api(own, outputs(own)), tweets).accepted == NUMBER
    return tweets


def read(own, source):
    """The documents of a source and its counts by hour, from the API."""
    wait_until_counted(own)
    client, cursor, documents = api(own, outputs(own)), None, []
    start = time_to_wire(datetime.now(UTC) - timedelta(days=3))
    while True:
        page = client.query(source=source, **{"from": start}, limit=500, cursor=cursor)
        documents += page["documents"]
        cursor = page["cursor"]
        if not cursor:
            break
    counts = client.stats(source=source, **{"from": start}, bucket="hour")["buckets"]
    return documents, counts


def empty_table(own, keep=()):
    """Delete the items of the table, except those of the kinds `keep` and what follows from them.

    The directory stays, because running functions do not write its entries again within some
    minutes; the counters stay, because the deleted documents leave them.
    """
    client, table = own.target.client("dynamodb"), outputs(own)["TABLE_NAME"]
    for item in scan(client, table):
        if kind_of(item) not in {*keep, *DERIVED}:
            client.delete_item(TableName=table, Key=key_of(item))


def test_backup_and_restore(own, operate, tweets, name, tmp_path):
    """A restore into an empty table copies documents, counts and members; a second adds none."""
    before = read(own, name)
    assert len(before[0]) == NUMBER == sum(hour["total"] for hour in before[1])
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--to", str(file))
    empty_table(own)
    operate("restore", "--from", str(file))
    assert read(own, name) == before
    assert "restored" not in operate("restore", "--from", str(file))
    assert read(own, name) == before


def test_point_in_time_recovery(own, operate, tweets, name, tmp_path):
    """AWS restores into a new table; backup and restore copy it into the stack's table."""
    before = read(own, name)
    client, table = own.target.client("dynamodb"), outputs(own)["TABLE_NAME"]
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True
    )
    empty_table(own)
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--table", name, "--to", str(file))
    operate("restore", "--from", str(file))
    assert read(own, name) == before


def test_restore_of_a_damaged_file_changes_nothing(own, operate, tweets, name, tmp_path):
    """The error names the file."""
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--to", str(file))
    file.write_bytes(file.read_bytes()[:-40])
    empty_table(own, keep=[*DIRECTORY, "spend"])
    assert f"error: {file}: truncated" in operate("restore", "--from", str(file), code=1)
    assert read(own, name) == ([], [])


def test_replay_restores_documents_of_the_lake(own, operate, tweets, name):
    """With their scores and counts; a second replay changes nothing."""
    before = read(own, name)
    empty_table(own, keep=[*DIRECTORY, "spend"])
    start = time_to_wire(datetime.now(UTC) - timedelta(hours=1))
    assert "stored again" in operate("replay", "--from", start, "--tenant", "demo")
    assert read(own, name) == before
    output = operate("replay", "--from", start, "--tenant", "demo")
    assert "stored again" not in output
    assert "already stored" in output
    assert read(own, name) == before


def test_replay_scores_unscored_raw_text(own, operate, name):
    """Text that was archived and never scored goes through the pipeline."""
    now = datetime.now(UTC)
    rows = [{"id": f"{name}-{n}", "text": "I love this", "source": name} for n in range(5)]
    bucket = outputs(own)["LAKE_BUCKET"]
    S3Lake(own.target.client("s3"), bucket).write("raw", Batch("demo", now, name), rows)
    output = operate("replay", "--from", time_to_wire(now - timedelta(minutes=1)))
    assert "5 scored now" in output
    documents, counts = read(own, name)
    assert {document["sentiment"] for document in documents} == {"POSITIVE"}
    assert sum(hour["total"] for hour in counts) == 5


def test_replay_continues_past_refused_text(own, operate, name):
    """The text is named, the rest is stored, and the exit code is 1."""
    at = datetime.now(UTC) - timedelta(days=3)
    refused = {"id": f"{name}-1", "text": "\0" * 65536, "url": "http://" + "\0" * 2041}
    rows = [refused, {"id": f"{name}-2", "text": "I love this", "source": name}]
    bucket = outputs(own)["LAKE_BUCKET"]
    S3Lake(own.target.client("s3"), bucket).write("raw", Batch("demo", at, name), rows)
    period = ("--from", time_to_wire(at), "--to", time_to_wire(at + timedelta(seconds=1)))
    output = operate("replay", *period, code=1)
    assert "1 scored now" in output
    assert f"{name}.json.gz: line 1: text: " in output
    assert [document["id"] for document in read(own, name)[0]] == [f"{name}-2"]


def test_replay_skips_documents_older_than_the_retention(own, operate, name):
    """They are counted, and remain in the lake only."""
    old = datetime.now(UTC) - timedelta(days=own.retention_days + 10)
    store_in_lake(own, old, [scored(f"{name}-1", at=old, source=name)])
    output = operate(
        "replay", "--from", f"{old:%Y-%m-%d}", "--to", f"{old + timedelta(days=1):%Y-%m-%d}"
    )
    assert "1 too old for the table" in output


def store_in_lake(own, at, documents):
    bucket = outputs(own)["LAKE_BUCKET"]
    rows = [scored_to_wire(document) for document in documents]
    S3Lake(own.target.client("s3"), bucket).write("enriched", Batch("demo", at, "old"), rows)


def query(own, sql):
    """The rows of a query over the lake, as CSV without the header."""
    process = run(own.environment(), "query", "--sql", sql, "--format", "csv")
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()[1:]


def test_rescore_of_a_month_that_expired_from_the_table(own, operate, name):
    """Its documents get scores in the lake, also in compacted days."""
    old = datetime.now(UTC).replace(day=15, hour=12) - timedelta(days=90)
    texts = ["I love it", "I hate it", "It arrived"]
    documents = [
        scored(f"{name}-{n}", text=text, at=old.replace(minute=n), source=name)
        for n, text in enumerate(texts)
    ]
    store_in_lake(own, old, documents)
    process = run(own.environment(), "compact")
    assert process.returncode == 0, process.stderr
    sql = f"SELECT count(*) FROM documents WHERE source = '{name}' AND others LIKE '%comprehend%'"
    assert query(own, sql) == ["0"]
    arguments = ("--engine", "comprehend", "--month", f"{old:%Y-%m}")
    output = operate("rescore", *arguments)
    assert "lake: 3 scored" in output
    assert "1 days written" in output
    assert query(own, sql) == ["3"]
    engines = query(own, f"SELECT engine FROM documents WHERE source = '{name}'")
    assert engines == ["vader"] * 3
    output = operate("rescore", *arguments)
    assert "lake: nothing to score" in output
    assert "0 days written" in output


def test_rescore_adds_the_same_scores_to_table_and_lake(own, operate, tweets, name):
    """The counts do not change."""
    before = read(own, name)
    operate("rescore", "--engine", "comprehend")
    documents, counts = read(own, name)
    assert counts == before[1]
    assert len(documents) == NUMBER
    for document in documents:
        assert [score["engine"] for score in document["others"]] == ["comprehend"]
    others = {row["id"]: row["others"] for row in rows_of_today(own) if row["source"] == name}
    assert others == {document["id"]: document["others"] for document in documents}


def rows_of_today(own):
    s3, bucket = own.target.client("s3"), outputs(own)["LAKE_BUCKET"]
    summaries = s3.list_objects_v2(Bucket=bucket, Prefix="enriched/tenant_id=demo/")["Contents"]
    for summary in summaries:
        body = s3.get_object(Bucket=bucket, Key=summary["Key"])["Body"].read()
        yield from (json.loads(line) for line in gzip.decompress(body).splitlines())


def can_sign_in(own, username, password):
    cognito = own.target.client("cognito-idp")
    client_id = outputs(own)["USER_POOL_CLIENT_ID"]
    try:
        SignedInUser(cognito, client_id, username, password).token()
    except SignInFailed:
        return False
    return True


def test_rotation_of_the_demo_user(own, operate):
    """A program that was signed in signs in again with the new password."""
    client, old = api(own, outputs(own)), users.demo_password(own)
    operate("rotate")
    assert not can_sign_in(own, "demo", old)
    client.query(limit=1)  # raises SignInFailed if the new password is not used


def test_commands_run_on_a_stage_with_an_endpoint(own, operate, tweets, name, tmp_path):
    """The commands for a stage on AWS have the same effect on the sandbox's stack."""
    before, file = read(own, name), tmp_path / "table.jsonl.gz"
    aws = ("--stage", STAGE, "--endpoint", own.endpoint)
    operate("backup", "--to", str(file), *aws)
    empty_table(own)
    operate("restore", "--from", str(file), *aws)
    start = time_to_wire(datetime.now(UTC) - timedelta(minutes=1))
    assert "already stored" in operate("replay", "--from", start, *aws)
    assert read(own, name) == before


def test_errors_name_the_option(operate):
    """Periods and tenants that are missing or invalid."""
    assert "FROM: required" in operate("replay", code=1)
    assert "TO: must be later" in operate(
        "replay", "--from", "2026-11-02", "--to", "2026-11-01", code=1
    )
    assert "MONTH: must be like 2026-10" in operate(
        "rescore", "--engine", "vader", "--month", "October", code=1
    )
    assert "TENANT:" in operate("replay", "--from", "2026-11-01", "--tenant", "a/b", code=1)
