"""The repairs of MiniStack, in a process of its environment that serves nothing."""

import subprocess

from echostream_cli.paths import ROOT

PREAMBLE = f"""
import runpy
from ministack.core import persistence
from ministack.services import dynamodb, kinesis, lambda_svc
for name, repair in runpy.run_path({str(ROOT / "localstack" / "run-emulator.py")!r}).items():
    if name.startswith(("write_", "save_", "keep_")):
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
        env={"PERSIST_STATE": "1", "STATE_DIR": str(tmp_path), "TMPDIR": str(tmp_path)},
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
