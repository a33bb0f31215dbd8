"""Credentials of the deployed roles: those of a function, and those of a tenant's session."""

from echostream.adapters.tenant_sessions import Credentials, TenantSessions
from echostream.entrypoints import wiring

ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def role(settings, name):
    """The ARN of a role of the stack."""
    found = settings.target.client("iam").get_role(RoleName=settings.target.resource(name))
    return found["Role"]["Arn"]


def function_credentials(settings, function):
    """Credentials of a function's role, with which the emulator lets its operator start a session.

    They are a client's arguments.
    """
    arn = role(settings, f"{function}FunctionRole")
    sts = settings.target.client("sts")
    issued = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
    keys = (issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    return Credentials(*keys, issued["Expiration"]).arguments()


def function_environment(settings, function):
    """The same credentials as environment variables."""
    return dict(zip(ENVIRONMENT, function_credentials(settings, function).values(), strict=True))


def tenant_credentials(settings, function, tenant):
    """Credentials of a session that the function starts for a tenant, as a client's arguments."""
    sts = settings.target.client("sts", credentials=function_credentials(settings, function))
    arn = role(settings, f"{function}TenantRole")
    return TenantSessions(sts, arn, Credentials.arguments, wiring.now).of(tenant)
