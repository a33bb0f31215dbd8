"""What a stage is expected to cost in a month, and whether its budget allows that."""

from collections.abc import Mapping
from functools import partial

from echostream_cli.console import require_accepted
from echostream_cli.costs.measured import MANY
from echostream_cli.costs.plan import monthly
from echostream_cli.errors import UserError
from echostream_cli.stages import Stage


def show(stage: Stage, parameters: Mapping[str, str], accepted: frozenset[str]) -> None:
    """Print the monthly estimate. Raises `UserError` where it is over the stage's budget."""
    plan = partial(
        monthly,
        stage.documents_per_day,
        engine=parameters.get("Engine", "vader"),
        parameters=stage.parameters,
    )
    try:
        bill, singly = plan(batch=MANY), plan(batch=1)
    except ValueError as error:
        raise UserError(f"no estimate: {error}; see documents_per_day in samconfig.toml") from (
            error
        )
    print(f"  a month of {stage.documents_per_day:,.0f} documents a day, {MANY} at a time:")
    dollars: dict[str, float] = {}
    for line in bill.lines:
        dollars[line.part] = dollars.get(line.part, 0.0) + line.dollars
    for part, sum_of_part in dollars.items():
        print(f"    {part:<34} ${sum_of_part:8.2f}")
    print(f"    {'together':<34} ${bill.total:8.2f}; ${bill.after_free:.2f} after the free tier")
    print(f"    {'sent one by one, together':<34} ${singly.total:8.2f}")
    if not stage.parameters.get("AlarmEmail"):
        print("    nobody hears of alarms or the budget: AlarmEmail is not set in samconfig.toml")
    budget = float(stage.parameters.get("MonthlyBudget", "0"))
    if budget and bill.total > budget:
        why = f"the estimate of ${bill.total:.2f} is over MonthlyBudget=${budget:.2f}"
        require_accepted("budget", f"{why}; samconfig.toml has both numbers", accepted)
