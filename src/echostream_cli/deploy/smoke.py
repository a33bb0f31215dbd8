"""The smoke test of a deployment, through its public address.

A new user of the tenant `smoke` signs in, sends a document and reads it from /query and /stats.
Afterwards the user, the document and its objects in the lake are removed.
"""

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.table_keys import document_key
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import EchoStreamError
from echostream.domain.lake import tenant_prefix
from echostream.domain.members import Role
from echostream_cli import users
from echostream_cli.console import step
from echostream_cli.deploy.public_site import (
    TIMEOUT,
    PublicSite,
    SmokeFailed,
    find_missing_record,
    wait_for,
)
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_client import totp
from echostream_client.api import COUNT_TIMEOUT, ApiClient
from echostream_client.challenges import AppRequired, sign_in
from echostream_client.session import Session

TENANT = "smoke"
ROLES = frozenset({Role.READER, Role.WRITER})
TEXT = "The smoke test of this deployment is happy to be here."
EMULATOR_TIMEOUT = 10.0
"""Seconds until the API must respond on an emulator, which has no edges to wait for."""


def check_api(target: Target) -> None:
    """Send a document, read it back, and remove it. Raises `SmokeFailed`."""
    username = f"smoke-{uuid.uuid4().hex[:12]}"
    with step("smoke test: the API") as note:
        site = PublicSite(target)
        timeout = TIMEOUT if target.endpoint is None else EMULATOR_TIMEOUT
        site.wait_for_status("/health", 200, timeout)
        site.wait_for_status("/query", 401, timeout)
        try:
            note.append(_send_and_read(target, site, username))
        except SmokeFailed:
            raise
        except (UserError, EchoStreamError, ClientError, BotoCoreError) as error:
            raise SmokeFailed(f"as {username} of tenant {TENANT}: {error}") from error
        finally:
            _remove(target, username)


def check_page(target: Target) -> None:
    """Check the page, its Content-Security-Policy and its config.json. Raises `SmokeFailed`.

    A `DomainName` that does not lead to the page is printed with the DNS record that it needs.
    """
    with step("smoke test: the page") as note:
        site, outputs = PublicSite(target), target.outputs()
        response = wait_for(lambda: _get_index(site), "the page with status 200")
        policy = response.headers.get("Content-Security-Policy", "")
        _require("default-src 'none'" in policy, "the page has no Content-Security-Policy")
        what = "config.json with this deployment's user pool"
        wait_for(lambda: _has_configuration(site, outputs) or None, what)
        note.append("loads, with its Content-Security-Policy")
    if record := find_missing_record(outputs):
        print(f"  DomainName does not lead to the page yet. Create the DNS record: {record}")


def _has_configuration(site: PublicSite, outputs: Mapping[str, str]) -> bool:
    """Whether the page's configuration is that of the deployment, and not an older one's."""
    response = site.get("/config.json")
    if response.status != 200:
        return False
    config = response.json()
    keys = (("userPoolId", "UserPoolId"), ("userPoolClientId", "UserPoolClientId"))
    return all(config.get(key) == outputs[output] for key, output in keys)


def _get_index(site: PublicSite) -> Any | None:
    response = site.get("/")
    is_page = response.status == 200 and b"<html" in response.data
    return response if is_page else None


def _send_and_read(target: Target, site: PublicSite, username: str) -> str:
    password = users.create(target, username, TENANT, ROLES)
    session = _sign_in(target, username, password)
    api = ApiClient(site.api_url, session, headers=site.headers)
    now = datetime.now(UTC)
    document = {"id": username, "text": TEXT, "source": TENANT, "created_at": time_to_wire(now)}
    response = api.ingest([document])
    _require(response["ids"] == [username], f"/ingest returned {response}")
    scope = {"from": time_to_wire(now - timedelta(hours=1)), "source": TENANT}
    scored = wait_for(lambda: _find_document(api, username, scope), "the document in /query")
    require_counted(api, response.get("received_at"), scope)
    return f"sent, scored {scored['sentiment']}, found, counted"


def _sign_in(target: Target, username: str, password: str) -> Session:
    """Sign in, with an authenticator app of the smoke test's own if the deployment requires one."""
    client = target.outputs()["UserPoolClientId"]
    result = sign_in(target.client("cognito-idp"), client, username, password)
    if isinstance(result, AppRequired):
        result = result.answer(totp.code(result.secret, time.time()))
    if not isinstance(result, Session):
        raise SmokeFailed(f"as {username}: the user pool asks for {result.name}")
    return result


def require_counted(api: ApiClient, received_at: str | None, scope: Mapping[str, str]) -> None:
    """Wait until /stats counts the document. Raises `SmokeFailed`.

    Version 1.0, to which a rollback may lead, has no `received_at`: it counts before it responds.
    """
    if received_at is not None:
        message = (
            f"/stats does not count the document within {COUNT_TIMEOUT:.0f} s:"
            " docs/runbook.md#counting"
        )
        _require(api.wait_until_counted(received_at), message)
    total = sum(bucket["total"] for bucket in api.stats(**scope, bucket="hour")["buckets"])
    _require(total >= 1, "/stats does not count the document")


def _find_document(
    api: ApiClient, document_id: str, scope: Mapping[str, str]
) -> dict[str, Any] | None:
    documents = api.query(**scope, limit=50)["documents"]
    return next((document for document in documents if document["id"] == document_id), None)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SmokeFailed(message)


def _remove(target: Target, username: str) -> None:
    """Remove the user, the document, and its objects in the lake. Its count follows the table."""
    outputs = target.outputs()
    try:
        users.delete(target, username, TENANT)
        key = document_key(TENANT, username)
        target.client("dynamodb").delete_item(TableName=outputs["TableName"], Key=key)
        s3, bucket = target.client("s3"), outputs["LakeBucket"]
        for prefix in (tenant_prefix("raw", TENANT), tenant_prefix("enriched", TENANT)):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for summary in page.get("Contents", []):
                    s3.delete_object(Bucket=bucket, Key=summary["Key"])
    except (UserError, EchoStreamError, ClientError, BotoCoreError) as error:
        print(f"  not removed: user {username} of tenant {TENANT} and its document ({error})")
