"""Whether a deployment works, asked through its public face: the page's own address.

A user of a tenant of its own signs in, sends a document, finds it in /query and /stats, and goes
again with what it made.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.table_keys import document_key
from echostream.domain.codec import time_to_wire
from echostream.domain.lake import tenant_prefix
from echostream_cli import users
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignedInUser, SignInFailed

TENANT = "smoke"
TEXT = "The smoke test of this deployment is happy to be here."
PATIENCE = 60.0
"""Seconds in which a document must be found; the index is eventually consistent."""


class SmokeFailed(UserError):
    """What was deployed does not do what it is for."""


class Face:
    """The public address, as a browser reaches it."""

    def __init__(self, target: Target) -> None:
        self.url = target.outputs()["SiteUrl"].rstrip("/")
        self.headers: dict[str, str] = {}
        if target.endpoint is not None:
            # The emulator's distributions have names that only browsers and curl resolve.
            self.headers = {"Host": urlsplit(self.url).netloc}
            self.url = target.endpoint
        self._pool = urllib3.PoolManager(timeout=30, retries=urllib3.Retry(3, backoff_factor=0.5))

    def get(self, path: str) -> Any:
        """An answer, whatever its status. Raises `SmokeFailed` where none comes."""
        try:
            return self._pool.request("GET", self.url + path, headers=self.headers)
        except urllib3.exceptions.HTTPError as error:
            raise SmokeFailed(f"no answer from {self.url}{path}: {error}") from error


def api(target: Target) -> None:
    """Send a document, find it, and remove it again. Raises `SmokeFailed`."""
    name = f"smoke-{uuid.uuid4().hex[:12]}"
    with step("smoke test: the API") as note:
        face = Face(target)
        _expect(face.get("/api/health").status == 200, "/api/health does not answer 200")
        _expect(face.get("/api/query").status == 401, "/api/query answers without a token")
        try:
            note.append(_send_and_find(target, face, name))
        except (ApiFailed, SignInFailed, ClientError, BotoCoreError) as error:
            raise SmokeFailed(f"as {name} of tenant {TENANT}: {error}") from error
        finally:
            _clear(target, name)


def page(target: Target) -> None:
    """Whether the page comes, with its rules, and knows this deployment. Raises `SmokeFailed`."""
    with step("smoke test: the page") as note:
        face, outputs = Face(target), target.outputs()
        found = _until(lambda: _index(face), "the page answers with 200 and HTML")
        rules = found.headers.get("Content-Security-Policy", "")
        _expect("default-src 'none'" in rules, "the page comes without its Content-Security-Policy")
        known = face.get("/config.json").json()
        for key, output in (("userPoolId", "UserPoolId"), ("userPoolClientId", "UserPoolClientId")):
            _expect(known.get(key) == outputs[output], f"config.json is of another {output}")
        note.append("comes with its rules")


def _index(face: Face) -> Any | None:
    found = face.get("/")
    is_page = found.status == 200 and b"<html" in found.data
    return found if is_page else None


def _send_and_find(target: Target, face: Face, name: str) -> str:
    password = users.create(target, name, TENANT)
    client = target.outputs()["UserPoolClientId"]
    user = SignedInUser(target.client("cognito-idp"), client, name, password)
    caller = ApiClient(f"{face.url}/api", user, headers=face.headers)
    start = datetime.now(UTC)
    document = {"id": name, "text": TEXT, "source": TENANT, "created_at": time_to_wire(start)}
    answer = caller.ingest([document])
    _expect(answer["ids"] == [name], f"/ingest answered {answer}")
    day = {"from": time_to_wire(start - timedelta(hours=1)), "source": TENANT}
    found = _until(lambda: _document(caller, name, day), "/query finds the document")
    counted = sum(bucket["total"] for bucket in caller.stats(**day, bucket="hour")["buckets"])
    _expect(counted >= 1, "/stats does not count the document")
    return f"sent, scored {found['sentiment']}, found, counted"


def _document(caller: ApiClient, name: str, day: Mapping[str, str]) -> dict[str, Any] | None:
    found = caller.query(**day, limit=50)["documents"]
    return next((one for one in found if one["id"] == name), None)


def _until(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise SmokeFailed(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.5)
    return found


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SmokeFailed(otherwise)


def _clear(target: Target, name: str) -> None:
    """Remove the user, its document and its objects in the lake; its counts stay until they end."""
    outputs = target.outputs()
    try:
        users.delete(target, name)
        key = document_key(TENANT, name)
        target.client("dynamodb").delete_item(TableName=outputs["TableName"], Key=key)
        s3, bucket = target.client("s3"), outputs["LakeBucket"]
        for prefix in (tenant_prefix("raw", TENANT), tenant_prefix("enriched", TENANT)):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for found in page.get("Contents", []):
                    s3.delete_object(Bucket=bucket, Key=found["Key"])
    except (ClientError, BotoCoreError) as error:
        print(f"  left behind: user {name} of tenant {TENANT} ({error})")
