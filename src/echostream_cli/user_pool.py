"""The user pool of a deployed stack, of which some properties can never be changed."""

from echostream_cli.target import Target, outputs_of


def get_user_names(target: Target) -> str:
    """The template's parameter `UserNames` that fits the deployed user pool.

    CloudFormation refuses another value. Version 1.0 created case-sensitive pools.
    """
    pool = outputs_of(target.stack() or {}).get("UserPoolId")
    if pool is None:
        return "case-insensitive"
    description = target.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    is_sensitive = description.get("UsernameConfiguration", {}).get("CaseSensitive", True)
    return "case-sensitive" if is_sensitive else "case-insensitive"
