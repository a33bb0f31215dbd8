"""What `make up`, `down`, `reset` and their like do, step by step."""

import gzip
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from localstack import deploy, members, processes, supervisor
from localstack.outputs import api, outputs
from localstack.settings import SandboxError, Settings
from seed.dataset import documents, samples
from seed.send import send

REPLAY_KEY = "replay/documents.json.gz"


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Print what is being done, then how it went and how long it took."""
    print(f"  {what:<34}", end="", flush=True)
    note: list[str] = []
    start = time.monotonic()
    try:
        yield note
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{' '.join(note) or 'done'} ({time.monotonic() - start:.1f} s)", flush=True)


def up(settings: Settings) -> None:
    """Have everything run: emulator, stack, users, data, dashboard. Repairs what is amiss."""
    settings.remember()
    supervisor.stop_if_changed(settings)
    _start(settings, "emulator")
    _start(settings, "companion")
    if deploy.is_current(settings):
        with step("stack") as note:
            note.append("is current")
    else:
        _deploy(settings)
    with step("demo tenant and its users"):
        _have_tenant(settings)
    found = outputs(settings)
    with step("sample documents") as note:
        note.append(_seed_if_empty(settings, found))
    if settings.dashboard:
        _start(settings, "dashboard")


def _start(settings: Settings, part: str) -> None:
    with step(f"{part} on port {supervisor.port_of(settings, part)}") as note:
        note.append("started" if supervisor.ensure(settings, part) else "was running")


def _deploy(settings: Settings) -> None:
    with step("sam build (log: sam-build.log)") as note:
        note.append("built" if deploy.build(settings) else "is current")
    with step("sam deploy (log: sam-deploy.log)"):
        _clear_failed_stack(settings)
        deploy.deploy(settings)
    found = deploy.stack(settings)
    if not found or found["StackStatus"] not in deploy.SETTLED:
        raise SandboxError(f"the stack did not settle; see {settings.logs}/sam-deploy.log")


def _clear_failed_stack(settings: Settings) -> None:
    """A stack that was left half made cannot be updated; what it held is a sandbox's."""
    found = deploy.stack(settings)
    if found and found["StackStatus"] not in deploy.SETTLED:
        cloudformation = deploy.client(settings, "cloudformation")
        cloudformation.delete_stack(StackName=settings.stack_name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=settings.stack_name)


def _have_tenant(settings: Settings) -> None:
    """The users, and the documents that the producer sends again."""
    named = deploy.outputs_of(deploy.stack(settings) or {})
    members.ensure(settings, named)
    s3, bucket = deploy.client(settings, "s3"), named["LakeBucket"]
    if s3.list_objects_v2(Bucket=bucket, Prefix=REPLAY_KEY)["KeyCount"]:
        return
    number = len(samples(settings.seed_dataset))
    lines = [json.dumps(d) for d in documents(settings.seed_dataset, number, datetime.now(UTC))]
    body = gzip.compress("\n".join(lines).encode(), mtime=0)
    s3.put_object(Bucket=bucket, Key=REPLAY_KEY, Body=body)


def _seed_if_empty(settings: Settings, found: dict[str, str]) -> str:
    client = api(settings, found)
    if client.query(limit=1)["documents"]:
        return "are there"
    if not settings.seed_documents:
        return "none wanted (SEED_DOCUMENTS=0)"
    made = documents(settings.seed_dataset, settings.seed_documents, datetime.now(UTC))
    return f"{send(client, made, progress=False).accepted} sent"


def down(settings: Settings) -> None:
    """End every process; what is stored stays for the next `up`."""
    with step("stopping") as note:
        number = len(processes.ours(settings.state_dir))
        supervisor.stop(settings)
        note.append(f"{number} processes ended" if number else "nothing was running")


def reset(settings: Settings) -> bool:
    """Empty the sandbox: data, stack and users. Downloads and builds stay.

    True where it was running, and so was started again.
    """
    running = supervisor.is_ready(settings, "emulator")
    down(settings)
    with step("emptying"):
        shutil.rmtree(settings.data, ignore_errors=True)
    if running:
        up(settings)
    return running


def welcome(settings: Settings) -> str:
    """Where everything is, for the end of `make up`."""
    found = outputs(settings)
    lines = [
        "",
        f"  Dashboard  {found['DASHBOARD_URL']}" if settings.dashboard else "",
        f"  API        {found['API_URL']}",
        f"  AWS        {found['AWS_ENDPOINT_URL']}",
        f"  Sign in    {found['DEMO_USERNAME']} / {found['DEMO_PASSWORD']}",
        "",
        "  More documents: make seed N=4000     what runs: make status     stop: make down",
    ]
    return "\n".join(line for index, line in enumerate(lines) if line or index in (0, 5))
