"""The command cost: meters what documents cost on AWS, or plans a month."""

from typing import Annotated

import typer

from echostream.domain.engine import ENGINES
from echostream_cli import command
from echostream_cli.costs import measured, run, tables
from echostream_cli.costs.plan import monthly
from echostream_cli.errors import UserError

app = command.group()


@app.command(rich_help_panel="Develop")
def cost(
    number: Annotated[int, typer.Option(help="How many documents to meter.")] = 1000,
    per_day: Annotated[
        float | None, typer.Option(help="Plan a month at this rate; starts nothing.")
    ] = None,
    engine: Annotated[str, typer.Option(help="For a plan: what scores.")] = "vader",
    batch: Annotated[int, typer.Option(help="For a plan: documents a request.")] = measured.MANY,
    page: Annotated[bool, typer.Option("--page", help="Only write docs/costs.md again.")] = False,
) -> None:
    """Compute the AWS bill from metered calls, or plan a month."""
    if page:
        tables.PAGE.write_text(tables.page(measured.measured()))
    elif per_day is not None:
        plan(per_day, engine, batch)
    else:
        measure(number)


def plan(per_day: float, engine: str, batch: int) -> None:
    """Prints a month, and up to which rate the budget lasts."""
    bill = monthly(per_day, engine=engine, batch=batch)
    print(f"{per_day:,.0f} documents a day, {engine}, {batch} at once; metered figures of", end=" ")
    print(f"{measured.measured().as_of}\n\n{tables.month(bill)}\n\n{tables.limits()}")


def measure(number: int) -> None:
    """Meters a sandbox, prints the tables and keeps them. Raises `UserError`."""
    if number < measured.MANY:
        raise UserError(f"N: must be {measured.MANY} or more, is {number}")
    ingest = {}
    with run.metered_sandbox() as scene:
        for engine in ENGINES:
            scoring = scene.with_engine(engine)
            for batch in (1, measured.MANY):
                ingest[f"{engine}/{batch}"] = run.ingest(scoring, number, batch)
        done = run.acts(scene)
        made = measured.to_json(number, ingest, done, len(scene.metrics))
    kept = measured.keep(made)
    page = tables.page(measured.from_json(made))
    print(f"\n{page}")
    if kept:
        tables.PAGE.write_text(page)
        print(f"kept in {measured.FILE.name} and {tables.PAGE.name}")
    else:
        print(f"not kept: {measured.FILE.name} was metered over more documents")
