"""A bundle has what helps with a bug, and no secret, account or personal data."""

import json
import zipfile

import pytest

from echostream_cli.doctor import machine, support_bundle
from echostream_cli.doctor.secret_redaction import Redactor, find_secrets
from echostream_cli.sandbox import docker_engine, lifecycle
from echostream_cli.settings import Settings
from tests.unit.echostream_cli.fake_localstack import STATES, FakeLocalStack

TOKEN = "ls-qoTA1234-VEti-9876-zIZO-TEKIdaxa5f9a"
PASSWORD = "Correct-horse-1-battery"
SECRET_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
OPENAI_KEY = "sk-proj-abcdefghijklmnop"
ACCOUNT = "210987654321"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"
FORBIDDEN = (
    *(TOKEN, PASSWORD, SECRET_KEY, OPENAI_KEY, ACCOUNT, JWT),
    *("AKIAIOSFODNN7EXAMPLE", "ann@example.org", "4111 1111 1111 1111", "hunter22", "opaque-token"),
    *(str(STATES["/_localstack/info"][name]) for name in ("machine_id", "session_id")),
)
LOGS = f"""== emulator
  License token {TOKEN} activated
  INFO arn:aws:lambda:us-east-1:{ACCOUNT}:function:echostream
  POST /ingest Authorization: Bearer {JWT}
  X-Amz-Security-Token: opaque-token
  demo user signs in with {PASSWORD}; key AKIAIOSFODNN7EXAMPLE {SECRET_KEY}
  DB_PASSWORD=hunter22 mail to ann@example.org, card 4111 1111 1111 1111
  ERROR the bucket does not exist
"""
COMPOSE = f"services:\n  localstack:\n    environment:\n      LOCALSTACK_AUTH_TOKEN: {TOKEN}\n"


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """The files of a bundle of a LocalStack that shows its secrets wherever it can."""
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)
    monkeypatch.setattr(lifecycle, "logs", lambda *_: LOGS + OPENAI_KEY)
    monkeypatch.setattr(support_bundle, "_compose_config", lambda _: COMPOSE)
    monkeypatch.setattr(support_bundle, "_demo_password", lambda _: PASSWORD)
    monkeypatch.setattr(machine, "checks", lambda _: iter(()))
    path = tmp_path / "bundle.zip"
    with FakeLocalStack(glue="license", athena="unknown") as fake:
        settings = Settings(
            state_dir=tmp_path,
            mode="docker",
            emulator_host="127.0.0.1",
            emulator_port=int(fake.url.rpartition(":")[2]),
            localstack_auth_token=TOKEN,
            emulator_secret=SECRET_KEY,
        )
        names = support_bundle.write(settings, path, with_probes=False)
    with zipfile.ZipFile(path) as bundle:
        assert bundle.namelist() == names
        return {name: bundle.read(name).decode() for name in names}


def test_bundle_has_no_secret(parts):
    """No token, password, key, account id, address, card or name of the machine, in no file."""
    found = [(name, word) for name, text in parts.items() for word in FORBIDDEN if word in text]
    assert found == []


def test_bundle_has_what_helps(parts):
    """Versions, states, what the plan lacks, settings, Compose's configuration and logs."""
    assert json.loads(parts["versions.json"])["boto3"]
    assert json.loads(parts["state/health.json"]) == STATES["/_localstack/health"]
    assert json.loads(parts["state/info.json"])["is_license_activated"] is True
    assert json.loads(parts["state/init.json"])["scripts"][0]["state"] == "SUCCESSFUL"
    assert [row[0] for row in json.loads(parts["plan.json"])] == ["glue", "athena"]
    assert json.loads(parts["settings.json"])["LOCALSTACK_AUTH_TOKEN"] == "set"
    assert "LOCALSTACK_AUTH_TOKEN: [" in parts["compose.yaml"]
    assert "ERROR the bucket does not exist" in parts["logs.txt"]
    assert "arn:aws:lambda:us-east-1:[account]:function:echostream" in parts["logs.txt"]
    assert set(parts) - {"README.txt"} == {
        line.split()[0].replace("*", name)
        for line in support_bundle.README.splitlines()[2:]
        for name in (support_bundle.STATE_PATHS if "*" in line else ("",))
    } - {"probes.json"}


def test_part_that_fails_has_its_error(tmp_path, monkeypatch):
    """Without Docker, and without an emulator, the rest is written."""

    def fail(*_):
        raise docker_engine.DockerUnavailable("no Docker daemon answers")

    monkeypatch.setattr(docker_engine, "compose_version", fail)
    monkeypatch.setattr(docker_engine, "client", fail)
    monkeypatch.setattr(lifecycle, "logs", fail)
    settings = Settings(state_dir=tmp_path, emulator_port=9, dashboard=False)
    path = tmp_path / "bundle.zip"
    support_bundle.write(settings, path)
    with zipfile.ZipFile(path) as bundle:
        assert "no Docker daemon answers" in bundle.read("compose.yaml").decode()
        assert "no Docker daemon answers" in bundle.read("logs.txt").decode()
        assert "no engine responds" in json.loads(bundle.read("probes.json"))["error"]


def test_redaction_leaves_data_as_it_is():
    """What is no secret stays, and JSON stays JSON."""
    text = json.dumps({"token": None, "secret": False, "password": "", "number": 1234567890})
    assert Redactor(["", "test"]).remove_secrets(text) == text


def test_longest_secret_is_replaced_first():
    """Otherwise the rest of the longer one would stay."""
    assert Redactor(["abcdef", "abcdef-ghi"]).remove_secrets("abcdef-ghi") == "[secret]"


def test_secrets_are_found_by_the_names_of_variables():
    variables = {
        "AWS_SECRET_ACCESS_KEY": "a",
        "JUPYTER_TOKEN": "b",
        "PATH": "c",
        "OPENAI_API_KEY": "d",
    }
    assert find_secrets(variables) == ["a", "b", "d"]
