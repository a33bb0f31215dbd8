"""Releases of new code with CodeDeploy, simulated: no emulator has it.

The simulation knows three rules of CodeDeploy and CloudFormation. An alias with an update policy
moves only while no alarm of its deployment group fires. An alarm on a version sees the calls of
this version alone, any other alarm those of all versions. An alias without the policy moves at
once.
"""

import re
from dataclasses import dataclass

import pytest

from echostream_cli.deploy import rollback
from tests.unit.test_gradual_deployment import SERVED, deployed, gate

OLD, NEW = 1, 2
"""Numbers of versions."""


@dataclass(frozen=True)
class Calls:
    """The calls of a version within a minute: all, those that failed, those that crashed."""

    total: int
    failed: int = 0
    crashes: int = 0

    def __add__(self, other):
        return Calls(
            self.total + other.total, self.failed + other.failed, self.crashes + other.crashes
        )

    def statistic(self, metric, statistic):
        """A metric's value as CloudWatch computes it; `Failed` is 100 for each failed call."""
        number = {"Errors": self.crashes, "Failed": 100 * self.failed}[metric]
        return number if statistic == "Sum" else number / self.total


GOOD = Calls(10)
BROKEN = Calls(100, failed=100, crashes=40)


def fires(alarm, calls, version):
    """Whether an alarm fires, if it watches this version among these calls by version."""
    properties = alarm["Properties"]

    def read(metric, statistic):
        names = {dimension["Name"] for dimension in metric["Dimensions"]}
        everything = sum(calls.values(), Calls(0))
        seen = calls[version] if "ExecutedVersion" in names else everything
        return seen.statistic(metric["MetricName"], statistic)

    if "Metrics" not in properties:
        return read(properties, properties["Statistic"]) >= properties["Threshold"]
    values = {
        part["Id"]: read(part["MetricStat"]["Metric"], part["MetricStat"]["Stat"])
        for part in properties["Metrics"]
        if "MetricStat" in part
    }
    [expression] = [p["Expression"] for p in properties["Metrics"] if "Expression" in p]
    return compute(expression, values) >= properties["Threshold"]


def compute(expression, values):
    """The value of IF(condition, then, otherwise) in CloudWatch's metric math."""
    [(condition, then, otherwise)] = re.findall(r"^IF\((.+), (\d+), (\d+)\)$", expression)
    python = condition.replace(" OR ", " or ").replace(" AND ", " and ")
    return int(then if eval(python, {"__builtins__": {}}, values) else otherwise)  # noqa: S307


def release(resources, function, calls, alarms=None):
    """The version that the alias has after a release of NEW over OLD."""
    if "UpdatePolicy" not in resources[f"{function}Aliaslive"]:
        return NEW
    names = alarms or gate(resources, function)
    return OLD if any(fires(resources[name], calls, NEW) for name in names) else NEW


def gradual():
    return deployed(GradualDeployment="true")


@pytest.mark.parametrize("function", SERVED)
def test_mend_replaces_a_broken_version(function):
    """However many calls of the broken version fail during the release of the mend."""
    assert release(gradual(), function, {OLD: BROKEN, NEW: GOOD}) == NEW


@pytest.mark.parametrize("function", SERVED)
def test_alarms_on_all_versions_would_lock_a_broken_version_in(function):
    """The trap, which this simulation shows: the alarm fires because of the version in use."""
    name = function.removesuffix("Function")
    for alarm in ("FailedCallsAlarm", f"{name}CrashesAlarm"):
        assert release(gradual(), function, {OLD: BROKEN, NEW: GOOD}, [alarm]) == OLD


@pytest.mark.parametrize("function", SERVED)
def test_broken_version_is_stopped(function):
    """By its first crash, or by failed calls without a crash."""
    for new in (Calls(10, crashes=1), Calls(10, failed=3), Calls(60, failed=3)):
        assert release(gradual(), function, {OLD: Calls(90), NEW: new}) == OLD


@pytest.mark.parametrize("function", SERVED)
def test_few_failed_calls_stop_no_release(function):
    """Neither one or two at low traffic, where they are a large share, nor a small share."""
    for new in (Calls(1, failed=1), Calls(5, failed=2), Calls(100, failed=4)):
        assert release(gradual(), function, {OLD: Calls(90), NEW: new}) == NEW


@pytest.mark.parametrize("function", SERVED)
def test_way_back_is_stopped_by_no_alarm(function):
    """Not even if the version before is broken, too."""
    back = deployed(**rollback.AT_ONCE)
    assert release(back, function, {OLD: BROKEN, NEW: BROKEN}) == NEW
