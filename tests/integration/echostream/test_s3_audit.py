"""Copies of the audit log in a bucket with Object Lock.

The emulator's CloudFormation ignores Object Lock, so that the test makes the bucket; see
docs/isolation.md.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.audit_items import audit_item
from echostream.adapters.s3_audit import S3AuditCopies, audit_changes
from echostream.domain.audit import Action, new_event
from echostream.domain.json_lines import unpack
from tests.unit.echostream.test_table_stream import record

KEPT = timedelta(days=365)


@pytest.fixture
def s3(settings, sandbox):
    return settings.target.client("s3")


@pytest.fixture(params=["GOVERNANCE", "COMPLIANCE"])
def bucket(request, s3, name):
    """A bucket as the template describes it."""
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": request.param, "Days": 1}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)
    return name


@pytest.fixture
def changes():
    event = new_event("acme", datetime.now(UTC), "person#p#ann", Action.SIGN_IN)
    return list(audit_changes([{"eventName": "INSERT", **record(None, audit_item(event, KEPT))}]))


def versions(s3, bucket):
    return s3.list_object_versions(Bucket=bucket).get("Versions", [])


def test_repeat_writes_no_second_version(s3, bucket, changes):
    """A batch that is delivered again finds its objects."""
    copies = S3AuditCopies(s3, bucket)
    copies.write(changes)
    copies.write(changes)
    [version] = versions(s3, bucket)
    assert version["Key"] == changes[0].key
    body = s3.get_object(Bucket=bucket, Key=version["Key"])["Body"].read()
    assert unpack(body) == [json.loads(json.dumps(changes[0].row))]


def test_copy_cannot_be_changed(s3, bucket, changes):
    """Its version cannot be deleted; an overwrite is another version beside it."""
    S3AuditCopies(s3, bucket).write(changes)
    [version] = versions(s3, bucket)
    name = {"Bucket": bucket, "Key": version["Key"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**name, VersionId=version["VersionId"])
    s3.put_object(**name, Body=b"forged")
    s3.delete_object(**name)
    kept = s3.get_object(**name, VersionId=version["VersionId"])["Body"].read()
    assert unpack(kept)[0]["change"] == "INSERT"
    assert len(versions(s3, bucket)) == 2
