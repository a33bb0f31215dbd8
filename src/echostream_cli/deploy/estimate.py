"""The estimated monthly cost of a stage, compared with its budget."""

from collections.abc import Mapping
from functools import partial

from echostream_cli.console import require_accepted, table
from echostream_cli.costs.measurements import MANY
from echostream_cli.costs.plan import plan_month
from echostream_cli.errors import UserError
from echostream_cli.stages import Stage


def print_estimate(stage: Stage, parameters: Mapping[str, str], accepted: frozenset[str]) -> None:
    """Print the monthly estimate. Raises `UserError` if it exceeds the stage's budget."""
    plan = partial(
        plan_month,
        stage.documents_per_day,
        engine=parameters.get("Engine", "vader"),
        parameters=stage.parameters,
    )
    try:
        bill, single_bill = plan(batch=MANY), plan(batch=1)
    except ValueError as error:
        message = f"cannot estimate the cost: {error}; see documents_per_day in samconfig.toml"
        raise UserError(message) from error
    print(f"  a month of {stage.documents_per_day:,.0f} documents a day, {MANY} at a time:")
    parts = [(part, dollars, dollars - free) for part, (dollars, free) in bill.by_part().items()]
    parts.append(("together", bill.total, bill.after_free))
    parts.append(("sent one by one, together", single_bill.total, single_bill.after_free))
    rows = [(part, f"${dollars:.2f}", f"${after_free:.2f}") for part, dollars, after_free in parts]
    table(("part", "a month", "after the free tier"), rows, right={1, 2}, indent=4)
    if not stage.parameters.get("AlarmEmail"):
        print("    alarms and budget messages are not sent: set AlarmEmail in samconfig.toml")
    budget = float(stage.parameters.get("MonthlyBudget", "0"))
    if budget and bill.total > budget:
        why = f"the estimate of ${bill.total:.2f} is over MonthlyBudget=${budget:.2f}"
        require_accepted("budget", f"{why}; samconfig.toml has both numbers", accepted)
