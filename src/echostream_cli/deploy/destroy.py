"""Removes a stage. Resources that hold data remain, unless their deletion is requested."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import confirm, confirm_by_name, step, table
from echostream_cli.deploy import stack_state
from echostream_cli.deploy.change_set import DATA_RESOURCES
from echostream_cli.deploy.deploy import get_work_dir
from echostream_cli.errors import UserError
from echostream_cli.target import Target

MISSING = {"ResourceNotFoundException", "NoSuchBucket", "404"}
"""Error codes for a resource that does not exist."""
Names = Mapping[str, str]
"""Physical names of resources by their logical ids."""


def destroy(target: Target, data: str, yes: bool, confirmed_name: str) -> None:
    """Remove the stack, and with data="delete" the data it retained. Raises `UserError`."""
    notes = get_work_dir(target) / "kept.json"
    status = stack_state.wait_until_settled(target)
    names = _get_names(target, status, notes)
    if status is None and not names:
        print(f"  no stack {target.stack_name} on {target.where()}, and no record of its data")
        return
    _print_plan(target, status, names, data)
    if data == "delete":
        what = f"This deletes {', '.join(DATA_RESOURCES.values())} of {target.stack_name} for good."
        confirm_by_name(target.stack_name, what, confirmed_name)
    else:
        confirm(f"Remove {target.stack_name}?", yes)
    _write_notes(notes, names)
    if status is not None:
        _remove_stack(target)
    _delete_page_bucket(target, names)
    if data == "delete":
        _delete_data(target, names)
        notes.unlink(missing_ok=True)
        if "AuditBucket" in names:
            print(f"  {names['AuditBucket']}: locked copies of the audit log, which AWS keeps")
    else:
        _print_remaining(target, names)


def _get_names(target: Target, status: str | None, notes: Path) -> dict[str, str]:
    """The names of data resources: from the stack, or from the notes if it was removed."""
    noted: dict[str, str] = json.loads(notes.read_text()) if notes.exists() else {}
    if status is None:
        return noted
    logical_ids = {*DATA_RESOURCES, "SiteBucket", "AuditBucket"}
    paginator = target.client("cloudformation").get_paginator("list_stack_resources")
    pages = list(paginator.paginate(StackName=target.stack_name))
    resources = [r for page in pages for r in page["StackResourceSummaries"]]
    return {
        r["LogicalResourceId"]: r["PhysicalResourceId"]
        for r in resources
        if r["LogicalResourceId"] in logical_ids and r.get("PhysicalResourceId")
    } or noted


def _write_notes(notes: Path, names: Names) -> None:
    """Record the names for a later run, when the stack no longer exists."""
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(names, indent=2) + "\n")


def _print_plan(target: Target, status: str | None, names: Names, data: str) -> None:
    print(f"  {target.stack_name} on {target.where()}: {status or 'already removed'}")
    rows = [
        (data, logical_id, names[logical_id], description)
        for logical_id, description in DATA_RESOURCES.items()
        if logical_id in names
    ]
    table((), rows, indent=4)


def _remove_stack(target: Target) -> None:
    status = stack_state.remove(target)
    if status is not None:
        raise UserError(
            f"{target.stack_name} is {status}; the reasons are above. Fix them, then"
            f" make destroy-aws STAGE={target.stage} continues from here"
        )


def _delete_page_bucket(target: Target, names: Names) -> None:
    """The stack retains the page's bucket, which is not empty but contains only build results."""
    if "SiteBucket" in names:
        with step("bucket of the page") as note:
            note.append(_delete_bucket(target.client("s3"), names["SiteBucket"]))


def _delete_data(target: Target, names: Names) -> None:
    """Delete the data resources, one after another; one that does not exist is no error."""
    functions: dict[str, Callable[[str], str]] = {
        "Table": lambda name: _delete_table(target.client("dynamodb"), name),
        "Lake": lambda name: _delete_bucket(target.client("s3"), name),
        "UserPool": lambda name: _delete_pool(target.client("cognito-idp"), name),
    }
    for logical_id in DATA_RESOURCES:
        if logical_id in names:
            with step(f"deleting {logical_id}") as note:
                note.append(_delete_if_exists(functions[logical_id], names[logical_id]))


def _delete_if_exists(delete: Callable[[str], str], name: str) -> str:
    try:
        return delete(name)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return "did not exist"
        raise UserError(f"{name}: {error}; fix this and run the command again") from error
    except BotoCoreError as error:
        raise UserError(f"{name}: {error}; run the command again") from error


def _delete_table(dynamodb: Any, name: str) -> str:
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    return "deleted; with point-in-time recovery AWS keeps a backup for 35 days"


def _delete_pool(cognito: Any, pool: str) -> str:
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
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


def _print_remaining(target: Target, names: Names) -> None:
    print("  The remaining resources cost storage only. A new deployment does not use them.")
    print(
        f"  To delete them: make destroy-aws STAGE={target.stage} DATA=delete (from this clone), or"
    )
    for logical_id, command in _list_commands(names):
        print(f"    {logical_id:<10} {command}")


def _list_commands(names: Names) -> Iterator[tuple[str, str]]:
    if table := names.get("Table"):
        option = f"--table-name {table}"
        yield "Table", f"aws dynamodb update-table {option} --no-deletion-protection-enabled"
        yield "", f"aws dynamodb delete-table {option}"
    if lake := names.get("Lake"):
        yield "Lake", f"aws s3 rb s3://{lake} --force"
    if bucket := names.get("AuditBucket"):
        note = f"aws s3api list-object-versions --bucket {bucket}  # AWS keeps them for AuditDays"
        yield "AuditBucket", note
    if pool := names.get("UserPool"):
        option = f"--user-pool-id {pool}"
        protection = "--deletion-protection INACTIVE"
        yield "UserPool", f"aws cognito-idp update-user-pool {option} {protection}"
        yield "", f"aws cognito-idp delete-user-pool {option}"
