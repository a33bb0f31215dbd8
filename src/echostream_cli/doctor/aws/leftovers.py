"""Finds and deletes what a run that was killed left behind, by the prefix of its name."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.doctor.aws.context import PREFIX
from echostream_cli.doctor.probe_context import wait_for
from echostream_cli.doctor.probes import ABSENT_CODES
from echostream_cli.target import NO_STACK, Target

DATABASE_PREFIX = PREFIX.replace("-", "_")
"""Of Glue databases, whose names have no hyphens."""
LOG_GROUPS = "/aws/lambda/"
_NONE = {*ABSENT_CODES, "NotFoundException", "404", "501"}
"""Error codes of an API that does not exist, and of a service or operation that does not."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource of a run before, and how to delete it."""

    kind: str
    name: str
    delete: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Search:
    """What exists, in the order in which it can be deleted, and the lists that failed, and why."""

    found: list[Leftover] = field(default_factory=list)
    not_listed: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether everything was listed and nothing found."""
        return not self.found and not self.not_listed


def find(target: Target) -> Search:
    """What exists with the prefix.

    Without the stage's stack, or a service that an emulator lacks, a run created nothing there.
    After any other error, such as a missing right, nobody knows: `not_listed` has it.
    """
    search = Search()
    for kind, finder in _FINDERS.items():
        try:
            search.found.extend(finder(target))
        except (ClientError, BotoCoreError) as error:
            if not _has_none(error):
                search.not_listed.append(f"{kind}: {error}")
    return search


def _has_none(error: ClientError | BotoCoreError) -> bool:
    """Whether an error means that what would be listed, or the service, does not exist."""
    if not isinstance(error, ClientError):
        return False
    code = error.response["Error"].get("Code", "")
    return code in _NONE or (code == "ValidationError" and NO_STACK in str(error))


def delete(leftovers: Iterable[Leftover]) -> None:
    """Delete them. Errors are ignored: what stays is found again."""
    for one in leftovers:
        with suppress(ClientError, BotoCoreError):
            one.delete()


def wait_until_gone(target: Target, seconds: float = 60.0) -> Search:
    """What still exists after some seconds: deleting takes a while, for example of a table."""
    searches: list[Search] = []

    def is_gone() -> bool:
        searches.append(find(target))
        return not searches[-1].found

    wait_for(is_gone, seconds)
    return searches[-1]


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])


def _routes(target: Target) -> Iterator[Leftover]:
    """Routes of the stage's API, with their integrations."""
    client, api = target.client("apigatewayv2"), target.resource("Api")
    for route in _pages(client, "get_routes", "Items", ApiId=api):
        if PREFIX in route["RouteKey"]:
            yield Leftover("API route", route["RouteKey"], partial(_drop, client, api, route))


def _drop(client: Any, api: str, route: dict[str, Any]) -> None:
    client.delete_route(ApiId=api, RouteId=route["RouteId"])
    integration = route["Target"].removeprefix("integrations/")
    client.delete_integration(ApiId=api, IntegrationId=integration)


def _functions(target: Target) -> Iterator[Leftover]:
    client = target.client("lambda")
    for function in _pages(client, "list_functions", "Functions"):
        name = function["FunctionName"]
        if name.startswith(PREFIX):
            yield Leftover("function", name, partial(client.delete_function, FunctionName=name))


def _log_groups(target: Target) -> Iterator[Leftover]:
    client, prefix = target.client("logs"), f"{LOG_GROUPS}{PREFIX}"
    pages = _pages(client, "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    for name in (group["logGroupName"] for group in pages):
        yield Leftover("log group", name, partial(client.delete_log_group, logGroupName=name))


def _roles(target: Target) -> Iterator[Leftover]:
    client = target.client("iam")
    for name in (role["RoleName"] for role in _pages(client, "list_roles", "Roles")):
        if name.startswith(PREFIX):
            yield Leftover("role", name, partial(_delete_role, client, name))


def _delete_role(client: Any, name: str) -> None:
    for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=policy)
    client.delete_role(RoleName=name)


def _pools(target: Target) -> Iterator[Leftover]:
    client = target.client("cognito-idp")
    for pool in _pages(client, "list_user_pools", "UserPools", MaxResults=60):
        if pool["Name"].startswith(PREFIX):
            delete_pool = partial(client.delete_user_pool, UserPoolId=pool["Id"])
            yield Leftover("user pool", pool["Name"], delete_pool)


def _tables(target: Target) -> Iterator[Leftover]:
    client = target.client("dynamodb")
    for name in _pages(client, "list_tables", "TableNames"):
        if name.startswith(PREFIX):
            yield Leftover("table", name, partial(client.delete_table, TableName=name))


def _databases(target: Target) -> Iterator[Leftover]:
    client = target.client("glue")
    for name in (one["Name"] for one in _pages(client, "get_databases", "DatabaseList")):
        if name.startswith(DATABASE_PREFIX):
            yield Leftover("Glue database", name, partial(_delete_database, client, name))


def _delete_database(client: Any, name: str) -> None:
    for table in _pages(client, "get_tables", "TableList", DatabaseName=name):
        client.delete_table(DatabaseName=name, Name=table["Name"])
    client.delete_database(Name=name)


def _workgroups(target: Target) -> Iterator[Leftover]:
    client, token = target.client("athena"), ""
    while True:
        page = client.list_work_groups(**({"NextToken": token} if token else {}))
        for name in (one["Name"] for one in page["WorkGroups"]):
            if name.startswith(PREFIX):
                yield Leftover("work group", name, partial(_delete_workgroup, client, name))
        token = page.get("NextToken", "")
        if not token:
            return


def _delete_workgroup(client: Any, name: str) -> None:
    client.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


def _buckets(target: Target) -> Iterator[Leftover]:
    client = target.client("s3")
    for name in (bucket["Name"] for bucket in client.list_buckets()["Buckets"]):
        if name.startswith(PREFIX):
            yield Leftover("bucket", name, partial(_delete_bucket, client, name))


def _delete_bucket(client: Any, name: str) -> None:
    for summary in _pages(client, "list_objects_v2", "Contents", Bucket=name):
        client.delete_object(Bucket=name, Key=summary["Key"])
    client.delete_bucket(Bucket=name)


_FINDERS = {
    "API routes": _routes,
    "functions": _functions,
    "log groups": _log_groups,
    "roles": _roles,
    "user pools": _pools,
    "tables": _tables,
    "Glue databases": _databases,
    "work groups": _workgroups,
    "buckets": _buckets,
}
