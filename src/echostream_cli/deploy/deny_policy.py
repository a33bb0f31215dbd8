"""The policy that the budget's action attaches at its limit, outside CloudFormation's knowledge."""

from echostream_cli.deploy import data_resources
from echostream_cli.target import Target

NAME = "NothingPaid"
"""The logical id of the policy."""


def detach(target: Target) -> None:
    """Detach the policy from all roles: IAM deletes no policy in use, and no role with a policy."""
    arn = data_resources.list_physical_names(target).get(NAME)
    if arn is None:
        return
    iam = target.client("iam")
    for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
        for role in page["PolicyRoles"]:
            iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
            print(f"  the budget's deny policy is detached from {role['RoleName']}")
