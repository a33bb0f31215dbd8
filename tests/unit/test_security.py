"""Statements about security are true: named tests exist, exceptions have reasons."""

import ast
import re
from datetime import date
from fnmatch import fnmatchcase

import pytest
import yaml

from echostream.adapters.table_keys import derived_partitions
from echostream_cli.paths import ROOT
from tests.unit.test_architecture import TEMPLATE, functions, statements


def test_threat_model_names_existing_tests():
    """Every test that the threat model names for a threat is defined."""
    names = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "threat-model.md").read_text()))
    tests = {
        node.name
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(names) > 15
    assert sorted(names - tests) == []


def test_every_skipped_check_of_a_resource_has_a_reason():
    """Each check that the template skips for a resource has a comment of five words or more."""
    skips = [
        skip
        for resource in TEMPLATE["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert skips
    assert all(len(skip["comment"].split()) >= 5 for skip in skips)


def test_every_skipped_check_of_all_resources_has_a_reason():
    """Each check in .checkov.yaml follows a comment."""
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    checks = [i for i, line in enumerate(lines) if line.strip().startswith("- CKV")]
    assert len(checks) == len(yaml.safe_load("\n".join(lines))["skip-check"]) > 0
    assert all(lines[i - 1].strip().startswith("#") for i in checks)


WITHOUT_RESOURCES = ("comprehend:", "sns:GetSubscriptionAttributes", "sns:Unsubscribe")
"""Actions that policies cannot restrict to a resource, by their begin."""


@pytest.mark.parametrize("name", sorted(functions()))
def test_functions_have_no_wildcard_permissions(name):
    """No action has a wildcard; only those without resources are allowed on all."""
    allowed = list(statements(functions()[name]["Policies"], has_stream=True, has_sender=True))
    assert allowed
    for statement in allowed:
        actions = as_list(statement["Action"])
        assert not any("*" in action for action in actions)
        if "*" in as_list(statement["Resource"]):
            assert all(action.startswith(WITHOUT_RESOURCES) for action in actions)


def as_list(value):
    """A list as it is, any other value as a list of one."""
    return value if isinstance(value, list) else [value]


def test_budget_denies_paid_models_only():
    """At its limit, two roles lose Comprehend and Bedrock; ingest and queries continue."""
    resources = TEMPLATE["Resources"]
    (statement,) = resources["NothingPaid"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", ["bedrock:*", "comprehend:*"])
    action = resources["BudgetAction"]["Properties"]
    assert action["ActionThreshold"] == {"Type": "PERCENTAGE", "Value": 100}
    assert action["Definition"]["IamActionDefinition"]["Roles"] == [
        "ProcessorFunctionRole",
        "DigestFunctionRole",
    ]
    messages = resources["Budget"]["Properties"]["NotificationsWithSubscribers"]
    assert [message["Notification"]["Threshold"] for message in messages] == [50, 80, 100]


TENANT = "${aws:PrincipalTag/tenant}"
ONE_PARTITION = {f"counted#{TENANT}", f"alerts#{TENANT}"}
OF_ALL_TENANTS = {"stream", "s3:GetBucketLocation"}
"""What a tenant's session may reach beside its own data: positions in the table's stream."""


@pytest.mark.parametrize(
    "name", sorted(name for name in TEMPLATE["Resources"] if name.endswith("TenantRole"))
)
def test_role_of_tenants_reaches_one_tenant_only(name):
    """Each key and each prefix has the session's tenant, ended by a character no name has."""
    [policy] = TEMPLATE["Resources"][name]["Properties"]["Policies"]
    reached = [
        (pattern.replace("${!", "${"), action)
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        if action.startswith(("dynamodb:", "s3:"))
        for pattern in patterns_of(statement)
    ]
    assert reached
    for pattern, action in reached:
        assert action != "dynamodb:Scan"
        rest = pattern.partition(TENANT)[2]
        is_of_tenant = rest in ("#*", "/*") or pattern in ONE_PARTITION
        assert is_of_tenant or {pattern, action} & OF_ALL_TENANTS


def patterns_of(statement):
    """The keys that a statement allows, or else the prefixes, or else its resources."""
    for condition in statement.get("Condition", {}).values():
        for key, patterns in condition.items():
            assert key in ("dynamodb:LeadingKeys", "s3:prefix")
            return patterns
    return as_list(statement["Resource"])


def test_no_role_can_change_the_audit_log():
    """Functions may only put events, tenants' sessions only read those of their tenant."""
    allowed: dict[str, set[str]] = {}
    for role, found in statements_of_roles():
        keys = patterns_of(found) if "Table.Arn" in str(found["Resource"]) else []
        actions = {a for a in as_list(found["Action"]) if a.startswith("dynamodb:")}
        if any(fnmatchcase(f"audit#{TENANT}#2026-05", key) for key in keys):
            allowed.setdefault(role, set()).update(actions)
    of_tenant = allowed.pop("QueryTenantRole")
    assert of_tenant == {"dynamodb:GetItem", "dynamodb:Query"}
    writers = (
        "Admin",
        "Destinations",
        "Claims",
        "Erase",
        "Ingest",
        "Processor",
        "Query",
        "Sources",
        "Themes",
        "Digest",
    )
    assert allowed == {f"{name}Function": {"dynamodb:PutItem"} for name in writers}


def test_erase_function_may_delete_all_of_a_tenant():
    """Each kind of partition that the deletion of a tenant empties, and is of it alone."""
    patterns = {
        pattern
        for statement in statements(functions()["EraseFunction"]["Policies"], has_stream=True)
        if {"dynamodb:DeleteItem", "dynamodb:Query"} <= {*as_list(statement["Action"])}
        for pattern in patterns_of(statement)
    }
    day = date(2026, 5, 20)
    for partition in derived_partitions("acme", day, day):
        assert any(fnmatchcase(partition, pattern) for pattern in patterns), partition


def statements_of_roles():
    """The name of each function and role, with each statement of its policies."""
    for name in functions():
        for statement in statements(functions()[name]["Policies"], has_stream=True):
            yield name, statement
    for name, resource in TEMPLATE["Resources"].items():
        for policy in resource["Properties"].get("Policies", []) if "Role" in name else []:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def test_role_of_tenants_requires_the_tag():
    """No session without a tenant."""
    roles = {n: r for n, r in TEMPLATE["Resources"].items() if n.endswith("TenantRole")}
    assert len(roles) == 3
    for role in roles.values():
        [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"] == {"StringLike": {"aws:RequestTag/tenant": "?*"}}
