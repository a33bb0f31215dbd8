"""What `make up` creates in the running emulator: stack, page, users and sample documents."""

from datetime import UTC, datetime, timedelta

from echostream.adapters.glue_catalog import GlueCatalog
from echostream.domain.live_sources import LiveSource
from echostream_cli import live_sources, sam, users
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.frontends.site_publish import publish
from echostream_cli.lake.compact import compact
from echostream_cli.outputs import api, outputs
from echostream_cli.sandbox.drain import leave_stream
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED, outputs_of
from echostream_client.send import send
from seed.dataset import documents

REPLAY, DAY = ("replay", {"per_minute": "5"}), 10_000
"""The kind and the settings of the demo tenant's source, and its documents a day at most."""
COGNITO = "/cognito"
"""The path of the emulator's Cognito in the page's distribution; see template.yaml."""


def bootstrap(settings: Settings) -> None:
    """Deploy stack, page, users and sample documents, as needed, to the running emulator."""
    if sam.is_current(settings):
        with step("stack") as note:
            note.append("is current")
    else:
        _deploy(settings)
    with step("page") as note:
        note.append(_publish_page(settings))
    with step("demo tenant and its users"):
        _ensure_tenant(settings)
    with step("tables of the lake") as note:
        note.append(_ensure_lake_tables(settings))
    with step("sample documents") as note:
        note.append(_seed_if_empty(settings))


def _deploy(settings: Settings) -> None:
    with step("sam build (log: sam-build.log)") as note:
        note.append("built" if sam.build(settings) else "is current")
    with step("sam deploy (log: sam-deploy.log)"):
        _delete_failed_stack(settings)
        leave_stream(settings)
        sam.deploy(settings)
    if not settings.target.settled_stack():
        raise UserError(f"the stack's deployment failed; see {settings.logs}/sam-deploy.log")


def _delete_failed_stack(settings: Settings) -> None:
    """Delete an incomplete stack: CloudFormation cannot update it, and its data is replaceable."""
    stack = settings.target.stack()
    if stack and stack["StackStatus"] not in SETTLED:
        cloudformation = settings.target.client("cloudformation")
        cloudformation.delete_stack(StackName=settings.stack_name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=settings.stack_name)


def _publish_page(settings: Settings) -> str:
    stack_outputs = outputs_of(settings.target.stack() or {})
    s3, cloudfront = settings.target.client("s3"), settings.target.client("cloudfront")
    number = publish(s3, cloudfront, stack_outputs, settings.aws_region, COGNITO)
    return f"{number} files sent" if number else "is current"


def _ensure_tenant(settings: Settings) -> None:
    """Create the users, and a source that replays samples if the demo tenant has no source."""
    users.ensure(settings)
    if not settings.producer:
        return
    manage = live_sources.administration(settings.target)
    live_sources.store_samples(settings.target, settings.seed_dataset)
    if not manage.list(users.DEMO_TENANT):
        minute, now = timedelta(minutes=1), live_sources.now()
        manage.add(LiveSource(users.DEMO_TENANT, "samples", *REPLAY, minute, DAY, now), {})


def _ensure_lake_tables(settings: Settings) -> str:
    """Run a compaction, which creates the view `documents`, unless a tenant can read the view."""
    stack_outputs = outputs_of(settings.target.stack() or {})
    if GlueCatalog(settings.target.client("glue"), stack_outputs["Database"]).is_divided(
        "documents"
    ):
        return "already created"
    return f"compacted to {compact(settings.target)['compacted_to']}"


def _seed_if_empty(settings: Settings) -> str:
    client = api(settings, outputs(settings))
    if client.query(limit=1)["documents"]:
        return "already stored"
    if not settings.seed_documents:
        return "none (SEED_DOCUMENTS=0)"
    samples = documents(settings.seed_dataset, settings.seed_documents, datetime.now(UTC))
    sent = send(client, samples)
    is_counted = client.wait_until_counted(sent.received_at)
    return f"{sent.accepted} sent" + ("" if is_counted else ", not counted yet")


def welcome(settings: Settings) -> str:
    """The addresses and the login that `make up` prints at its end."""
    values = outputs(settings)
    dashboard = [f"  Dashboard  {values['DASHBOARD_URL']}"] if settings.dashboard else []
    lines = [
        "",
        f"  Page       {values['SITE_URL']}",
        *dashboard,
        f"  API        {values['API_URL']}",
        f"  AWS        {values['AWS_ENDPOINT_URL']}",
        f"  Sign in    {values['DEMO_USERNAME']} / {values['DEMO_PASSWORD']}",
        "",
        "  More documents: make seed N=4000     Status: make status     Stop: make down",
    ]
    return "\n".join(lines)
