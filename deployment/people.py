"""Who may come in: users of a deployment's pool, and whose members they are."""

from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from deployment.target import Target
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.errors import EchoStreamError
from localstack.members import have_user, new_password
from localstack.settings import SandboxError

UNUSED = timedelta(0)
"""How long documents are kept, which members are not."""


def admit(target: Target, name: str, tenant: str) -> str:
    """Have a user in a tenant, with a new password, which is returned. Raises `SandboxError`."""
    outputs = target.outputs()
    password = new_password()
    try:
        sub = have_user(target.client("cognito-idp"), outputs["UserPoolId"], name, password)
        store = DynamoDBStore(target.client("dynamodb"), outputs["TableName"], UNUSED)
        store.add_member(sub, tenant)
    except (ClientError, BotoCoreError, EchoStreamError) as error:
        raise SandboxError(f"{name} was not let in: {target.unreachable(error)}") from error
    return password


def dismiss(target: Target, name: str) -> None:
    """Remove a user and what the table says of whose member it was."""
    outputs = target.outputs()
    cognito, pool = target.client("cognito-idp"), outputs["UserPoolId"]
    user = cognito.admin_get_user(UserPoolId=pool, Username=name)
    sub = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
    key = {"pk": {"S": f"member#{sub}"}, "sk": {"S": "member"}}
    target.client("dynamodb").delete_item(TableName=outputs["TableName"], Key=key)
    cognito.admin_delete_user(UserPoolId=pool, Username=name)
