"""The policy that the budget's action attaches at its limit, outside CloudFormation's knowledge."""

from collections.abc import Iterable

from echostream_cli.deploy import data_resources
from echostream_cli.target import Target

NAME = "NothingPaid"
"""The logical id of the policy."""


def detach(target: Target) -> list[str]:
    """Detach the policy from all roles, and return them.

    IAM deletes no policy in use, and no role with a policy of others.
    """
    arn = data_resources.list_physical_names(target).get(NAME)
    if arn is None:
        return []
    iam = target.client("iam")
    pages = iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn)
    roles = [role["RoleName"] for page in pages for role in page["PolicyRoles"]]
    for role in roles:
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        print(f"  the budget's deny policy is detached from {role}")
    return roles


def attach(target: Target, roles: Iterable[str]) -> None:
    """Attach the policy again, after an update that was to remove it and failed."""
    for role in roles:
        arn = data_resources.list_physical_names(target)[NAME]
        target.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
        print(f"  the budget's deny policy is attached to {role} again")
