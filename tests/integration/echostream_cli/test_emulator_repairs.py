"""The repairs of MiniStack, in a process of its environment that serves nothing."""

import subprocess

from echostream_cli.paths import ROOT

VARIABLES = {"PERSIST_STATE": "1", "AUTH": "true"}
PREAMBLE = f"""
import runpy
from ministack.core import persistence
from ministack.services import dynamodb, kinesis, lambda_svc
for repair in runpy.run_path({str(ROOT / "localstack" / "run-emulator.py")!r})["REPAIRS"]:
    repair()
kinesis._create_stream({{"StreamName": "s", "ShardCount": 1}})
stream = kinesis._streams["s"]
stream["StreamStatus"] = "ACTIVE"
def put(key):
    kinesis._put_record({{"StreamName": "s", "Data": "YQ==", "PartitionKey": key}})
"""


def check(code, tmp_path):
    """Run code after the repairs; its assertions must hold."""
    process = subprocess.run(
        [ROOT / ".venv-emulator" / "bin" / "python", "-c", PREAMBLE + code],
        env={**VARIABLES, "STATE_DIR": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stderr


def test_split_shard_keeps_its_records(tmp_path):
    """New records go to the two parts, which a function reads from their beginning."""
    code = """
put("before")
lambda_svc._kinesis_positions["mapping"] = {"shardId-000000000000": 0}
half = str(2**127)
kinesis._split_shard(
    {"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": half}
)
for number in range(50):
    put(str(number))
old, *parts = [len(stream["shards"][name]["records"]) for name in sorted(stream["shards"])]
assert old == 1 and len(parts) == 2 and min(parts) > 0 and sum(parts) == 50
assert set(lambda_svc._kinesis_positions["mapping"].values()) == {0}
"""
    check(code, tmp_path)


def test_records_of_a_stream_stay(tmp_path):
    """So that the number of records before a position does not change."""
    code = """
put("a")
stream["shards"]["shardId-000000000000"]["records"][0]["ApproximateArrivalTimestamp"] = 0
put("b")
assert len(stream["shards"]["shardId-000000000000"]["records"]) == 2
"""
    check(code, tmp_path)


def test_unread_changes_of_a_table_are_saved(tmp_path):
    """From the first on that one of the functions has not read."""
    code = """
arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
table = {"TableName": "t", "TableArn": arn, "LatestStreamArn": arn + "/stream/x"}
table |= {"pk_name": "pk", "sk_name": None, "items": {}}
table["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
dynamodb._tables["t"] = table
for number in range(5):
    dynamodb._emit_stream_event("t", "INSERT", None, {"pk": {"S": str(number)}})
for name, position in (("fast", 4), ("slow", 3)):
    lambda_svc._esms[name] = {"UUID": name, "EventSourceArn": arn + "/stream/x"}
    lambda_svc._dynamodb_stream_positions[name] = position
kinesis_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
lambda_svc._esms["other"] = {"UUID": "other", "EventSourceArn": kinesis_arn}
persistence.save_state("dynamodb", dynamodb.get_state())
dynamodb._stream_records.clear()
dynamodb._stream_trimmed.clear()
dynamodb.load_persisted_state(persistence.load_state("dynamodb"))
for name, expected in (("fast", ["4"]), ("slow", ["3", "4"])):
    position = lambda_svc._dynamodb_stream_positions[name]
    records = dynamodb.stream_records_since("t", position, 10)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == expected
assert dynamodb.stream_end_position("t") == 5
"""
    check(code, tmp_path)


FUNCTION = """
import io, os, pathlib, zipfile
from ministack.core import lambda_runtime
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as file:
    file.writestr("index.py", "def handler(event, context): return 1")
config = {"FunctionName": "f", "Runtime": "python3.11", "Handler": "index.handler"}
config["FunctionArn"] = "arn:aws:lambda:us-east-1:000000000000:function:f"
config["Role"] = "arn:aws:iam::000000000000:role/r"
def folders():
    return sorted(pathlib.Path(os.environ["TMPDIR"]).glob("ministack-lambda-*"))
"""
"""A function, and the folders of its workers."""


def test_folders_of_an_earlier_run_are_removed(tmp_path):
    """Its workers are gone; other files stay."""
    left, other = tmp_path / "ministack-lambda-f-abc", tmp_path / "emulator"
    for folder in (left, other):
        (folder / "code").mkdir(parents=True)
    check("", tmp_path)
    assert not left.exists()
    assert other.exists()


def test_folder_of_a_worker_is_removed_when_no_pool_has_it(tmp_path):
    """A worker that starts while the workers of its function are killed; else it stays warm."""
    code = """
for is_killed in (False, True):
    worker, _ = lambda_svc.acquire_worker("f", config, archive.getvalue())
    if is_killed:
        lambda_svc.invalidate_worker("f")
    lambda_runtime.ensure_spawned(worker)
    process = worker._proc
    assert len(folders()) == 1
    lambda_svc.release_worker(worker)
    assert len(folders()) == (0 if is_killed else 1)
    assert (process.poll() is not None) is is_killed
lambda_svc.release_worker(None)
"""
    check(FUNCTION + code, tmp_path)


def test_credentials_of_a_function_depend_on_the_secret_of_the_sandbox(tmp_path):
    """Nobody can compute them from the function's name; the emulator knows them."""
    code = """
from ministack.services import sts
made = []
for os.environ["AWS_SECRET_ACCESS_KEY"] in ("one", "two", "one"):
    keys = lambda_svc.execution_credentials(config)
    session = sts._sessions[keys["AWS_ACCESS_KEY_ID"]]
    assert session["SecretAccessKey"] == keys["AWS_SECRET_ACCESS_KEY"]
    assert session["SessionToken"] == keys["AWS_SESSION_TOKEN"]
    made.append(keys)
assert made[0] == made[2]
for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    assert made[0][name] != made[1][name]
"""
    check(FUNCTION + code, tmp_path)
