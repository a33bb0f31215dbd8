"""What `make up`, `down`, `reset` and their like do, step by step."""

import shutil
import subprocess
from datetime import UTC, datetime

from echostream.adapters.glue_catalog import GlueCatalog
from echostream.domain.json_lines import pack
from echostream_cli import sam, users
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.frontends.site_publish import publish
from echostream_cli.lake.compact import compact
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import processes, supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED, outputs_of
from seed.dataset import documents, samples
from seed.send import send

REPLAY_KEY = "replay/documents.json.gz"
COGNITO = "/cognito"
"""Where the page's distribution has the emulator's Cognito; see template.yaml."""


def up(settings: Settings) -> None:
    """Have everything run: emulator, stack, page, users, data, dashboard. Repairs what is amiss."""
    settings.remember()
    _have_emulator()
    supervisor.stop_if_changed(settings)
    _start(settings, "emulator")
    _start(settings, "companion")
    bootstrap(settings)
    if settings.dashboard:
        _start(settings, "dashboard")


def _have_emulator() -> None:
    """Install the emulator, which only this way of running it needs; nothing where it is there."""
    command = [str(ROOT / "scripts" / "environments.sh"), "emulator"]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise UserError("the emulator cannot be installed; what went wrong stands above")


def bootstrap(settings: Settings) -> None:
    """Have the stack, its users and the sample documents on an emulator that runs."""
    if sam.is_current(settings):
        with step("stack") as note:
            note.append("is current")
    else:
        _deploy(settings)
    with step("page") as note:
        note.append(_have_page(settings))
    with step("demo tenant and its users"):
        _have_tenant(settings)
    with step("tables of the lake") as note:
        note.append(_have_history(settings))
    found = outputs(settings)
    with step("sample documents") as note:
        note.append(_seed_if_empty(settings, found))


def _start(settings: Settings, part: str) -> None:
    with step(f"{part} on port {supervisor.port_of(settings, part)}") as note:
        note.append("started" if supervisor.ensure(settings, part) else "was running")


def _deploy(settings: Settings) -> None:
    with step("sam build (log: sam-build.log)") as note:
        note.append("built" if sam.build(settings) else "is current")
    with step("sam deploy (log: sam-deploy.log)"):
        _clear_failed_stack(settings)
        sam.deploy(settings)
    found = settings.target.stack()
    if not found or found["StackStatus"] not in SETTLED:
        raise UserError(f"the stack did not settle; see {settings.logs}/sam-deploy.log")


def _clear_failed_stack(settings: Settings) -> None:
    """A stack that was left half made cannot be updated; what it held is a sandbox's."""
    found = settings.target.stack()
    if found and found["StackStatus"] not in SETTLED:
        cloudformation = settings.target.client("cloudformation")
        cloudformation.delete_stack(StackName=settings.stack_name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=settings.stack_name)


def _have_page(settings: Settings) -> str:
    named = outputs_of(settings.target.stack() or {})
    s3, cloudfront = settings.target.client("s3"), settings.target.client("cloudfront")
    sent = publish(s3, cloudfront, named, settings.aws_region, COGNITO)
    return f"{sent} files sent" if sent else "is current"


def _have_tenant(settings: Settings) -> None:
    """The users, and the documents that the producer sends again."""
    named = outputs_of(settings.target.stack() or {})
    users.ensure(settings, named)
    s3, bucket = settings.target.client("s3"), named["LakeBucket"]
    if s3.list_objects_v2(Bucket=bucket, Prefix=REPLAY_KEY)["KeyCount"]:
        return
    number = len(samples(settings.seed_dataset))
    body = pack(documents(settings.seed_dataset, number, datetime.now(UTC)))
    s3.put_object(Bucket=bucket, Key=REPLAY_KEY, Body=body)


def _have_history(settings: Settings) -> str:
    """The view `documents`, which the compaction makes at each run."""
    named = outputs_of(settings.target.stack() or {})
    if GlueCatalog(settings.target.client("glue"), named["Database"]).has("documents"):
        return "are there"
    return f"compacted to {compact(settings.target)['compacted_to']}"


def _seed_if_empty(settings: Settings, found: dict[str, str]) -> str:
    client = api(settings, found)
    if client.query(limit=1)["documents"]:
        return "are there"
    if not settings.seed_documents:
        return "none wanted (SEED_DOCUMENTS=0)"
    made = documents(settings.seed_dataset, settings.seed_documents, datetime.now(UTC))
    return f"{send(client, made, progress=False).accepted} sent"


def down(settings: Settings, volumes: bool = False) -> None:
    """End every process; what is stored stays for the next `up`, unless it is to go too."""
    with step("stopping") as note:
        number = len(processes.ours(settings.state_dir))
        supervisor.stop(settings)
        note.append(f"{number} processes ended" if number else "nothing was running")
    if volumes:
        with step("emptying"):
            shutil.rmtree(settings.data, ignore_errors=True)


def welcome(settings: Settings) -> str:
    """Where everything is, for the end of `make up`."""
    found = outputs(settings)
    dashboard = [f"  Dashboard  {found['DASHBOARD_URL']}"] if settings.dashboard else []
    lines = [
        "",
        f"  Page       {found['SITE_URL']}",
        *dashboard,
        f"  API        {found['API_URL']}",
        f"  AWS        {found['AWS_ENDPOINT_URL']}",
        f"  Sign in    {found['DEMO_USERNAME']} / {found['DEMO_PASSWORD']}",
        "",
        "  More documents: make seed N=4000     what runs: make status     stop: make down",
    ]
    return "\n".join(lines)
