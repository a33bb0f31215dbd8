"""What is said of security is so: tests that are named exist, exceptions are argued."""

import re

import pytest
import yaml

from echostream_cli.paths import ROOT
from tests.unit.test_architecture import TEMPLATE, functions


def test_the_threat_model_names_tests_that_exist():
    """Every answer to a threat that a test holds is held by one of that name."""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "threat-model.md").read_text()))
    there = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert len(named) > 15
    assert sorted(name for name in named if f"def {name}(" not in there) == []


def test_every_exception_for_a_resource_is_argued():
    """Each check that is skipped in the template says why, in more than a word."""
    skips = [
        skip
        for resource in TEMPLATE["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert skips
    assert all(len(skip["comment"].split()) >= 5 for skip in skips)


def test_every_exception_for_all_is_argued():
    """Each check in .checkov.yaml has comment lines right above it."""
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    skipped = [i for i, line in enumerate(lines) if line.strip().startswith("- CKV")]
    assert len(skipped) == len(yaml.safe_load("\n".join(lines))["skip-check"])
    assert all(lines[i - 1].strip().startswith("#") for i in skipped)


@pytest.mark.parametrize("name", sorted(functions()))
def test_no_function_may_do_everything_of_a_service(name):
    """No wildcard in an action; on every resource only where AWS knows no other way."""
    for policy in functions()[name]["Policies"]:
        for statement in policy["Statement"]:
            actions = statement["Action"]
            actions = actions if isinstance(actions, list) else [actions]
            assert not any("*" in action for action in actions)
            if statement["Resource"] == "*":
                assert all(action.startswith("comprehend:") for action in actions)


def test_the_budget_takes_away_what_costs_and_nothing_else():
    """At its limit: Comprehend, of the processor's role; ingest and queries go on."""
    resources = TEMPLATE["Resources"]
    (statement,) = resources["NothingPaid"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "comprehend:*")
    action = resources["BudgetAction"]["Properties"]
    assert action["ActionThreshold"] == {"Type": "PERCENTAGE", "Value": 100}
    assert action["Definition"]["IamActionDefinition"]["Roles"] == ["ProcessorFunctionRole"]
    told = resources["Budget"]["Properties"]["NotificationsWithSubscribers"]
    assert [one["Notification"]["Threshold"] for one in told] == [50, 80, 100]
