"""The command `cost`: meters the cost of documents on AWS, or plans a month."""

from typing import Annotated

import typer

from echostream.domain.engine import ENGINES
from echostream_cli import command, console
from echostream_cli.costs import measurements, run, tables
from echostream_cli.costs.plan import plan_month
from echostream_cli.errors import UserError

app = command.group()


@app.command(
    rich_help_panel="Develop",
    epilog=command.examples(
        "cost --number 1000",
        "cost --per-day 5000 --engine cascade --batch 25 --json",
        "cost --per-day 24000 --sources 5",
    ),
)
def cost(
    number: Annotated[int, typer.Option(help="Number of documents to meter.")] = 1000,
    per_day: Annotated[
        float | None, typer.Option(help="Plan a month with this many documents a day.")
    ] = None,
    engine: Annotated[str, typer.Option(help="For a plan: the engine.")] = "vader",
    batch: Annotated[
        int, typer.Option(help="For a plan: documents a request.")
    ] = measurements.MANY,
    sources: Annotated[
        int, typer.Option(help="For a plan: live sources, each read every 5 min.")
    ] = 0,
    page: Annotated[bool, typer.Option("--page", help="Only write docs/costs.md again.")] = False,
    json: command.Json = False,
) -> None:
    """Compute the AWS bill from metered calls, or plan a month."""
    if page:
        tables.PAGE.write_text(tables.format_page(measurements.load()))
    elif per_day is not None:
        print_plan(per_day, engine, batch, sources, json)
    else:
        measure(number, json)


def print_plan(per_day: float, engine: str, batch: int, sources: int, json: bool) -> None:
    """Print the bill of a month, and the rates that the budget allows."""
    bill = plan_month(per_day, engine=engine, batch=batch, sources=sources)
    date = measurements.load().as_of
    if json:
        plan = {"documents_per_day": per_day, "engine": engine, "batch": batch, "sources": sources}
        command.print_json({**plan, "metered_on": date, **bill.to_json()})
        return
    read = f", {sources} live sources" if sources else ""
    print(f"{per_day:,.0f} documents a day, {engine}, batches of {batch}{read}; metered on {date}")
    for head, rows in (tables.list_month(bill), tables.list_limits()):
        print()
        console.table(head, rows, right=range(1, len(head)))


def measure(number: int, json: bool) -> None:
    """Meter a sandbox, print the tables or the usage, and save both. Raises `UserError`."""
    if number < measurements.MANY:
        raise UserError(f"N: must be {measurements.MANY} or more, is {number}")
    ingest = {}
    with command.steps_to_stderr(json), run.start_metered_sandbox() as sandbox:
        for engine in ENGINES:
            engine_sandbox = sandbox.with_engine(engine)
            for batch in measurements.SIZES:
                ingest[f"{engine}/{batch}"] = run.meter_ingest(engine_sandbox, number, batch)
        acts = {**run.meter_acts(sandbox), **run.meter_producer(sandbox)}
        content = measurements.to_json(number, ingest, acts, len(sandbox.metrics))
    is_saved = measurements.save(content)
    page = tables.format_page(measurements.from_json(content))
    if is_saved:
        tables.PAGE.write_text(page)
    if json:
        command.print_json(content)
        return
    print(f"\n{page}")
    if is_saved:
        print(f"saved in {measurements.FILE.name} and {tables.PAGE.name}")
    else:
        print(f"not saved: {measurements.FILE.name} was metered with more documents")
