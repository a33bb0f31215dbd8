"""The files that LocalStack is started with: Compose's, and the hooks."""

import json
import re
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from echostream_cli.emulators import LOCALSTACK
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose
from tests.unit.echostream_cli.compose_files import load, merge

PACKAGE = find_spec("check_jsonschema")
"""A package that has the schema of the Compose specification; it is not imported."""
STAGES = {"boot.d", "start.d", "ready.d", "shutdown.d"}
"""LocalStack's stages (docs.localstack.cloud, Initialization Hooks). MiniStack has two of them."""
DOCUMENTED = {
    *("LOCALSTACK_AUTH_TOKEN", "ACTIVATE_PRO", "DEBUG", "LS_LOG", "PERSISTENCE", "GATEWAY_LISTEN"),
    *("LOCALSTACK_HOST", "EAGER_SERVICE_LOADING", "ENFORCE_IAM", "IAM_SOFT_MODE"),
    *("LAMBDA_DOCKER_NETWORK", "LAMBDA_DOCKER_DNS", "LAMBDA_DOCKER_FLAGS", "LAMBDA_KEEPALIVE_MS"),
    *("LAMBDA_IGNORE_ARCHITECTURE", "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT", "MAIN_DOCKER_NETWORK"),
    *("EXTRA_CORS_ALLOWED_ORIGINS", "SNAPSHOT_SAVE_STRATEGY", "SNAPSHOT_LOAD_STRATEGY"),
}
"""Variables of LocalStack's configuration reference that fit this sandbox; not all that it has.
Variables that it removed, such as LAMBDA_EXECUTOR and HOSTNAME_EXTERNAL, are not in it."""
HOOKS = ROOT / "localstack" / "init"


@pytest.fixture(scope="module")
def merged():
    """What Compose makes of both files."""
    return merge(load(compose.FILE), load(compose.LOCALSTACK_FILE))


def validate(configuration):
    """Check a configuration against the specification's schema."""
    assert PACKAGE
    assert PACKAGE.origin
    schema = Path(PACKAGE.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(configuration, json.loads(schema.read_text()))


def test_configuration_is_valid(merged):
    """With LocalStack, and without."""
    validate(load(compose.FILE))
    validate(merged)


@pytest.mark.parametrize(
    ("field", "value"),
    [("volumes", "localstack"), ("healthcheck", {"tests": []}), ("images", "a"), ("ports", 4566)],
)
def test_invalid_configuration_is_refused(merged, field, value):
    """The schema is not one that accepts anything."""
    localstack = {**merged["services"]["localstack"], field: value}
    wrong = {**merged, "services": {**merged["services"], "localstack": localstack}}
    with pytest.raises(jsonschema.ValidationError):
        validate(wrong)


def test_localstack_replaces_ministack(merged):
    """Its image, pinned by a tag with a version, is not built; nothing of MiniStack's is left."""
    service = merged["services"]["localstack"]
    assert re.fullmatch(
        r"\$\{LOCALSTACK_IMAGE:-localstack/localstack:\d{4}\.\d{2}\.\d+(@sha256:[0-9a-f]{64})?\}",
        service["image"],
    )
    assert {"build", "cap_drop", "security_opt", "tmpfs"}.isdisjoint(service)
    assert service["environment"].keys() <= DOCUMENTED
    assert service["environment"]["LOCALSTACK_AUTH_TOKEN"] == "${LOCALSTACK_AUTH_TOKEN:-}"
    assert [volume.split(":")[1] for volume in service["volumes"]] == [
        "/var/lib/localstack",
        "/etc/localstack/init/ready.d",
        "/var/run/docker.sock",
    ]
    assert "localstack" in merged["volumes"]


def test_other_containers_know_the_emulator_but_not_its_token(merged):
    """Its name decides the form of addresses."""
    for name in ("deployer", "dashboard", "jupyter"):
        service = merged["services"][name]
        assert service["environment"]["EMULATOR"] == "localstack"
        assert "LOCALSTACK_AUTH_TOKEN" not in str(service)
    base = load(compose.FILE)["services"]
    assert {base[name]["environment"]["EMULATOR"] for name in ("deployer", "dashboard")} == {
        "ministack"
    }


def test_names_in_localstacks_addresses_lead_to_it(merged):
    """In the network of the containers, in which no DNS server resolves them to it."""
    aliases = merged["services"]["localstack"]["networks"]["default"]["aliases"]
    assert aliases == [LOCALSTACK.host, LOCALSTACK.api_host("${API_ID:-dd846520}")]


INIT = {
    "completed": {"completed": True, "scripts": [{"stage": "READY", "state": "SUCCESSFUL"}]},
    "none": {"completed": True, "scripts": []},
    "running": {"completed": False, "scripts": [{"stage": "READY", "state": "RUNNING"}]},
    "failed": {
        "completed": True,
        "scripts": [
            {"stage": "READY", "name": "a.sh", "state": "ERROR"},
            {"stage": "READY", "name": "b.sh", "state": "SUCCESSFUL"},
        ],
    },
    "silent": None,
}
"""What `/_localstack/init/ready` answers; None: nothing."""


@pytest.mark.parametrize(
    ("state", "is_healthy"),
    [
        ("completed", True),
        ("none", True),
        ("running", False),
        ("failed", False),
        ("silent", False),
    ],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_health_follows_the_hooks(merged, tmp_path, state, is_healthy, separators):
    """The check's command, with a `curl` that gives LocalStack's documented answers."""
    kind, command = merged["services"]["localstack"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    curl = tmp_path / "curl"
    answer = json.dumps(INIT[state], separators=separators) if INIT[state] else ""
    curl.write_text(f"#!/bin/sh\n{f'echo {json.dumps(answer)}' if answer else 'exit 7'}\n")
    curl.chmod(0o755)
    process = subprocess.run(
        ["/bin/sh", "-c", command.replace("$$", "$")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
    )
    assert (process.returncode == 0) is is_healthy


def hook_faults(folder):
    """Why LocalStack would not run the files of a folder of hooks, or run them wrongly."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name == "README.md":
            continue
        text, name = path.read_bytes().decode(), path.relative_to(folder)
        if name.parts[0] not in STAGES:
            yield f"{name}: no stage of LocalStack"
        if path.suffix not in (".sh", ".py"):
            yield f"{name}: neither .sh nor .py, so it is never run"
        if "\r" in text:
            yield f"{name}: has CRLF line endings"
        elif path.suffix == ".sh":
            yield from (f"{name}: {fault}" for fault in shell_faults(path, text))


def shell_faults(path, text):
    """LocalStack calls a shell script as a program; /bin/sh of its image is dash."""
    shebang = text.partition("\n")[0]
    if shebang not in ("#!/bin/sh", "#!/bin/bash"):
        yield "the first line must be #!/bin/sh or #!/bin/bash"
    if not path.stat().st_mode & stat.S_IXUSR:
        yield "is not executable"
    if "set -e" not in text:
        yield "a failed command does not fail it: set -e is missing"
    shell = shebang.removeprefix("#!") if shebang.startswith("#!/bin/") else "/bin/sh"
    if subprocess.run([shell, "-n", path], capture_output=True, check=False).returncode:
        yield f"{shell} cannot read it"
    if shebang == "#!/bin/sh" and re.search(r"\[\[|<<<|\bfunction \w|\bsource\b|\$'", text):
        yield "needs bash"
    if re.search(r"\bcreate-|\bmb\b", text) and "||" not in text and "if " not in text:
        yield "a second run fails: state persists, and hooks run at every start"


def test_hooks_of_this_repository_run_on_localstack():
    assert list(hook_faults(HOOKS)) == []
    assert (HOOKS / "ready.d" / "README.md").exists()


GOOD = "#!/bin/sh\nset -e\nawslocal s3 mb s3://own || awslocal s3 ls s3://own\n"


@pytest.mark.parametrize(
    ("path", "text", "mode", "fault"),
    [
        ("ready.d/a.sh", GOOD, 0o755, ""),
        ("boot.d/a.py", "print(1)\n", 0o644, ""),
        ("ready/a.sh", GOOD, 0o755, "no stage"),
        ("ready.d/a.bash", GOOD, 0o755, "never run"),
        ("ready.d/a.sh", GOOD, 0o644, "not executable"),
        ("ready.d/a.sh", GOOD.replace("#!/bin/sh\n", ""), 0o755, "first line"),
        ("ready.d/a.sh", GOOD.replace("set -e\n", ""), 0o755, "set -e"),
        ("ready.d/a.sh", GOOD.replace("\n", "\r\n"), 0o755, "CRLF"),
        ("ready.d/a.sh", "#!/bin/sh\nset -e\n[[ 1 == 1 ]]\n", 0o755, "needs bash"),
        ("ready.d/a.sh", "#!/bin/sh\nset -e\nif true\n", 0o755, "cannot read"),
        ("ready.d/a.sh", "#!/bin/sh\nset -e\nawslocal s3 mb s3://own\n", 0o755, "second run"),
    ],
)
def test_fault_of_a_hook_is_found(tmp_path, path, text, mode, fault):
    file = tmp_path / path
    file.parent.mkdir()
    file.write_bytes(text.encode())
    file.chmod(mode)
    faults = list(hook_faults(tmp_path))
    assert [f for f in faults if fault in f] if fault else faults == []
