"""The command that prints a report."""

from typing import Annotated

import typer

from echostream.domain.audit import Action
from echostream.domain.digest.report_periods import ReportKind
from echostream_cli import command, console
from echostream_cli.operate.report import preview, save_picture
from echostream_cli.operator_log import operator
from echostream_cli.users import DEMO_TENANT


def report(
    week: Annotated[bool, typer.Option("--week", help="The last week, not the last day.")] = False,
    tenant: Annotated[str, typer.Option(help="The tenant.")] = DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Print the last report of a tenant and write its picture to a file; send it to nobody."""
    target = command.target(stage, endpoint)
    kind = ReportKind.WEEKLY if week else ReportKind.DAILY
    operator(target).record(tenant, Action.EXPORT, "report", kind=kind.value)
    with console.waiting("writing the report"):
        content = preview(target, tenant, kind)
    path = save_picture(content)
    if json:
        command.print_json({**content, "picture": str(path)})
    else:
        typer.echo(f"{content['subject']}\n\n{content['text']}\n\npicture: {path}")


EXAMPLES = {report: ("report", "report --week", "report --tenant acme --stage prod")}
