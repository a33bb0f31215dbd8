"""Meters what documents cost on AWS, or plans a month: `python -m costs --help`."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.engine import ENGINES
from echostream_cli.costs import measured, run, tables
from echostream_cli.costs.plan import BadPlan, monthly
from echostream_cli.errors import UserError
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m costs", description=__doc__)
    parser.add_argument("--number", type=int, default=1000, help="documents to meter")
    parser.add_argument("--per-day", type=float, help="plan a month at this rate; starts nothing")
    parser.add_argument("--engine", default="vader", help="for a plan: what scores")
    parser.add_argument("--batch", type=int, default=measured.MANY, help="for a plan: at once")
    parser.add_argument("--page", action="store_true", help="write docs/costs.md again, no more")
    arguments = parser.parse_args()
    try:
        if arguments.page:
            tables.PAGE.write_text(tables.page(measured.measured()))
            return
        if arguments.per_day is not None:
            plan(arguments.per_day, arguments.engine, arguments.batch)
        else:
            measure(arguments.number)
    except (UserError, ApiFailed, SignInFailed, BadPlan, ClientError, BotoCoreError) as error:
        sys.exit(f"error: {error}")


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


if __name__ == "__main__":
    main()
