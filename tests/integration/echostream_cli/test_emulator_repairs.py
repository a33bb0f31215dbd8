"""The repairs of MiniStack, in a process of its environment that serves nothing."""

import subprocess

from echostream_cli.paths import ROOT

VARIABLES = {"PERSIST_STATE": "1", "AUTH": "true"}
PREAMBLE = f"""
import json, runpy, sys
sys.path.insert(0, {str(ROOT / "localstack")!r})
import iam_conditions
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


KEYS = """
from ministack.core import iam_actions
schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
index = [{"AttributeName": "time_pk", "KeyType": "HASH"}]
by_time = [{"IndexName": "by_time", "KeySchema": index}]
dynamodb._tables["t"] = {"TableName": "t", "KeySchema": schema, "GlobalSecondaryIndexes": by_time}
def keys(**request):
    context = iam_actions.dynamodb_service_context(json.dumps(request).encode())
    return context.get("dynamodb:LeadingKeys")
def key(value):
    return {"pk": {"S": value}, "sk": {"S": "x"}}
def query(condition, **more):
    values = {":a": {"S": "a"}, ":x": {"S": "x"}}
    request = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    return keys(TableName="t", **request, **more)
"""


def test_requests_have_their_partition_keys(tmp_path):
    """Those of all items that they name, in the table or in the index; a scan names none."""
    code = f"""{KEYS}
assert keys(TableName="t", Key=key("a")) == ["a"]
assert keys(TableName="t", Item=key("a")) == ["a"]
assert keys(RequestItems={{"t": {{"Keys": [key("a"), key("b")]}}}}) == ["a", "b"]
writes = [{{"PutRequest": {{"Item": key("a")}}}}, {{"DeleteRequest": {{"Key": key("b")}}}}]
assert keys(RequestItems={{"t": writes}}) == ["a", "b"]
update = {{"Update": {{"TableName": "t", "Key": key("a")}}}}
put = {{"Put": {{"TableName": "t", "Item": key("b")}}}}
assert keys(TransactItems=[update, put]) == ["a", "b"]
assert query("pk = :a AND sk < :x") == ["a"]
assert query("sk = :x AND pk = :a") == ["a"]
assert query("#k = :a", ExpressionAttributeNames={{"#k": "pk"}}) == ["a"]
assert query("time_pk = :a AND time_sk < :x", IndexName="by_time") == ["a"]
assert keys(TableName="t") is None
"""
    check(code, tmp_path)


def test_request_without_a_readable_key_matches_no_pattern(tmp_path):
    """It is denied, also if it is not valid: an absent key would be allowed."""
    code = f"""{KEYS}
assert query("pk > :a") == [""]
assert query("time_pk = :a") == [""]
assert query("pk = :a", IndexName="by_time") == [""]
assert keys(TableName="t", Key=[]) == [""]
assert keys(RequestItems={{"t": [1]}}) == [""]
assert keys(Statement="SELECT * FROM t") == [""]
assert keys(Statements=[{{"Statement": "no PartiQL"}}]) == [""]
"""
    check(code, tmp_path)


def test_partiql_is_checked_by_statement(tmp_path):
    """Each needs the right of its verb on its table, and has its item's key."""
    code = f"""{KEYS}
def insert(value):
    text = "INSERT INTO \\"t\\" VALUE {{'pk': ?, 'sk': ?}}"
    return {{"Statement": text, "Parameters": [{{"S": value}}, {{"S": "x"}}]}}
statements = [insert("a"), insert("b"), {{"Statement": "DELETE FROM \\"t\\" WHERE pk = 'a'"}}]
assert keys(Statements=statements) == ["a", "b", ""]
body = json.dumps({{"Statements": statements}}).encode()
action = "dynamodb:BatchExecuteStatement"
checks = iam_actions.dynamodb_transaction_checks(action, body, "us-east-1", "0" * 12)
arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
insertion, deletion = ("dynamodb:PartiQLInsert", arn), ("dynamodb:PartiQLDelete", arn)
assert checks == [insertion, insertion, deletion]
"""
    check(code, tmp_path)


POLICY = """
from ministack.core import iam_evaluator
pattern = "doc#${aws:PrincipalTag/tenant}#*"
condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [pattern]}}
prefix = "arn:aws:s3:::lake/raw/tenant_id=${aws:PrincipalTag/tenant}/*"
def statement(effect="Allow", **parts):
    return {"Effect": effect, "Action": "a:A", "Resource": "*", **parts}
def decide(policy, tags, resource="*", keys=()):
    context = iam_evaluator.EvalContext("", "AssumedRole", "", "a:A", resource, "us-east-1")
    context.service_context = {"dynamodb:leadingkeys": list(keys)}
    context.principal_keys = {f"aws:principaltag/{name}": value for name, value in tags.items()}
    parsed = iam_evaluator.parse_policy_document({"Statement": policy})
    return iam_evaluator.evaluate(context, [parsed]).decision
"""


def test_variables_of_policies_have_the_sessions_values(tmp_path):
    """In conditions and in resources; names that are prefixes of each other do not match."""
    code = f"""{POLICY}
policy = [statement(Condition=condition)]
for key in ("doc#a#x", "doc#a#b#c", "doc#a#two\\nlines", "doc#a#"):
    assert decide(policy, {{"tenant": "a"}}, keys=[key]) == "Allow", key
for key in ("doc#ab#x", "doc#a-b#x", "doc#A#x", "doc#a", "xdoc#a#x", "time#a#x", ""):
    assert decide(policy, {{"tenant": "a"}}, keys=["doc#a#x", key]) == "ImplicitDeny", key
policy = [statement(Resource=prefix)]
for path, expected in (("a/x", "Allow"), ("ab/x", "ImplicitDeny"), ("a", "ImplicitDeny")):
    resource = "arn:aws:s3:::lake/raw/tenant_id=" + path
    assert decide(policy, {{"tenant": "a"}}, resource) == expected, path
"""
    check(code, tmp_path)


def test_statement_with_an_unknown_variable_applies_to_nothing(tmp_path):
    """A session without the tag has no rights; the variable is not compared as text."""
    code = f"""{POLICY}
policy = [statement(Condition=condition)]
assert decide(policy, {{}}, keys=["doc#${{aws:PrincipalTag/tenant}}#x"]) == "ImplicitDeny"
assert decide(policy, {{"other": "a"}}, keys=["doc#a#x"]) == "ImplicitDeny"
assert decide([statement(Resource=prefix)], {{}}, prefix) == "ImplicitDeny"
assert decide([statement()], {{}}) == "Allow"
assert decide([statement(), statement("Deny")], {{}}) == "Deny"
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
