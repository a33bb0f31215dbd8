"""The resources of a stack that hold data; they remain when CloudFormation deletes the stack."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.target import Target

DATA_RESOURCES = {
    "Table": "documents",
    "Lake": "the history",
    "UserPool": "users and their passwords",
}
"""Resources that hold data, by logical id, and the data that each holds."""
RETAINED = (*DATA_RESOURCES, "SiteBucket", "AuditBucket")
"""Resources that remain when the stack is deleted."""
MISSING = {"ResourceNotFoundException", "NoSuchBucket", "404"}
"""Error codes for a resource that does not exist."""
SECRET_DAYS = 7
"""Days for which Secrets Manager keeps a deleted secret; 7 is the least."""
Names = Mapping[str, str]
"""Physical names of resources by their logical ids."""


def list_physical_names(target: Target) -> dict[str, str]:
    """The physical names of the stack's resources by logical id; deleted ones are left out."""
    paginator = target.client("cloudformation").get_paginator("list_stack_resources")
    pages = list(paginator.paginate(StackName=target.stack_name))
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource.get("PhysicalResourceId") and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }


def list_names(target: Target) -> dict[str, str]:
    """The names of the resources that remain when the stack is deleted."""
    names = list_physical_names(target)
    return {logical_id: names[logical_id] for logical_id in RETAINED if logical_id in names}


def require_empty(target: Target, names: Names) -> None:
    """Raises `UserError` if the table, the lake or the user pool holds anything."""
    filled = [name for name in DATA_RESOURCES if name in names and _is_filled(target, name, names)]
    if filled:
        what = ", ".join(f"{names[name]} ({DATA_RESOURCES[name]})" for name in filled)
        raise UserError(
            f"{target.stack_name} was never complete, but {what} is not empty:"
            f" make destroy-aws STAGE={target.stage} DATA=delete removes it"
        )


def _is_filled(target: Target, logical_id: str, names: Names) -> bool:
    name = names[logical_id]
    try:
        if logical_id == "Table":
            scanned = target.client("dynamodb").scan(TableName=name, Limit=1)
            return bool(scanned["Items"])
        if logical_id == "UserPool":
            listed = target.client("cognito-idp").list_users(UserPoolId=name, Limit=1)
            return bool(listed["Users"])
        return bool(target.client("s3").list_objects_v2(Bucket=name, MaxKeys=1)["KeyCount"])
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return False
        raise


def _unprotect_table(dynamodb: Any, name: str) -> str:
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return "not protected"


def _unprotect_pool(cognito: Any, pool: str) -> str:
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    return "not protected"


def delete(target: Target, names: Names, logical_ids: Iterable[str] = DATA_RESOURCES) -> None:
    """Delete data resources, one after another. Raises `UserError`."""
    for logical_id in logical_ids:
        if logical_id in names:
            with step(f"deleting {logical_id}") as note:
                note.append(delete_one(target, logical_id, names[logical_id]))


def delete_secrets(target: Target) -> str:
    """Schedule the deletion of what functions stored in Secrets Manager; how many secrets.

    They are not resources of the stack. AWS deletes them after `SECRET_DAYS`.
    """
    secrets, number = target.client("secretsmanager"), 0
    prefix = f"{target.stack_name}-{target.stage}/"
    named = [{"Key": "name", "Values": [prefix]}]
    for page in secrets.get_paginator("list_secrets").paginate(Filters=named):
        for secret in page["SecretList"]:
            if secret["Name"].startswith(prefix):
                secrets.delete_secret(SecretId=secret["ARN"], RecoveryWindowInDays=SECRET_DAYS)
                number += 1
    return f"{number} secrets, deleted in {SECRET_DAYS} days"


def delete_one(target: Target, logical_id: str, name: str) -> str:
    """Delete a resource and return what was deleted; one that does not exist is no error."""
    if logical_id == "Table":
        return _if_exists(name, lambda: _delete_table(target.client("dynamodb"), name))
    if logical_id == "UserPool":
        return _if_exists(name, lambda: _delete_pool(target.client("cognito-idp"), name))
    return _if_exists(name, lambda: _delete_bucket(target.client("s3"), name))


def _if_exists(name: str, change: Callable[[], str]) -> str:
    """The result of a change of a resource. Raises `UserError` if it fails."""
    try:
        return change()
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return "did not exist"
        raise UserError(f"{name}: {error}; fix this and run the command again") from error
    except BotoCoreError as error:
        raise UserError(f"{name}: {error}; run the command again") from error


def _delete_table(dynamodb: Any, name: str) -> str:
    _unprotect_table(dynamodb, name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    return "deleted; with point-in-time recovery AWS keeps a backup for 35 days"


def _delete_pool(cognito: Any, pool: str) -> str:
    _unprotect_pool(cognito, pool)
    cognito.delete_user_pool(UserPoolId=pool)
    return "deleted"


def _delete_bucket(s3: Any, bucket: str) -> str:
    """Delete a bucket with its objects, old versions and unfinished uploads."""
    number = 0
    try:
        for versions in _list_versions(s3, bucket):
            response = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if response.get("Errors"):
                raise UserError(f"{bucket}: cannot delete {response['Errors'][0]}")
            number += len(versions)
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                names = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
                s3.abort_multipart_upload(Bucket=bucket, **names)
        s3.delete_bucket(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        return "did not exist"
    return f"{number:,} objects and the bucket deleted"


def _list_versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """Object versions and delete markers, in the pages that S3 returns."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if versions:
            yield [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions]
