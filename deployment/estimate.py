"""What a stage is expected to cost in a month, and whether its budget allows that."""

from collections.abc import Mapping

from costs.plan import monthly
from deployment.person import refuse
from deployment.stages import Stage


def show(stage: Stage, parameters: Mapping[str, str], accepted: frozenset[str]) -> None:
    """Print the monthly estimate. Raises `SandboxError` where it is over the stage's budget."""
    bill = monthly(stage.documents_per_day, engine=parameters.get("Engine", "vader"))
    print(f"  a month of {stage.documents_per_day:,.0f} documents a day (samconfig.toml):")
    for line in bill.lines:
        print(f"    {line.part:<14} {line.what:<40} ${line.dollars:8.2f}")
    print(f"    {'together':<55} ${bill.total:8.2f}, ${bill.after_free:.2f} after the free tier")
    budget = float(stage.parameters.get("MonthlyBudget", "0"))
    if budget and bill.total > budget:
        why = f"the estimate of ${bill.total:.2f} is over MonthlyBudget=${budget:.2f}"
        refuse("budget", f"{why}; samconfig.toml has both numbers", accepted)
