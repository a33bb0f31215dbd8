"""What an operator does, each by its command, on a sandbox of its own with a producer."""

import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.codec import scored_to_wire, time_to_wire
from echostream.domain.lake import Batch
from echostream_cli import stages, users
from echostream_cli.operate import backup as backups
from echostream_cli.operate.rotate import Secret
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load
from echostream_cli.target import outputs_of
from echostream_client.cognito import SignedInUser, SignInFailed
from seed.dataset import documents
from seed.send import send
from tests.builders import scored
from tests.commands import run

NUMBER = 120
STAGE = "prod"
"""Of samconfig.toml; the sandbox's stack has its name, so commands with ON=aws find it too."""


@pytest.fixture(scope="module")
def own(tmp_path_factory, mode):
    """Settings of a sandbox whose table is emptied, and whose passwords change."""
    environment = {
        "MODE": mode,
        "COMPOSE_PROJECT_NAME": f"echostream-test-{uuid.uuid4().hex[:8]}",
        "STATE_DIR": str(tmp_path_factory.mktemp("operations")),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "STACK_NAME": stages.load(STAGE).stack_name,
        "PRODUCER": "on",
        "DASHBOARD": "off",
        "SEED_DOCUMENTS": "0",
    }
    settings = load(environment, ROOT / "no.env")
    try:
        lifecycle.start(settings)
        yield settings
    finally:
        lifecycle.down(settings, volumes=True)


@pytest.fixture
def operate(own):
    """Runs a command of operations as a user does; what it said."""

    def operate(module, *arguments, code=0):
        done = run(own.environment(), module, *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return operate


@pytest.fixture
def sent(own, name):
    """Tweets of a source of this test's own, stored."""
    made = documents("tweets", NUMBER, datetime.now(UTC))
    made = [{**one, "id": f"{name}-{one['id']}", "source": name} for one in made]
    assert send(api(own, outputs(own)), made, progress=False).accepted == NUMBER
    return made


def seen(own, source):
    """What the API shows of a source: every document, and the counts by hour."""
    client, cursor, found = api(own, outputs(own)), None, []
    start = time_to_wire(datetime.now(UTC) - timedelta(days=3))
    while True:
        page = client.query(source=source, **{"from": start}, limit=500, cursor=cursor)
        found += page["documents"]
        cursor = page["cursor"]
        if not cursor:
            break
    counts = client.stats(source=source, **{"from": start}, bucket="hour")["buckets"]
    return found, counts


def empty(own, keep=()):
    """Deletes what the table holds, as a lost table would."""
    client, table = own.target.client("dynamodb"), outputs(own)["TABLE_NAME"]
    for item in backups._scan(client, table):
        if not item["pk"]["S"].startswith(tuple(keep)):
            client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def test_backup_and_restore(own, operate, sent, name, tmp_path):
    """A table that was lost is back: documents, counts, members. A second restore adds nothing."""
    before = seen(own, name)
    assert len(before[0]) == NUMBER == sum(hour["total"] for hour in before[1])
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--to", str(file))
    empty(own)
    operate("restore", "--from", str(file))
    assert seen(own, name) == before
    assert "restored" not in operate("restore", "--from", str(file))
    assert seen(own, name) == before


def test_point_in_time_recovery(own, operate, sent, name, tmp_path):
    """AWS's own recovery makes another table; from there the same two commands bring it back."""
    before = seen(own, name)
    client, table = own.target.client("dynamodb"), outputs(own)["TABLE_NAME"]
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=name, UseLatestRestorableTime=True
    )
    empty(own)
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--table", name, "--to", str(file))
    operate("restore", "--from", str(file))
    assert seen(own, name) == before


def test_a_file_that_is_damaged_changes_nothing(own, operate, sent, name, tmp_path):
    """Refused by name, with the table as it was."""
    file = tmp_path / "table.jsonl.gz"
    operate("backup", "--to", str(file))
    file.write_bytes(file.read_bytes()[:-40])
    empty(own, keep=["member", "spend"])
    assert f"error: {file}: cut off" in operate("restore", "--from", str(file), code=1)
    assert seen(own, name) == ([], [])


def test_a_replay_of_what_was_lost_after_a_backup(own, operate, sent, name):
    """The lake brings back what the table lost, with its scores and its counts, and only once."""
    before = seen(own, name)
    empty(own, keep=["member", "spend"])
    start = time_to_wire(datetime.now(UTC) - timedelta(hours=1))
    again = operate("replay", "--from", start, "--tenant", "demo")
    assert "stored again" in again
    assert seen(own, name) == before
    twice = operate("replay", "--from", start, "--tenant", "demo")
    assert "stored again" not in twice
    assert "there already" in twice
    assert seen(own, name) == before


def test_a_replay_scores_what_a_failure_left_in_raw(own, operate, name):
    """Text that came in and was never scored goes through the pipeline, into the same hour."""
    now = datetime.now(UTC)
    rows = [{"id": f"{name}-{n}", "text": "I love this", "source": name} for n in range(5)]
    bucket = outputs(own)["LAKE_BUCKET"]
    S3Lake(own.target.client("s3"), bucket).write("raw", Batch("demo", now, name), rows)
    said = operate("replay", "--from", time_to_wire(now - timedelta(minutes=1)))
    assert "5 scored now" in said
    found, counts = seen(own, name)
    assert {one["sentiment"] for one in found} == {"POSITIVE"}
    assert sum(hour["total"] for hour in counts) == 5


def test_replays_stop_at_what_the_table_would_forget(own, operate, name):
    """What is older than the table's retention is counted, and stays in the lake alone."""
    old = datetime.now(UTC) - timedelta(days=own.retention_days + 10)
    store_in_lake(own, old, [scored(f"{name}-1", at=old, source=name)])
    said = operate(
        "replay", "--from", f"{old:%Y-%m-%d}", "--to", f"{old + timedelta(days=1):%Y-%m-%d}"
    )
    assert "1 too old for the table" in said


def store_in_lake(own, at, documents):
    bucket = outputs(own)["LAKE_BUCKET"]
    rows = [scored_to_wire(one) for one in documents]
    S3Lake(own.target.client("s3"), bucket).write("enriched", Batch("demo", at, "old"), rows)


def asked(own, sql):
    done = run(own.environment(), "query", "--sql", sql, "--format", "csv")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:]


def test_a_month_with_another_engine(own, operate, name):
    """Documents that the table has forgotten get the word in the lake, also in compacted days."""
    old = datetime.now(UTC).replace(day=15, hour=12) - timedelta(days=90)
    texts = ["I love it", "I hate it", "It arrived"]
    kept = [
        scored(f"{name}-{n}", text=text, at=old.replace(minute=n), source=name)
        for n, text in enumerate(texts)
    ]
    store_in_lake(own, old, kept)
    done = run(own.environment(), "compact")
    assert done.returncode == 0, done.stderr
    sql = f"SELECT count(*) FROM documents WHERE source = '{name}' AND others LIKE '%comprehend%'"
    assert asked(own, sql) == ["0"]
    arguments = ("--engine", "comprehend", "--month", f"{old:%Y-%m}")
    said = operate("rescore", *arguments)
    assert "lake: 3 scored" in said
    assert "1 days written" in said
    assert asked(own, sql) == ["3"]
    words = asked(own, f"SELECT engine FROM documents WHERE source = '{name}'")
    assert words == ["vader"] * 3
    again = operate("rescore", *arguments)
    assert "lake: nothing to score" in again
    assert "0 days written" in again


def test_rescoring_reaches_table_and_lake(own, operate, sent, name):
    """The same word in both, paid for once, and the counts as they were."""
    before = seen(own, name)
    operate("rescore", "--engine", "comprehend")
    found, counts = seen(own, name)
    assert counts == before[1]
    assert all([other["engine"] for other in one["others"]] == ["comprehend"] for one in found)
    in_lake = {row["id"]: row["others"] for row in rows_of_today(own) if row["source"] == name}
    assert in_lake == {one["id"]: one["others"] for one in found}


def rows_of_today(own):
    s3, bucket = own.target.client("s3"), outputs(own)["LAKE_BUCKET"]
    for one in s3.list_objects_v2(Bucket=bucket, Prefix="enriched/tenant_id=demo/")["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
        yield from (json.loads(line) for line in gzip.decompress(body).splitlines())


def produce(own, minute):
    """Has the producer send the documents of a minute; how many were accepted."""
    at = datetime(2026, 5, 1, 12, minute, tzinfo=UTC)
    answer = own.target.client("lambda").invoke(
        FunctionName=own.target.resource("ProducerFunction"),
        Payload=json.dumps({"time": time_to_wire(at)}).encode(),
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def restart(own, function):
    """Has the next call meet a worker that knows nothing yet."""
    client, name = own.target.client("lambda"), own.target.resource(function)
    now = client.get_function_configuration(FunctionName=name)
    client.update_function_configuration(FunctionName=name, Timeout=60 - now["Timeout"])


def refused(own, username, password):
    found = outputs(own)
    cognito = own.target.client("cognito-idp")
    try:
        SignedInUser(cognito, found["USER_POOL_CLIENT_ID"], username, password).token()
    except SignInFailed:
        return True
    return False


def producer_secret(own):
    arn = outputs_of(own.target.stack())["ProducerSecretArn"]
    return Secret(own.target.client("secretsmanager"), arn)


def test_the_producer_goes_on_while_its_password_changes(own, operate):
    """The old password is refused, the new one works, and a running producer finds it."""
    produce(own, 0)
    old = json.loads(producer_secret(own).current()[1])["password"]
    operate("rotate")
    assert refused(own, "producer", old)
    new = json.loads(producer_secret(own).current()[1])["password"]
    assert not refused(own, "producer", new)
    produce(own, 1)
    operate("rotate")
    produce(own, 2)


def test_a_rotation_that_died_in_the_middle_goes_on(own, operate):
    """The pool has the pending password and the secret the old one: all work; a repeat ends it."""
    secret = producer_secret(own)
    _, text = secret.pending()
    login = json.loads(text)
    own.target.client("cognito-idp").admin_set_user_password(
        UserPoolId=outputs(own)["USER_POOL_ID"],
        Username=login["username"],
        Password=login["password"],
        Permanent=True,
    )
    restart(own, "ProducerFunction")
    produce(own, 3)
    assert secret.current()[1] != text
    operate("rotate")
    assert secret.current()[1] == text
    produce(own, 4)


def test_the_demo_user_too(own, operate):
    """A program that was signed in as the demo user signs in again with the new password."""
    client, old = api(own, outputs(own)), users.demo_password(own)
    operate("rotate", "--who", "demo")
    assert refused(own, "demo", old)
    assert client.query(limit=1)["documents"] is not None


def test_only_the_endpoint_differs(own, operate, sent, name, tmp_path):
    """What is for a stage on AWS runs on the sandbox by its address, and does the same."""
    before, file = seen(own, name), tmp_path / "table.jsonl.gz"
    aws = ("--stage", STAGE, "--endpoint", own.endpoint)
    operate("backup", "--to", str(file), *aws)
    empty(own)
    operate("restore", "--from", str(file), *aws)
    start = time_to_wire(datetime.now(UTC) - timedelta(minutes=1))
    assert "there already" in operate("replay", "--from", start, *aws)
    operate("rotate", *aws)
    assert seen(own, name) == before


def test_errors_name_the_option(operate):
    """A period that is none, a tenant that nobody can be, an operation without a sandbox."""
    assert "FROM: required" in operate("replay", code=1)
    assert "TO: must come after" in operate(
        "replay", "--from", "2026-11-02", "--to", "2026-11-01", code=1
    )
    assert "MONTH: must be like 2026-10" in operate(
        "rescore", "--engine", "vader", "--month", "October", code=1
    )
    assert "TENANT:" in operate("replay", "--from", "2026-11-01", "--tenant", "a/b", code=1)
